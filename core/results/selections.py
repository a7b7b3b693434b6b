"""Patients of a cohort selected by what the clinical table states of them, and counted by the database.

A selection keeps the patients who fit every choice. Each way of parting them is also counted without its own choice,
so that a page can show what it leaves out. Whatever a user types is bound as a parameter; what becomes part of a query
stands in this module and in laid_out.py.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import duckdb
import pandas as pd

from core.results.laid_out import Facet, LaidOut, lay_out
from core.results.listing import main_answers

AGE_YEARS = 5
"""Width of an age group."""

Order = Literal["patient", "class", "site", "age", "stage", "sex", "slides", "time", "event"]
ORDERS: tuple[Order, ...] = get_args(Order)

_SHOWN: Final[Mapping[Order, str]] = {
    "patient": "patient",
    "class": "f0",
    "site": "f1",
    "age": "age",
    "stage": "f2",
    "sex": "f3",
    "slides": "f4",
    "time": "time",
    "event": "event",
}
"""Columns of a cohort that is laid out; f0 to f4 are those of COLUMNS."""
_ORDER: Final[Mapping[Order, str]] = {**_SHOWN, "slides": "f4::BIGINT"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Values of one facet; patients with any of them fit."""

    facet: Facet
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        assert self.values, "without values there is no choice"


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """Which patients are selected: all, unless something is chosen."""

    choices: tuple[Choice, ...] = ()
    """At most one a facet."""
    ages: tuple[int, int] | None = None
    """Completed years, both included; patients whose age is not stated do not fit."""

    def __post_init__(self) -> None:
        assert len({choice.facet for choice in self.choices}) == len(self.choices), "one choice a facet"

    def values(self, facet: Facet) -> tuple[str, ...]:
        """What is chosen of a facet; nothing when all are."""
        return next((choice.values for choice in self.choices if choice.facet == facet), ())


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """Patients of one value and label."""

    value: str | int | None
    """An age group by its first year; None of patients without an age."""
    label: int
    everyone: int
    """In the cohort, whatever is chosen."""
    others: int
    """Who fit all choices but this facet's own."""
    chosen: int
    """Who fit all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """How many patients there are of each kind."""

    total: int
    """Of the cohort."""
    selected: Mapping[int, int]
    """By label; labels of nobody are left out."""
    facets: Mapping[Facet, tuple[Bar, ...]]
    ages: tuple[Bar, ...]
    followed: pd.DataFrame
    """label, time and event of those selected of whom both are stated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A page of the selected patients."""

    text: str = ""
    """Part of a patient's id or site, in any case."""
    order: Order = "patient"
    falling: bool = False
    first: int = 0
    most: int = 100


class Selections:
    """What a catalogue answers about its cohorts; safe to share between threads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._laid: dict[str, LaidOut] = {}
        self._laying = threading.Lock()

    def laid_out(self, cohort: str) -> LaidOut:
        """The ways of parting a cohort's patients; the first question about a cohort takes longer than the others."""
        with self._laying:
            if cohort not in self._laid:
                self._laid[cohort] = lay_out(self._connection, cohort, place=len(self._laid))
            return self._laid[cohort]

    def counted(self, cohort: str, where: Where) -> Counted:
        """Everything that the charts of a selection show."""
        laid = self.laid_out(cohort)
        query, bound = _counting(laid, where)
        with self._connection.cursor() as cursor:
            found = cursor.execute(query, bound).fetchall()
            fits, own = _fits(laid, where)
            followed = cursor.execute(
                f"SELECT label, time, event FROM {laid.table} WHERE {fits} AND time >= 0 AND isfinite(time) "
                "AND isfinite(event)",
                own,
            ).df()
        return _read(laid, where, found, followed)

    def rows(self, cohort: str, where: Where, *, asked: Asked) -> tuple[pd.DataFrame, int]:
        """A page of the selected patients, and how many of them fit its text."""
        laid = self.laid_out(cohort)
        fits, bound = _fits(laid, where)
        text = f"contains(lower(patient || chr(10) || {_SHOWN['site']}), lower($text))"
        bound["text"] = asked.text.strip()
        order = f"{_ORDER[asked.order]} {'DESC' if asked.falling else 'ASC'} NULLS LAST, patient"
        page = bound | {"first": asked.first, "most": asked.most}
        wanted = f"{_columns()} FROM {laid.table} WHERE {fits} AND {text}"
        with self._connection.cursor() as cursor:
            counted = cursor.execute(f"SELECT count(*) FROM {laid.table} WHERE {fits} AND {text}", bound).fetchone()
            assert counted is not None, "a count has a row"
            shown = cursor.execute(f"SELECT {wanted} ORDER BY {order} LIMIT $most OFFSET $first", page).df()
        return shown, counted[0]

    def everyone(self, cohort: str, where: Where) -> pd.DataFrame:
        """All selected patients, with the covariates that part them."""
        laid = self.laid_out(cohort)
        fits, bound = _fits(laid, where)
        further = [facet for facet in laid.facets if facet.covariate]
        shown = ", ".join([_columns(), *map(laid.column, further)])
        query = f"SELECT {shown} FROM {laid.table} WHERE {fits} ORDER BY patient"
        with self._connection.cursor() as cursor:
            found = cursor.execute(query, bound).df()
        return found.rename(columns={laid.column(facet): facet.name for facet in further})

    def answers(self, run: str, where: Where, *, cohort: str) -> dict[str, pd.DataFrame]:
        """Main answers of each model for the selected patients: label, predicted and p0, p1, ..., in no order."""
        laid = self.laid_out(cohort)
        fits, bound = _fits(laid, where)
        pairs = main_answers(self._connection, run)
        with self._connection.cursor() as cursor:
            classes = cursor.execute("SELECT max(len(probabilities)) FROM answers WHERE run = $1", [run]).fetchone()
            shares = [f"probabilities[{place + 1}] AS p{place}" for place in range(classes[0] or 0 if classes else 0)]
            query = (
                f"SELECT {', '.join(['label', 'predicted', *shares])} FROM answers WHERE run = $run AND model = $model "
                f"AND mode = $mode AND patient IN (SELECT patient FROM {laid.table} WHERE {fits})"
            )
            return {
                model: cursor.execute(query, bound | {"run": run, "model": model, "mode": mode}).df()
                for model, mode in pairs
            }


