"""A cohort laid out in the memory of the database, one text column for each way of parting its patients.

Taking seven covariates out of the JSON of 100,000 patients takes half a second, which is too long for a click. A
catalogue never changes, so it is done once, beside it: in an attached database that has no file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import duckdb

from core.evaluation.groups import MOST_GROUPS, NOT_GROUPS

UNSTATED = ""
"""The value of a patient of whom the table states none."""
MOST_COVARIATES = 8
MOST_NAMES = 64
"""Covariates that are looked at: a table of thousands of columns would fill the memory."""
MEMORY = "laid"
"""Name of the attached database."""

Column = Literal["class", "site", "stage", "sex", "slides"]
COLUMNS: tuple[Column, ...] = get_args(Column)
_SAME_AS = ("site", "class", "stage", "sex")
_FOLLOW_UP_CELL: Final = "[01]:\\D.*"
"""cBioPortal writes what happened later like 1:DECEASED."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facet:
    """One way of parting the patients: a column of the catalogue, or a covariate of the clinical table."""

    name: str
    covariate: bool = False

    def __post_init__(self) -> None:
        assert self.covariate or self.name in COLUMNS, "a column of the catalogue"


@dataclass(frozen=True, kw_only=True, slots=True)
class LaidOut:
    """Where a cohort lies."""

    table: str
    """Columns patient, label, age, years (completed), time, event, and f0, f1, ..., one a facet."""
    facets: tuple[Facet, ...]
    """The columns of the catalogue, then covariates of few values, those stated most often first."""
    patients: int
    ages: tuple[int, int] | None
    """Completed years of the youngest and the oldest; None when no age is stated."""

    def column(self, facet: Facet) -> str:
        """Its name in the table."""
        return f"f{self.facets.index(facet)}"


def lay_out(connection: duckdb.DuckDBPyConnection, cohort: str, *, place: int) -> LaidOut:
    """Takes a cohort out of the catalogue; `place` tells it from others that are laid out."""
    table = f"{MEMORY}.people_{place}"
    with connection.cursor() as cursor:
        cursor.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {MEMORY} (READ_WRITE)")
        names = _names(cursor, cohort)
        _take_out(cursor, cohort, names)
        kept = _of_few_values(cursor, names)
        fixed = [f"coalesce(\"{name}\"::VARCHAR, '{UNSTATED}')" for name in COLUMNS]
        further = [f"coalesce(cells[{names.index(name) + 1}], '{UNSTATED}')" for name in kept]
        columns = ", ".join(f"{value} AS f{number}" for number, value in enumerate([*fixed, *further]))
        cursor.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT patient, label, age, years, time, event, {columns} FROM taken"
        )
        return LaidOut(
            table=table,
            facets=(
                *(Facet(name=name) for name in COLUMNS),
                *(Facet(name=name, covariate=True) for name in kept),
            ),
            patients=_row(cursor, f"SELECT count(*) FROM {table}")[0],
            ages=_ages(cursor, table),
        )


def _names(cursor: duckdb.DuckDBPyConnection, cohort: str) -> list[str]:
    """Covariates that the catalogue has no column for, those of the most patients first."""
    query = (
        "SELECT name FROM (SELECT unnest(json_keys(covariates)) AS name FROM patients WHERE cohort = $1) "
        "WHERE name <> '' AND NOT list_contains($2, name) GROUP BY name ORDER BY count(*) DESC, name LIMIT $3"
    )
    known = [*COLUMNS, "age", *sorted(NOT_GROUPS)]
    return [name for (name,) in cursor.execute(query, [cohort, known, MOST_NAMES]).fetchall()]


def _take_out(cursor: duckdb.DuckDBPyConnection, cohort: str, names: Sequence[str]) -> None:
    """Makes the table `taken`: the patients, with a list of the texts of these covariates."""
    pointers = ["/" + name.replace("~", "~0").replace("/", "~1") for name in names]
    cursor.execute(
        'CREATE TEMP TABLE taken AS SELECT patient, label, "class", site, stage, sex, slides, time, event, '
        "CASE WHEN isfinite(age) THEN age END AS age, CASE WHEN isfinite(age) THEN floor(age)::BIGINT END AS years, "
        "json_extract_string(covariates, $1::VARCHAR[]) AS cells FROM patients WHERE cohort = $2",
        [pointers, cohort],
    )


def _of_few_values(cursor: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[str]:
    """Those that part the patients into few groups, and not as a column of the catalogue or an earlier one does."""
    if not names:
        return []
    asked = ", ".join(
        f"count({cell}), count(DISTINCT {cell}), coalesce(bool_and(regexp_full_match({cell}, $1)), true)"
        for cell in (f"cells[{place}]" for place in range(1, len(names) + 1))
    )
    found = _row(cursor, f"SELECT {asked} FROM taken", [_FOLLOW_UP_CELL])
    facts = {name: found[3 * place : 3 * place + 3] for place, name in enumerate(names)}
    few = [name for name, (_, values, later) in facts.items() if 2 <= values <= MOST_GROUPS and not later]
    kept: dict[str, str] = {}
    seen = [*(f'"{name}"' for name in _SAME_AS), "event"]
    for name in sorted(few, key=lambda name: (-facts[name][0], name)):
        cell = f"cells[{names.index(name) + 1}]"
        if len(kept) < MOST_COVARIATES and not any(
            _parts_alike(cursor, cell, other) for other in (*seen, *kept.values())
        ):
            kept[name] = cell
    return list(kept)


def _parts_alike(cursor: duckdb.DuckDBPyConnection, one: str, other: str) -> bool:
    """Whether two columns put the same patients together."""
    both = f"coalesce({one}, '{UNSTATED}') AS one, coalesce({other}::VARCHAR, '{UNSTATED}') AS other"
    counts = "count(*), count(DISTINCT one), count(DISTINCT other)"
    pairs, ones, others = _row(cursor, f"SELECT {counts} FROM (SELECT DISTINCT {both} FROM taken)")
    return pairs == ones == others


def _ages(cursor: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int] | None:
    low, high = _row(cursor, f"SELECT min(years), max(years) FROM {table}")
    return None if low is None else (low, high)


def _row(cursor: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    found = cursor.execute(query, list(values)).fetchone()
    assert found is not None, "an aggregate has a row"
    return found
