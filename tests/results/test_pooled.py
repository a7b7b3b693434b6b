"""Answers of a run, averaged over repeats."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation import pooled
from core.results import tables
from core.results.pooled import answers, spread
from core.types import Prediction


def _prediction(patient: int, repeat: int, share: float) -> Prediction:
    return Prediction(
        model="fused",
        repeat=repeat,
        fold=(patient + repeat) % 5,
        patient=f"P{patient:02d}",
        label=patient % 2,
        mode="both",
        probabilities=(1 - share, share),
        uncalibrated=(share, 1 - share),
    )


@given(
    shares=st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=3), min_size=1, max_size=12),
    seed=st.integers(0, 99),
)
def test_answers_are_the_mean_over_repeats_in_whatever_order_predictions_come(shares, seed):
    made = [_prediction(p, r, share) for p, repeats in enumerate(shares) for r, share in enumerate(repeats)]
    order = np.random.default_rng(seed).permutation(len(made))
    rows = tables.table([made[place] for place in order], columns=tables.columns_of(Prediction))
    found = spread(answers(rows)).sort_values("patient")
    expected = pooled(made, classes=2)
    assert tuple(found["patient"]) == expected.patients
    np.testing.assert_allclose(found[["p0", "p1"]].to_numpy(), expected.probabilities)
    np.testing.assert_allclose(found["u0"], found["p1"])
    assert (found["confidence"] == found[["p0", "p1"]].max(axis=1)).all()
    for repeats, stated, folds, patient in zip(
        shares, found["repeats"], found["folds"], range(len(shares)), strict=True
    ):
        assert list(stated) == list(range(len(repeats)))
        assert list(folds) == [(patient + repeat) % 5 for repeat in stated]


def test_without_predictions_there_are_no_answers():
    none = answers(tables.table((), columns=tables.columns_of(Prediction)))
    assert len(spread(none)) == 0 and {"model", "repeats", "confidence"} <= set(spread(none).columns)


def test_no_uncalibrated_columns_where_none_were_kept():
    kept = [_prediction(1, 0, 0.25)]
    rows = tables.table(kept, columns=tables.columns_of(Prediction)).drop_columns(["uncalibrated"])
    empty = tables.table_of({"uncalibrated": [()]}, columns={"uncalibrated": "DOUBLE[]"})
    found = spread(answers(rows.append_column("uncalibrated", empty["uncalibrated"])))
    assert "u0" not in found and found["p1"].tolist() == [0.25]
