"""Any prediction, score and difference survives Parquet; any JSON survives its seal."""

from hypothesis import given
from hypothesis import strategies as st

from core.results import tables
from core.results.artefacts import json_digest, read_sealed, sealed
from core.types import Difference, Prediction, Score

TEXT = st.text(max_size=20)
NUMBER = st.floats(allow_nan=False)
MAYBE = st.none() | NUMBER
INDEX = st.integers(0, 2**40)
MODE = st.sampled_from(["both", "image", "genes"])
ESTIMATE = {"metric": TEXT, "value": MAYBE, "low": MAYBE, "high": MAYBE, "n": INDEX, "how": TEXT}
PREDICTION = st.fixed_dictionaries(
    {
        "model": TEXT,
        "repeat": INDEX,
        "fold": INDEX,
        "patient": TEXT,
        "label": INDEX,
        "mode": MODE,
        "probabilities": st.lists(NUMBER, max_size=4).map(tuple),
    }
)
SCORE = st.fixed_dictionaries(
    {"model": TEXT, "mode": MODE, "repeat": st.none() | INDEX, "fold": st.none() | INDEX, **ESTIMATE}
)
DIFFERENCE = st.fixed_dictionaries({"model": TEXT, "baseline": TEXT, **ESTIMATE})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(rows=st.lists(PREDICTION, max_size=6))
def test_predictions_survive(rows):
    made = tuple(Prediction(**row) for row in rows)
    raw = tables.rows_to_parquet(made, Prediction)
    assert tables.rows_of(tables.from_parquet(raw), Prediction) == made


@given(rows=st.lists(SCORE, max_size=6))
def test_scores_survive(rows):
    made = tuple(Score(**row) for row in rows)
    assert tables.rows_of(tables.from_parquet(tables.rows_to_parquet(made, Score)), Score) == made


@given(rows=st.lists(DIFFERENCE, max_size=6))
def test_differences_survive(rows):
    made = tuple(Difference(**row) for row in rows)
    raw = tables.rows_to_parquet(made, Difference)
    assert tables.rows_of(tables.from_parquet(raw), Difference) == made


@given(content=st.dictionaries(TEXT, JSON, max_size=4))
def test_sealed_json_survives(content, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "sealed.json"
    path.write_bytes(sealed(content))
    assert read_sealed(path, mend="") == content


def test_a_missing_number_stays_missing_and_is_not_zero():
    score = Score(
        model="m", mode="both", repeat=None, fold=None, metric="x", value=None, low=None, high=None, n=3, how="why"
    )
    (read,) = tables.rows_of(tables.from_parquet(tables.rows_to_parquet([score], Score)), Score)
    assert read == score and read.value is None


def test_the_order_of_keys_does_not_change_a_digest():
    assert json_digest({"a": 1, "b": [2.5]}) == json_digest({"b": [2.5], "a": 1}) != json_digest({"a": 1, "b": [2]})
