"""Saved selections of patients: a name, the cohort, and the filters."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.errors import InputError
from dashboard.workspace.database import Workspace

MOST_NAME = 120
"""Characters."""
MOST_SAVED = 500
"""Of one cohort."""

_TABLES = """
CREATE TABLE IF NOT EXISTS selections (
    selection VARCHAR PRIMARY KEY, cohort VARCHAR NOT NULL, name VARCHAR NOT NULL, filters JSON NOT NULL,
    saved VARCHAR NOT NULL
)
"""

Filters = Mapping[str, Sequence[str]]
"""As the address has them: names, each with its values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """One saved selection."""

    id: str
    """Of digits and letters a to f; what the address names it by."""
    cohort: str
    """Key of the cohort that it selects from."""
    name: str
    """As somebody typed it."""
    filters: dict[str, list[str]]
    saved: str
    """When, in ISO 8601."""


def save(workspace: Workspace, *, cohort: str, name: str, filters: Filters) -> str:
    """Keeps a selection and returns its id.

    Raises:
        InputError: the name is empty, too long or taken in this cohort, or too many are saved.
    """
    name = _checked(name)
    with workspace.change(_TABLES) as cursor:
        names = {row[0] for row in cursor.execute("SELECT name FROM selections WHERE cohort = $1", [cohort]).fetchall()}
        if name in names:
            raise _taken(name)
        if len(names) >= MOST_SAVED:
            raise InputError(f"{MOST_SAVED} selections of this cohort are saved, which is the most; delete one first")
        fresh = secrets.token_hex(8)
        kept = json.dumps({key: list(values) for key, values in filters.items() if values})
        now = datetime.now(UTC).isoformat(timespec="seconds")
        cursor.execute("INSERT INTO selections VALUES ($1, $2, $3, $4, $5)", [fresh, cohort, name, kept, now])
    return fresh


def saved(workspace: Workspace, cohort: str) -> tuple[Saved, ...]:
    """The saved selections of a cohort, by name."""
    query = (
        "SELECT selection, cohort, name, filters, saved FROM selections WHERE cohort = $1 ORDER BY lower(name), name"
    )
    with workspace.cursor(_TABLES) as cursor:
        return tuple(map(_row, cursor.execute(query, [cohort]).fetchall()))


def find(workspace: Workspace, selection: str) -> Saved | None:
    """A saved selection by its id; None when there is none."""
    query = "SELECT selection, cohort, name, filters, saved FROM selections WHERE selection = $1"
    with workspace.cursor(_TABLES) as cursor:
        row = cursor.execute(query, [selection]).fetchone()
    return None if row is None else _row(row)


def rename(workspace: Workspace, selection: str, *, name: str) -> None:
    """Gives a saved selection another name.

    Raises:
        InputError: the name is empty, too long or taken in its cohort, or the selection is gone.
    """
    name = _checked(name)
    taken = (
        "SELECT count(*) FROM selections WHERE name = $1 AND selection <> $2 "
        "AND cohort = (SELECT cohort FROM selections WHERE selection = $2)"
    )
    with workspace.change(_TABLES) as cursor:
        found = cursor.execute(taken, [name, selection]).fetchone()
        if found and found[0]:
            raise _taken(name)
        renamed = "UPDATE selections SET name = $1 WHERE selection = $2 RETURNING selection"
        if cursor.execute(renamed, [name, selection]).fetchone() is None:
            raise InputError("this selection was deleted in the meantime; save it again under the name")


def delete(workspace: Workspace, selection: str) -> None:
    """Forgets a saved selection; one that is gone already stays gone."""
    with workspace.change(_TABLES) as cursor:
        cursor.execute("DELETE FROM selections WHERE selection = $1", [selection])


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise InputError("a selection needs a name; type one")
    if len(name) > MOST_NAME:
        raise InputError(f"the name has {len(name):,} characters; {MOST_NAME} at most are kept, so shorten it")
    if not name.isprintable():
        raise InputError("the name holds a character that cannot be shown; type it anew")
    return name


def _taken(name: str) -> InputError:
    return InputError(f"a selection of this cohort is named {name!r} already; choose another name")


def _row(row: tuple[str, str, str, str, str]) -> Saved:
    selection, cohort, name, filters, when = row
    return Saved(id=selection, cohort=cohort, name=name, filters=json.loads(filters), saved=when)
