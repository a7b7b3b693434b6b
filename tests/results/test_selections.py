"""Selections are counted by the database as pandas counts them, whatever is chosen and whatever the values say."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.results.laid_out import COLUMNS, UNSTATED, Facet
from core.results.selections import AGE_YEARS, ORDERS, Asked, Bar, Choice, Selections, Where
from core.results.store import HARDENED

COHORT = "c" * 16
NASTY = ("'; DROP TABLE patients; --", "<b>x</b>", "a/b~c", "$1", "\n", "ä", '"')
CLASSES = ("Luminal", "Basal/HER2")
PEOPLE = pd.DataFrame(
    [
        {
            "patient": f"P{number:03d}",
            "label": number % 3 // 2,
            "class": CLASSES[number % 3 // 2],
            "site": ["A2", "BH", NASTY[0], NASTY[1]][number % 4],
            "age": None if number % 7 == 0 else 30.5 + number,
            "stage": [None, "Stage I", "Stage II"][number % 3],
            "sex": "Female" if number % 5 else "Male",
            "slides": number % 2,
            "time": None if number % 6 == 0 else float(number),
            "event": float(number % 2),
            "covariates": json.dumps(
                {NASTY[2]: NASTY[number % 7], "her2": ["pos", "neg"][number // 2 % 2], "patient_note": f"n{number}"}
            ),
        }
        for number in range(60)
    ]
)
HER2, ODD = Facet(name="her2", covariate=True), Facet(name=NASTY[2], covariate=True)
FACETS = (*(Facet(name=name) for name in COLUMNS), HER2, ODD)


def value_of(row: dict[str, Any], facet: Facet) -> str:
    if facet.covariate:
        return json.loads(row["covariates"])[facet.name]
    found = row[facet.name]
    return UNSTATED if pd.isna(found) else str(found)


def fits(row: dict[str, Any], where: Where, *, without: Facet | str | None = None) -> bool:
    """What a selection means, said by Python."""
    if any(choice.facet != without and value_of(row, choice.facet) not in choice.values for choice in where.choices):
        return False
    if where.ages is None or without == "age":
        return True
    return not pd.isna(row["age"]) and where.ages[0] <= int(row["age"]) <= where.ages[1]


ROWS: list[dict[str, Any]] = [{str(name): value for name, value in row.items()} for row in PEOPLE.to_dict("records")]


@pytest.fixture(scope="module")
def selections(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Selections]:
    path = tmp_path_factory.mktemp("catalogue") / "catalogue.duckdb"
    with duckdb.connect(path) as connection:
        connection.register("people", PEOPLE)
        connection.execute(
            "CREATE TABLE patients AS SELECT * REPLACE (covariates::JSON AS covariates), $1 AS cohort FROM people",
            [COHORT],
        )
    connection = duckdb.connect(path, read_only=True, config=HARDENED)
    yield Selections(connection)
    connection.close()


VALUES = [[*sorted({value_of(row, facet) for row in ROWS}), "nobody's", "' OR true --"] for facet in FACETS]
DRAWN = st.tuples(
    st.fixed_dictionaries(
        {}, optional={place: st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)
                      for place, values in enumerate(VALUES)}
    ),
    st.none() | st.tuples(st.integers(0, 100), st.integers(0, 60)),
)  # fmt: skip
"""Values by the place of their facet, and the youngest age with the width of the range. Made a selection by the test:
the checks of types draw numbers of their own, which a strategy must not."""


def where_of(drawn: Any) -> Where:
    chosen, ages = drawn
    choices = tuple(Choice(facet=FACETS[place], values=tuple(values)) for place, values in chosen.items())
    return Where(choices=choices, ages=None if ages is None else (ages[0], ages[0] + ages[1]))


def tallied(bars: tuple[Bar, ...], count: str) -> dict[tuple[Any, int], int]:
    return {(bar.value, bar.label): getattr(bar, count) for bar in bars if getattr(bar, count)}


def counts(rows: list[tuple[Any, int]]) -> dict[tuple[Any, int], int]:
    return {pair: rows.count(pair) for pair in rows}


@given(drawn=DRAWN)
def test_every_count_is_what_python_counts(selections: Selections, drawn: Any):
    where = where_of(drawn)
    found = selections.counted(COHORT, where)
    chosen = [row for row in ROWS if fits(row, where)]
    assert found.total == len(ROWS)
    assert found.selected == {label: size for label in (0, 1) if (size := sum(row["label"] == label for row in chosen))}
    for facet in FACETS:
        bars = found.facets[facet]
        others = [row for row in ROWS if fits(row, where, without=facet)]
        for count, rows in (("everyone", ROWS), ("others", others), ("chosen", chosen)):
            assert tallied(bars, count) == counts([(value_of(row, facet), row["label"]) for row in rows]), (
                facet,
                count,
            )
    aged = [row for row in ROWS if fits(row, where, without="age")]
    group = [None if pd.isna(row["age"]) else int(row["age"]) // AGE_YEARS * AGE_YEARS for row in aged]
    assert tallied(found.ages, "others") == counts([(one, row["label"]) for one, row in zip(group, aged, strict=True)])
    followed = sorted(row["time"] for row in chosen if not pd.isna(row["time"]))
    assert sorted(found.followed["time"]) == followed


@given(drawn=DRAWN, order=st.sampled_from(ORDERS), falling=st.booleans(), text=st.sampled_from(["", "P00", "bh", "'"]))
def test_pages_put_together_are_the_patients_who_fit(
    selections: Selections, drawn: Any, order: Any, falling: bool, text: str
):
    where = where_of(drawn)
    wanted = {
        row["patient"]
        for row in ROWS
        if fits(row, where) and text.lower() in f"{row['patient']}\n{row['site']}".lower()
    }
    seen: list[str] = []
    fitting = 0
    for first in range(0, len(ROWS), 17):
        asked = Asked(text=text, order=order, falling=falling, first=first, most=17)
        page, fitting = selections.rows(COHORT, where, asked=asked)
        seen += list(page["patient"])
    assert fitting == len(wanted) and len(seen) == len(set(seen)) and set(seen) == wanted


@given(drawn=DRAWN)
def test_the_export_holds_each_selected_patient_once_with_the_covariates(selections: Selections, drawn: Any):
    where = where_of(drawn)
    found = selections.everyone(COHORT, where)
    chosen = [row for row in ROWS if fits(row, where)]
    assert list(found["patient"]) == [row["patient"] for row in chosen]
    assert list(found["her2"]) == [value_of(row, HER2) for row in chosen]


def test_what_values_say_is_never_sql(selections: Selections):
    for text in NASTY:
        where = Where(choices=(Choice(facet=FACETS[1], values=(text,)),))
        assert sum(selections.counted(COHORT, where).selected.values()) == sum(row["site"] == text for row in ROWS)
        selections.rows(COHORT, where, asked=Asked(text=text))
    assert selections.counted(COHORT, Where()).total == len(ROWS)


def test_a_column_of_a_value_for_each_patient_is_no_facet(selections: Selections):
    names = {facet.name for facet in selections.laid_out(COHORT).facets}
    assert "patient_note" not in names and set(FACETS) == set(selections.laid_out(COHORT).facets)


def test_the_table_is_sorted_by_age_with_those_without_one_last(selections: Selections):
    for falling in (False, True):
        rows, _ = selections.rows(COHORT, Where(), asked=Asked(order="age", falling=falling))
        ages = list(rows["age"].dropna())
        assert ages == sorted(ages, reverse=falling) and rows["age"].iloc[len(ages) :].isna().all()


def test_a_cohort_of_nobody_has_no_ages_and_no_bars(selections: Selections):
    found = selections.counted("nothing", Where())
    assert found.total == 0 and found.selected == {} and all(not bars for bars in found.facets.values())
    assert selections.laid_out("nothing").ages is None
