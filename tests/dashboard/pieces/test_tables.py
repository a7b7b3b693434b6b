"""Tables that are read hold every value as it stands, and none is taken for markup."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dashboard.pieces import tables
from tests.dashboard.conftest import read

# browsers take what XML, by which the test reads, cannot hold
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=20)
ROWS = st.lists(st.tuples(TEXTS, TEXTS), max_size=5)


@given(ROWS, TEXTS, TEXTS)
def test_names_values_and_notes_are_read_back_as_they_are(rows: list[tuple[str, str]], heading: str, note: str):
    given_rows = pd.DataFrame(rows, columns=["first", f"<b>{heading}"], dtype=object)
    found = read(tables.written(given_rows, alt='a "table"', notes={"first": f"'\"<{note}"}))
    assert found.to_numpy().tolist() == [list(row) for row in rows]
    assert list(found.columns) == list(given_rows.columns)
    assert found.attrs == {"first": f"'\"<{note}"}


def test_what_is_missing_is_an_empty_cell_and_numbers_are_written_as_they_are():
    shown = pd.DataFrame({"a": ["x", None], "b": [1.5, float("nan")], "c": pd.Categorical(["u", None])})
    assert read(tables.written(shown, alt="t")).to_numpy().tolist() == [["x", "1.5", "u"], ["", "", ""]]
