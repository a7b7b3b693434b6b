"""What people write beside a run: another name for it, a note, and tags.

A run is known by its name and the moment it was begun: one that is made anew under an old name begins without notes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.errors import InputError
from dashboard.workspace.database import Workspace

MOST_TITLE, MOST_NOTE, MOST_TAG = 80, 2000, 30
"""Characters."""
MOST_TAGS = 12
"""Of one run."""

_TABLES = """
CREATE TABLE IF NOT EXISTS run_notes (
    run VARCHAR NOT NULL, started VARCHAR NOT NULL, title VARCHAR NOT NULL, note VARCHAR NOT NULL,
    tags VARCHAR[] NOT NULL, changed VARCHAR NOT NULL, PRIMARY KEY (run, started)
)
"""
Key = tuple[str, str]
"""A run's name and the moment it was begun."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """What is written beside one run."""

    title: str = ""
    """The name that is shown beside the run's own; empty for none."""
    note: str = ""
    tags: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is written."""
        return not (self.title or self.note or self.tags)


NOTHING = Note()


def noted(workspace: Workspace) -> dict[Key, Note]:
    """Everything that is written, by run."""
    query = "SELECT run, started, title, note, tags FROM run_notes ORDER BY run, started"
    with workspace.cursor(_TABLES) as cursor:
        rows = cursor.execute(query).fetchall()
    return {(run, started): Note(title=title, note=note, tags=tuple(tags)) for run, started, title, note, tags in rows}


def keep(workspace: Workspace, run: Key, note: Note) -> Note:
    """Writes this beside a run in place of what stood there, and returns it as it is kept.

    Raises:
        InputError: the title, the note or a tag is too long or cannot be shown, or there are too many tags.
    """
    kept = _checked(note)
    if kept.empty:
        forget(workspace, run)
        return kept
    now = datetime.now(UTC).isoformat(timespec="seconds")
    values = [*run, kept.title, kept.note, list(kept.tags), now]
    with workspace.change(_TABLES) as cursor:
        cursor.execute("INSERT OR REPLACE INTO run_notes VALUES ($1, $2, $3, $4, $5, $6)", values)
    return kept


def describe(workspace: Workspace, run: Key, *, note: str, tags: Sequence[str]) -> None:
    """Writes a note and tags beside a run, whatever it is shown as.

    Raises:
        InputError: the note or a tag is too long or cannot be shown, or there are too many tags.
    """
    keep(workspace, run, replace(noted(workspace).get(run, NOTHING), note=note, tags=tuple(tags)))


def retitle(workspace: Workspace, run: Key, *, title: str, taken: Collection[str]) -> None:
    """Shows a run as this from now on; an empty title takes the shown name away.

    Args:
        taken: names of all other runs, which must stay the names of those.

    Raises:
        InputError: the title is too long, cannot be shown, or means another run already.
    """
    title = _line(title, most=MOST_TITLE, what="the shown name")
    known = noted(workspace)
    if title and (title in taken or any(one.title == title for key, one in known.items() if key != run)):
        raise InputError(f"another run is named {title!r} already; choose another name")
    keep(workspace, run, replace(known.get(run, NOTHING), title=title))


def forget(workspace: Workspace, run: Key) -> None:
    """Takes away what is written beside a run; nothing where nothing is."""
    with workspace.change(_TABLES) as cursor:
        cursor.execute("DELETE FROM run_notes WHERE run = $1 AND started = $2", list(run))


def _checked(note: Note) -> Note:
    title = _line(note.title, most=MOST_TITLE, what="the shown name")
    tags = tuple(dict.fromkeys(_line(tag, most=MOST_TAG, what="a tag").lower() for tag in note.tags))
    text = note.note.strip()
    if len(text) > MOST_NOTE:
        raise InputError(f"the note has {len(text):,} characters; {MOST_NOTE:,} at most are kept, so shorten it")
    if len(tags) > MOST_TAGS:
        raise InputError(f"{len(tags)} tags are too many; {MOST_TAGS} at most are kept for a run, so take some away")
    return Note(title=title, note=text, tags=_filled(tags))


def _line(text: str, *, most: int, what: str) -> str:
    line = " ".join(text.split())
    if len(line) > most:
        raise InputError(f"{what} has {len(line):,} characters; {most} at most are kept, so shorten it")
    if not line.isprintable():
        raise InputError(f"{what} holds a character that cannot be shown; type it anew")
    return line


def _filled(tags: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(tag for tag in tags if tag))
