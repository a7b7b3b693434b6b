"""The circularity ladder."""

import numpy as np
import pytest

from core.cohort import PAM50_GENES
from core.evaluation.controls import ALL_GENES as ALL
from core.training.controls import fit_ladder
from core.training.controls.ladder import FAR, WITHOUT, correlated, rungs
from core.training.controls.patients import Target
from tests.training.controls.cohorts import alternating, auroc, changed, cohort_of, halves, noise

PANEL = PAM50_GENES[:6]
OTHERS = tuple(f"G{place}" for place in range(60))


def planted(*, in_panel=True, copies=0, patients=80):
    """The label is in the PAM50 genes; `copies` of the other genes repeat one of them."""
    labels, values = alternating(patients), noise(patients, len(PANEL) + len(OTHERS))
    if in_panel:
        values[:, : len(PANEL)] += 2 * labels[:, None]
    for copy in range(copies):
        values[:, len(PANEL) + copy] = values[:, 0] + 0.1 * values[:, len(PANEL) + copy]
    return cohort_of(labels, ["S"] * patients, values=values, genes=PANEL + OTHERS)


def test_a_label_that_only_the_panel_knows_is_lost_without_it():
    dataset = planted()
    rows = fit_ladder(dataset, halves(dataset), draws=1)
    assert auroc(rows, ALL) > 0.95
    assert auroc(rows, WITHOUT) < 0.7


def test_a_copy_of_a_panel_gene_keeps_the_label_until_correlated_genes_go_too():
    dataset = planted(copies=3)
    rows = fit_ladder(dataset, halves(dataset), draws=1)
    assert auroc(rows, WITHOUT) > 0.8
    assert auroc(rows, FAR) < 0.7
    assert {one.inputs for one in rows if one.name == FAR} == {len(OTHERS) - 3}


def test_genes_are_told_from_the_panel_on_training_patients_only():
    dataset = planted(copies=3)
    first = halves(dataset)[:1]
    before = fit_ladder(dataset, first, draws=1)
    after = fit_ladder(changed(dataset, first[0].test[1:], by=50.0), first, draws=1)
    kept = first[0].test[0]
    assert [one for one in before if one.patient == kept] == [one for one in after if one.patient == kept]


def test_only_genes_beyond_the_limit_count_as_correlated():
    draw = np.random.default_rng(0)
    shared = draw.normal(size=(4000, 1))
    near, far = shared + 0.8 * draw.normal(size=(4000, 1)), shared + 1.3 * draw.normal(size=(4000, 1))
    values = np.hstack([shared, near, -near, far, np.ones((4000, 1))]).astype(np.float32)
    assert correlated(values, [0]).tolist() == [True, True, True, False, False]


def test_results_do_not_depend_on_the_number_of_workers():
    dataset = planted(patients=40)
    alone, beside = (fit_ladder(dataset, halves(dataset), draws=2, workers=workers) for workers in (1, 3))
    assert alone == beside


def test_random_sets_avoid_the_panel_and_are_the_same_in_every_fold_and_run():
    genes = PANEL + OTHERS
    drawn = [rung for rung in rungs(genes, seed=3, draws=4)[0] if rung.draw]
    assert sorted({(rung.name, len(rung.genes)) for rung in drawn}) == [("random 3", 3), ("random 50", 50)]
    assert min(gene for rung in drawn for gene in rung.genes) >= len(PANEL)
    assert len({rung.genes for rung in drawn}) == 8
    assert drawn == [rung for rung in rungs(genes, seed=3, draws=4)[0] if rung.draw]


def test_a_table_that_lacks_panel_genes_says_so():
    _, reasons = rungs(PANEL + OTHERS, seed=0)
    assert "6 of the 50 PAM50 genes" in reasons[0]
    assert rungs(PAM50_GENES + OTHERS, seed=0)[1] == ()


def test_a_table_of_the_panel_alone_has_nothing_without_it():
    names = {rung.name for rung in rungs(PAM50_GENES, seed=0)[0]}
    assert names == {ALL, "ESR1, PGR, ERBB2"}


def test_patients_of_unknown_outcome_are_neither_learned_from_nor_answered_for():
    dataset = planted()
    label = alternating(80).astype(np.int64)
    label[::5] = -1
    target = Target(name="er", classes=2, label=label)
    rows = fit_ladder(dataset, halves(dataset), target=target, draws=1)
    known = {patient.id for row, patient in enumerate(dataset.cohort.patients) if row % 5}
    assert {one.patient for one in rows if one.name == ALL} == known
    assert {one.target for one in rows} == {"er"}


@pytest.mark.parametrize("repeats", [1, 2])
def test_each_patient_has_one_row_a_rung_whatever_the_repeats(repeats):
    dataset = planted(patients=40)
    rows = fit_ladder(dataset, halves(dataset) * repeats, draws=1)
    assert len({(one.name, one.draw, one.patient) for one in rows}) == len(rows)
    assert all(sum(one.probabilities) == pytest.approx(1) for one in rows)
