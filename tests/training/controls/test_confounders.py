"""What site and the making of slides alone tell of the label."""

import numpy as np
import pytest

from core.config import FoldSpec
from core.training.controls import fit_confounders
from core.training.controls.confounders import EVERY, SITE, one_hot, scaled
from core.training.folds import deal
from tests.training.controls.cohorts import alternating, auroc, cohort_of, halves, noise, slide_of


def by_site(*, patients=120, sites=12):
    """The label is a function of the site; the folds cannot be even then."""
    rows = np.arange(patients) % sites
    return cohort_of(
        (rows % 3 == 0).astype(int), [f"S{row:02d}" for row in rows], values=noise(patients, 3), genes="ABC"
    )


def test_a_label_that_follows_from_the_site_is_known_under_random_folds():
    dataset = by_site()
    folds = deal(dataset.cohort, FoldSpec(count=3, split="random"), seed=0)
    assert auroc(fit_confounders(dataset, folds), SITE) == 1.0


def test_of_a_new_site_nothing_is_known_however_uneven_the_folds():
    dataset = by_site()
    folds = deal(dataset.cohort, FoldSpec(count=3, inner=2), seed=0)
    assert auroc(fit_confounders(dataset, folds), SITE) == 0.5


def test_a_site_never_seen_stands_at_the_training_mean():
    columns = one_hot(["A", "A", "B", "C"], np.array([0, 1, 2]))
    assert columns.shape == (4, 2)
    assert columns[:3].mean(axis=0) == pytest.approx([0, 0], abs=1e-7)
    assert columns[3].tolist() == [0, 0]


def test_what_is_unknown_is_put_at_the_training_mean_and_said():
    values = np.array([[1.0], [3.0], [np.nan], [2.0]])
    columns = scaled(values, np.array([0, 1, 2]))
    assert columns.shape == (4, 2)
    assert columns[2, 0] == columns[3, 0]
    assert columns[2, 1] > columns[3, 1]


def test_test_patients_do_not_move_what_others_are_scaled_by():
    values = np.array([[1.0], [3.0], [2.0], [9.0]])
    train = np.array([0, 1, 2])
    moved = values.copy()
    moved[3] = np.nan
    assert (scaled(values, train)[:3] == scaled(moved, train)[:3]).all()


@pytest.fixture(scope="module")
def stained(tmp_path_factory):
    """Positive slides are stained more strongly; their size says nothing, and sharpness is not known."""
    folder = tmp_path_factory.mktemp("bags")
    labels, drawn = alternating(60), np.random.default_rng(0)
    bags = {
        f"P{row:03d}": (
            slide_of(
                folder,
                f"P{row:03d}",
                haematoxylin=float(0.3 + 0.2 * label + 0.02 * drawn.normal()),
                tissue=float(1 + drawn.random()),
            ),
        )
        for row, label in enumerate(labels)
    }
    return cohort_of(labels, [f"S{row % 4}" for row in np.arange(60) // 2], bags=bags)


def test_the_kind_of_fact_that_tells_the_label_is_found(stained):
    rows = fit_confounders(stained, halves(stained))
    assert auroc(rows, "stain") > 0.95
    assert auroc(rows, EVERY) > 0.95
    assert auroc(rows, "slide and tissue size") < 0.75


def test_facts_that_are_unknown_or_the_same_for_all_make_no_control(stained):
    rows = fit_confounders(stained, halves(stained))
    assert {one.name for one in rows} == {SITE, "slide and tissue size", "stain", EVERY}
    assert {one.inputs for one in rows if one.name == "stain"} == {1}


def test_without_slides_and_sites_there_is_no_control():
    dataset = cohort_of(alternating(40), [""] * 40, values=noise(40, 3), genes="ABC")
    assert fit_confounders(dataset, halves(dataset)) == ()
