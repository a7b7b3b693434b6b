"""Each site left out in turn."""

from dataclasses import replace

import numpy as np

from core.training.controls import fit_left_out_sites
from core.training.controls.left_out_sites import left_out
from core.training.controls.patients import Target
from tests.training.controls.cohorts import alternating, auroc, changed, cohort_of, noise


def drawn(*, sites=5, patients=60):
    """Genes know the label, site by site; the label alternates within every site."""
    labels, values = alternating(patients), noise(patients, 4)
    values[:, 0] += 4 * labels
    return cohort_of(labels, [f"S{row % sites}" for row in np.arange(patients) // 2], values=values, genes="ABCD")


def test_every_patient_is_answered_for_once_by_models_that_never_saw_their_site():
    dataset = drawn()
    rows = fit_left_out_sites(dataset)
    site = {patient.id: patient.site for patient in dataset.cohort.patients}
    assert sorted(one.patient for one in rows) == sorted(site)
    assert all(one.name == f"genes · {site[one.patient]}" for one in rows)
    jobs, _ = left_out(Target(name="class", classes=2, label=alternating(60)), list(site.values()), seed=0)
    names = np.array(list(site.values()))
    assert all(job.site not in names[job.split.train] for job in jobs)


def test_a_site_does_not_move_its_own_model():
    dataset = drawn()
    mine = [patient.id for patient in dataset.cohort.patients if patient.site == "S0"]
    before, after = fit_left_out_sites(dataset), fit_left_out_sites(changed(dataset, mine[1:], by=99.0))
    assert [one for one in before if one.patient == mine[0]] == [one for one in after if one.patient == mine[0]]


def test_inner_parts_keep_sites_apart():
    sites = np.array([f"S{row % 6}" for row in np.arange(72) // 2])
    jobs, _ = left_out(Target(name="class", classes=2, label=alternating(72)), sites.tolist(), seed=0)
    for job in jobs:
        parts = [set(sites[job.split.train[part]]) for part in job.split.inner]
        assert sum(map(len, parts)) == len(set().union(*parts)) == 5


def test_what_holds_at_every_site_holds_at_a_new_one():
    rows = fit_left_out_sites(drawn())
    assert all(auroc(rows, f"genes · S{site}") > 0.9 for site in range(5))


def test_models_that_know_nothing_do_not_rank_pooled_sites_by_how_the_others_stand():
    """A site of many positive patients leaves fewer to learn from: its own odds must not be ranked for it."""
    labels, sites = np.array([0] * 12 + [1] * 3 + [0] * 3 + [1] * 12), ["A"] * 15 + ["B"] * 15
    rows = fit_left_out_sites(cohort_of(labels, sites, values=np.zeros((30, 2)), genes="AB"))
    assert auroc([replace(row, name="genes") for row in rows], "genes") == 0.5


def test_two_sites_are_enough_and_one_is_told():
    assert len(fit_left_out_sites(drawn(sites=2))) == 60
    jobs, reasons = left_out(Target(name="class", classes=2, label=alternating(4)), ["S"] * 4, seed=0)
    assert jobs == () and "one site" in reasons[0]


def test_a_site_that_holds_all_of_a_class_is_told():
    label = np.array([0, 0, 0, 0, 1, 1])
    jobs, reasons = left_out(Target(name="class", classes=2, label=label), list("AABBCC"), seed=0)
    assert [job.site for job in jobs] == ["A", "B"]
    assert "without site C" in reasons[0]
