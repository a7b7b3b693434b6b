"""All controls of a run."""

import numpy as np
import pytest

from core.training.controls import controls, other_targets, read_target
from core.training.controls.splits import UNKNOWN, splits
from tests.training.controls.cohorts import alternating, cohort_of, halves, noise

MANIFEST = """
[clinical]
path = "clinical.csv"
patient = "id"

[outcome]
column = "class"
classes = { "no" = ["n"], "yes" = ["y"] }

[outcome.er]
classes = { "negative" = ["neg"], "positive" = ["pos"] }

[expression]
path = "expression.tsv"
unit = "log2"
"""


@pytest.fixture
def folder(tmp_path):
    rows = [f"P{row:03d},{'ny'[row % 2]},{('neg', 'pos', '')[row % 3]}" for row in range(40)]
    (tmp_path / "clinical.csv").write_text("id,class,er\n" + "\n".join(rows))
    (tmp_path / "expression.tsv").write_text("gene\tP000\nA\t1\n")
    (tmp_path / "cohort.toml").write_text(MANIFEST)
    return tmp_path


@pytest.fixture
def dataset():
    sites = [f"S{row % 4}" for row in np.arange(40) // 2]
    # too few genes to draw random sets of, which would take long
    return cohort_of(alternating(40), sites, values=noise(40, 3), genes=("ESR1", "G1", "G2"))


def test_the_outcomes_besides_the_runs_own_are_those_the_manifest_declares(folder):
    assert other_targets(folder, "class") == ("er",)
    assert other_targets(folder, "er") == ("class",)


def test_labels_of_another_outcome_are_in_the_order_of_the_patients(folder, dataset):
    target = read_target(folder, "er", dataset)
    assert (target.name, target.classes) == ("er", 2)
    assert target.label.tolist() == [(0, 1, UNKNOWN)[row % 3] for row in range(40)]


def test_a_run_has_every_family_and_ladders_of_every_declared_outcome(folder, dataset):
    told: list[str] = []
    steps: list[tuple[int, int]] = []
    rows = controls(
        dataset,
        halves(dataset),
        folder=folder,
        seed=0,
        say=told.append,
        progress=lambda done, every: steps.append((done, every)),
    )
    assert {(one.family, one.target) for one in rows} == {
        ("ladder", "class"),
        ("ladder", "er"),
        ("confounder", "class"),
        ("left-out site", "class"),
    }
    assert told == [line for line in told if "PAM50" in line]
    assert steps[-1][0] == steps[-1][1] == len(steps)


def test_an_outcome_that_cannot_be_read_is_told_and_the_rest_is_done(folder, dataset):
    (folder / "cohort.toml").write_text(MANIFEST.replace('["pos"]', '["positif"]'))
    told: list[str] = []
    rows = controls(dataset, halves(dataset), folder=folder, seed=0, say=told.append)
    assert {one.target for one in rows} == {"class"}
    assert any("ladder of er left out" in line for line in told)


def test_a_fold_without_both_classes_is_left_out_with_its_reason(dataset):
    folds = halves(dataset)
    ids = [patient.id for patient in dataset.cohort.patients]
    label = np.where(np.arange(40) < 20, alternating(40), 0)
    made, reasons = splits(folds, ids, label)
    assert len(made) == 1 and "fold 1" in reasons[0]
