"""The list of a run's patients: filtered, sorted and counted by the database, so that a page takes only what it shows.

Whatever a user types is bound as a parameter; what becomes part of a query stands in this module.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import duckdb
import pandas as pd

from core.evaluation import is_main
from core.evaluation.trust import LEAST_AGREEMENT

WARNING_EXAMPLE = "paper"
"""Not asked when models are said to disagree: it cannot see the image."""

Flag = Literal["wrong", "confident and wrong", "models disagree", "referred", "low trust", "slide problems"]
Sort = Literal["patient", "site", "true class", "decision", "confidence", "belief in the true class"]
FLAGS: tuple[Flag, ...] = get_args(Flag)
SORTS: tuple[Sort, ...] = get_args(Sort)

_FLAG_COLUMNS: Final[Mapping[Flag, str]] = {
    "wrong": "wrong",
    "confident and wrong": "sure_wrong",
    "models disagree": "disagree",
    "referred": "referred",
    "low trust": "doubted",
    "slide problems": "spoiled",
}
_SORT_COLUMNS: Final[Mapping[Sort, str]] = {
    "patient": "patient",
    "site": "site",
    "true class": "label",
    "decision": "predicted",
    "confidence": "confidence",
    "belief in the true class": "own",
}
_FACETS: Final[Mapping[str, str]] = {"label": "fits_truth", "predicted": "fits_decision", "site": "fits_site"}
"""What can be chosen by, and the column that tells whether a patient fits that choice."""

_JUDGED = """
CREATE TEMP TABLE judged AS
WITH asked AS (SELECT unnest($models) AS model, unnest($modes) AS mode),
main AS (SELECT * FROM answers SEMI JOIN asked USING (model, mode) WHERE run = $run),
mine AS (SELECT *, mode AS main_mode FROM main WHERE model = $model),
people AS (SELECT patient, site FROM patients WHERE cohort = $cohort),
split AS (
    SELECT patient FROM main WHERE model <> $warning GROUP BY patient HAVING min(predicted) <> max(predicted)
),
undecided AS (
    SELECT patient FROM abstentions SEMI JOIN asked USING (model, mode)
    WHERE run = $run AND model = $model GROUP BY patient HAVING avg(refer::INT) >= 0.5
),
low AS (
    SELECT DISTINCT patient FROM scrutiny
    WHERE run = $run AND model = $model AND repeat = 0 AND (agreement < $agreement OR deletion <= 0)
),
amiss AS (
    SELECT DISTINCT patient FROM slides
    WHERE run = $run AND parse_filename(file) IN (SELECT unnest($spoiled))
),
flagged AS (
    SELECT patient, coalesce(site, '') AS site, label, predicted, confidence, probabilities[label + 1] AS own,
        predicted <> label AS wrong, predicted <> label AND confidence >= $confident AS sure_wrong,
        patient IN (SELECT patient FROM split) AS disagree,
        patient IN (SELECT patient FROM undecided) AS referred,
        patient IN (SELECT patient FROM low) AS doubted,
        patient IN (SELECT patient FROM amiss) AS spoiled
    FROM mine LEFT JOIN people USING (patient)
)
SELECT *,
    contains(lower(patient || chr(10) || site), lower($text)) AS fits_text,
    len($truths) = 0 OR label IN (SELECT unnest($truths)) AS fits_truth,
    len($decisions) = 0 OR predicted IN (SELECT unnest($decisions)) AS fits_decision,
    len($sites) = 0 OR site IN (SELECT unnest($sites)) AS fits_site,
    {flags} AS fits_flags