def _counting(laid: LaidOut, where: Where) -> tuple[str, dict[str, Any]]:
    """One question for all counts: by each facet, by age group and by label alone."""
    missing, bound = _misses(laid, where)
    bits = {name: 1 << place for place, name in enumerate(missing)}
    misses = " + ".join(f"{bits[name]} * {missed}" for name, missed in missing.items()) or "0"
    groups = [*map(laid.column, laid.facets), "age_group"]
    counts = [f"count(*) FILTER (misses & {~bit} = 0)" for bit in bits.values()]
    sets = ", ".join(["(label)", *(f"({group}, label)" for group in groups)])
    query = (
        f"SELECT grouping({', '.join(groups)}), {', '.join([*groups, 'label', 'count(*)'])}, "
        f"{', '.join(['count(*) FILTER (misses = 0)', *counts])} "
        f"FROM (SELECT *, years // {AGE_YEARS} * {AGE_YEARS} AS age_group, {misses} AS misses FROM {laid.table}) "
        f"GROUP BY GROUPING SETS ({sets}) ORDER BY ALL"
    )
    return query, bound


def _read(laid: LaidOut, where: Where, found: list[tuple[Any, ...]], followed: pd.DataFrame) -> Counted:
    """The answer to `_counting`, taken apart: `grouping` has a 0 for the column that a row is about."""
    missing, _ = _misses(laid, where)
    groups = [*map(laid.column, laid.facets), "age_group"]
    label, everyone, chosen = (len(groups) + offset for offset in (1, 2, 3))
    bars: dict[str, list[Bar]] = {group: [] for group in groups}
    selected: dict[int, int] = {}
    for row in found:
        about = [name for place, name in enumerate(reversed(groups)) if not row[0] >> place & 1]
        if not about:
            if row[chosen]:
                selected[row[label]] = row[chosen]
            continue
        (name,) = about
        others = row[chosen + 1 + list(missing).index(name)] if name in missing else row[chosen]
        bars[name].append(
            Bar(
                value=row[1 + groups.index(name)],
                label=row[label],
                everyone=row[everyone],
                others=others,
                chosen=row[chosen],
            )
        )
    return Counted(
        total=laid.patients,
        selected=selected,
        facets={facet: tuple(bars[laid.column(facet)]) for facet in laid.facets},
        ages=tuple(bars["age_group"]),
        followed=followed,
    )


def _misses(laid: LaidOut, where: Where) -> tuple[dict[str, str], dict[str, Any]]:
    """For each choice, by the column that it is about, 1 where a patient does not fit; and the values bound in it."""
    bound: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for choice in where.choices:
        column = laid.column(choice.facet)
        bound[f"v{column}"] = list(choice.values)
        missing[column] = f"(NOT list_contains($v{column}, {column}))::INT"
    if where.ages is not None:
        bound["low"], bound["high"] = where.ages
        missing["age_group"] = "(NOT coalesce(years BETWEEN $low AND $high, false))::INT"
    return missing, bound


def _fits(laid: LaidOut, where: Where) -> tuple[str, dict[str, Any]]:
    """Whether a patient fits every choice, and the values bound in it."""
    missing, bound = _misses(laid, where)
    return " AND ".join(f"{missed} = 0" for missed in missing.values()) or "true", bound


def _columns() -> str:
    return ", ".join(f'{column} AS "{name}"' for name, column in _SHOWN.items())
