"""Rows of the store become what the pages draw."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.evaluation import main_mode, pooled
from core.results import RunFolder, Store
from core.types import Explanation
from dashboard import views
from dashboard.views.attention import MEAN


@dataclass(frozen=True)
class Rows:
    """What the store answers about the first run."""

    runs: pd.DataFrame
    scores: pd.DataFrame
    predictions: pd.DataFrame


@pytest.fixture(scope="module")
def rows(full_data: Path) -> Rows:
    store = Store.open(full_data)
    assert store is not None
    found = Rows(
        runs=store.runs(),
        scores=store.scores(["run-0"]),
        predictions=views.predictions.pooled(store.predictions("run-0")),
    )
    store.close()
    return found


@pytest.fixture
def predictions(rows: Rows) -> pd.DataFrame:
    return rows.predictions


def test_the_flow_ends_with_the_analysed_and_begins_with_everyone():
    lost = pd.DataFrame({"stage": ["outcome", "outcome", "images"], "reason": ["a", "b", "c"]})
    steps = views.cohort.summary.flow(lost, analysed=10)
    assert (steps[0].left, steps[-1].left) == (13, 10)
    assert sum(step.lost for step in steps) == 3
    assert views.cohort.summary.reasons(lost)["Patients"].sum() == 3


def test_pooling_the_table_is_pooling_the_predictions(full_data: Path, predictions: pd.DataFrame):
    raw = RunFolder.open(full_data, "run-0").predictions()
    for model in set(predictions["model"]):
        mode = main_mode(model)
        expected = pooled([one for one in raw if (one.model, one.mode) == (model, mode)], classes=2)
        mine = predictions[(predictions["model"] == model) & (predictions["mode"] == mode)].sort_values("patient")
        scored = views.predictions.scored(mine)
        assert scored.patients == expected.patients
        np.testing.assert_array_equal(scored.probabilities, expected.probabilities)
        np.testing.assert_array_equal(scored.labels, expected.labels)


def test_repeats_are_averaged_and_each_of_their_folds_is_named():
    rows = [("fused", "both", 0, 2, "p", 1, [0.2, 0.8]), ("fused", "both", 1, 0, "p", 1, [0.6, 0.4])]
    columns = ["model", "mode", "repeat", "fold", "patient", "label", "probabilities"]
    table = views.predictions.pooled(pd.DataFrame(rows, columns=columns))
    np.testing.assert_allclose(table["probabilities"].iloc[0], [0.4, 0.6])
    words = views.predictions.fold_words(table["folds"].iloc[0], count=5, repeats=2)
    assert words == "fold 3 of 5 in repeat 1, fold 1 of 5 in repeat 2"


def test_models_stand_in_one_order_everywhere():
    assert views.predictions.model_order(["paper", "own", "genes", "fused", "genes"]) == (
        "fused",
        "genes",
        "paper",
        "own",
    )


def _scores(**changed: object) -> pd.DataFrame:
    row = {"run": "r", "model": "fused", "mode": "both", "repeat": pd.NA, "fold": pd.NA, "metric": "auroc"}
    return pd.DataFrame([{**row, "value": 0.8734, "low": 0.8411, "high": 0.9018, "n": 60, "how": "x", **changed}])


def test_a_score_is_written_with_its_interval():
    assert views.models.score_table(_scores())["AUROC"].iloc[0] == "0.873 [0.841, 0.902]"


def test_a_missing_score_is_missing_with_its_reason():
    scores = _scores(value=np.nan, low=np.nan, high=np.nan, how="only one class is there")
    assert views.models.score_table(scores)["AUROC"].iloc[0] == "not computed"
    assert views.models.not_computed(scores) == ("AUROC of fused (tissue and genes): only one class is there",)
    assert views.models.intervals(scores, metric="auroc") == ()


@pytest.mark.parametrize(
    ("metric", "low", "high", "words"),
    [
        ("auroc", -0.003, 0.005, "fused is not distinguishable from genes: AUROC +0.001 [-0.003, 0.005]"),
        ("auroc", 0.0005, 0.005, "fused is better than genes: AUROC +0.001 [0.001, 0.005]"),
        ("auroc", -0.005, -0.0005, "fused is worse than genes: AUROC -0.001 [-0.005, -0.001]"),
        ("brier", 0.0005, 0.005, "fused is worse than genes: Brier score +0.001 [0.001, 0.005]"),
        ("brier", -0.005, -0.0005, "fused is better than genes: Brier score -0.001 [-0.005, -0.001]"),
    ],
)
def test_a_difference_is_said_in_words_by_its_interval(metric: str, low: float, high: float, words: str):
    row = {"run": "r", "model": "fused", "baseline": "genes", "metric": metric, "n": 60, "how": "x"}
    row["value"] = 0.001 if high > 0.001 else -0.001
    tests = dict.fromkeys(("permutation_p", "delong_p", "folds_p", "holm_p", "detectable"))
    (comparison,) = views.models.comparisons(pd.DataFrame([{**row, **tests, "low": low, "high": high}]), metric=metric)
    assert comparison.sentence == words


def test_each_fold_of_a_model_stands_beside_its_pooled_value(rows: Rows):
    found = views.models.intervals(rows.scores, metric="auroc")
    assert [row.model for row in found] == ["fused", "image", "genes", "concat", "late", "logistic", "paper"]
    assert all(len(row.folds) == 5 and row.low <= row.value <= row.high for row in found)
    modes = views.models.mode_intervals(rows.scores, metric="auroc")
    assert [row.label for row in modes] == ["tissue and genes", "tissue only", "genes only"]


def test_runs_of_other_classes_are_not_put_side_by_side(rows: Rows):
    table = rows.runs.copy()
    table.at[1, "classes"] = ["Negative", "Positive"]
    runs = views.runs.runs(table)
    assert views.runs.comparable(runs) == runs[:1]


def _explanation(tokens: int, tiles: int) -> Explanation:
    attention = np.random.default_rng(0).random((tokens, tiles)).astype(np.float32)
    names = tuple(f"set {place}" for place in range(tokens))
    return Explanation(
        tile_attention=attention / attention.sum(axis=1, keepdims=True),
        token_attention=np.full(tokens, 1 / tokens, np.float32),
        contributions=np.arange(tokens, dtype=np.float32) - 1,
        tokens=names,
        sets=names,
    )


def test_attention_is_told_in_even_shares():
    found = _explanation(3, 8)
    for chosen in views.attention.maps(found):
        assert views.attention.tile_weights(found, chosen).mean() == pytest.approx(1, abs=1e-5)
    assert views.attention.maps(found)[0] == MEAN
    assert views.attention.maps(_explanation(1, 8)) == ("set 0",)


def test_gene_sets_stand_by_the_size_of_what_they_moved():
    sets = views.attention.top_gene_sets(_explanation(4, 3), count=2)
    assert [one.contribution for one in sets] == [2.0, -1.0]