FROM flagged
"""
_FITS = "fits_text AND fits_truth AND fits_decision AND fits_site AND fits_flags"
_SHOWN = "patient, site, label, predicted, confidence, own, wrong, sure_wrong, disagree, referred, doubted, spoiled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Which patients of a run are listed, and in what order; an empty choice leaves nobody out."""

    run: str
    cohort: str
    """Key of the run's patients."""
    model: str
    """Whose decisions, in its main mode."""
    text: str = ""
    """Part of a patient's id or site, in any case."""
    truths: tuple[int, ...] = ()
    """Labels."""
    decisions: tuple[int, ...] = ()
    """Places of the decided classes."""
    sites: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    """All of them must hold."""
    confident: float = 0.8
    """A decision at or above this probability counts as confident."""
    spoiled: tuple[str, ...] = ()
    """File names of the bags of slides with a problem."""
    sort: Sort = "patient"
    falling: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One page of the list, and how many patients there are of each kind."""

    rows: pd.DataFrame
    """patient, site, label, predicted, confidence, own (probability of the true class) and a column a flag."""
    total: int
    """Patients that the model answered for."""
    listed: int
    """Of them, those that fit."""
    wrong: int
    """Of those listed."""
    flags: Mapping[Flag, int]
    """Of those listed, those with each flag."""
    truths: Mapping[int, int]
    """Patients of each label, whatever label is chosen; so for the two below."""
    decisions: Mapping[int, int]
    sites: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Around:
    """Where a patient stands in the list."""

    place: int | None
    """From 1; None when the choice leaves the patient out."""
    listed: int
    before: str | None
    after: str | None
    """The first of the list for a patient who is not in it."""


def listed(connection: duckdb.DuckDBPyConnection, asked: Asked, *, first: int, most: int) -> Listed:
    """Rows `first` to `first + most` of the list, counted from 0."""
    with connection.cursor() as cursor:
        _judge(cursor, asked)
        total, fits = _row(cursor, f"SELECT count(*), count(*) FILTER ({_FITS}) FROM judged")
        columns = list(_FLAG_COLUMNS.values())
        counts = ", ".join(f"count(*) FILTER ({column})" for column in columns)
        flags = _row(cursor, f"SELECT {counts} FROM judged WHERE {_FITS}")
        return Listed(
            rows=_rows(cursor, asked, first=first, most=most),
            total=total,
            listed=fits,
            wrong=flags[columns.index("wrong")],
            flags=dict(zip(_FLAG_COLUMNS, flags, strict=True)),
            truths=_facet(cursor, "label"),
            decisions=_facet(cursor, "predicted"),
            sites=_facet(cursor, "site"),
        )


def around(connection: duckdb.DuckDBPyConnection, asked: Asked, patient: str) -> Around:
    """Who stands before and after a patient."""
    with connection.cursor() as cursor:
        _judge(cursor, asked)
        placed = (
            "SELECT patient, row_number() OVER line AS place, lag(patient) OVER line AS before, "
            f"lead(patient) OVER line AS after FROM judged WHERE {_FITS} WINDOW line AS (ORDER BY {_order(asked)})"
        )
        found = cursor.execute(f"SELECT place, before, after FROM ({placed}) WHERE patient = $1", [patient]).fetchone()
        (fits,) = _row(cursor, f"SELECT count(*) FROM judged WHERE {_FITS}")
        if found is None:
            start = cursor.execute(f"SELECT patient FROM ({placed}) WHERE place = 1").fetchone()
            return Around(place=None, listed=fits, before=None, after=start[0] if start else None)
        place, before, after = found
        return Around(place=place, listed=fits, before=before, after=after)


def main_answers(connection: duckdb.DuckDBPyConnection, run: str) -> list[tuple[str, str]]:
    """Every model of a run that has answered, with the mode it is judged in."""
    with connection.cursor() as cursor:
        found = cursor.execute("SELECT DISTINCT model, mode FROM answers WHERE run = $1 ORDER BY ALL", [run]).fetchall()
    return [(model, mode) for model, mode in found if is_main(model, mode)]


def _judge(cursor: duckdb.DuckDBPyConnection, asked: Asked) -> None:
    """Makes a table of the model's answers with all flags; it goes when the cursor is closed."""
    flags = " AND ".join(_FLAG_COLUMNS[flag] for flag in asked.flags) or "true"
    pairs = main_answers(cursor, asked.run)
    bound: dict[str, Any] = {
        "models": [model for model, _ in pairs],
        "modes": [mode for _, mode in pairs],
        "warning": WARNING_EXAMPLE,
        "agreement": LEAST_AGREEMENT,
        **{name: list(getattr(asked, name)) for name in ("truths", "decisions", "sites", "spoiled")},
        **{name: getattr(asked, name) for name in ("run", "cohort", "model", "confident")},
        "text": asked.text.strip(),
    }
    cursor.execute(_JUDGED.format(flags=flags), bound)


def _rows(cursor: duckdb.DuckDBPyConnection, asked: Asked, *, first: int, most: int) -> pd.DataFrame:
    query = f"SELECT {_SHOWN} FROM judged WHERE {_FITS} ORDER BY {_order(asked)} LIMIT $1 OFFSET $2"
    return cursor.execute(query, [most, first]).df()


def _order(asked: Asked) -> str:
    """Of patients that are equal in the sorted column, the one with the smaller id goes first."""
    return f"{_SORT_COLUMNS[asked.sort]} {'DESC' if asked.falling else 'ASC'}, patient"


def _facet(cursor: duckdb.DuckDBPyConnection, column: str) -> dict[Any, int]:
    """How many patients each choice would list, with all other choices as they are."""
    others = _FITS.replace(_FACETS[column], "true")
    query = f"SELECT {column}, count(*) FILTER ({others}) FROM judged GROUP BY {column} ORDER BY {column}"
    return dict(cursor.execute(query).fetchall())


def _row(cursor: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    found = cursor.execute(query, list(values)).fetchone()
    assert found is not None, "a count has a row"
    return found
