"""A cohort folder as a whole: everyone is analysed or excluded with the first reason, and nothing depends on order."""

import random
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cohort import read_cohort
from core.errors import InputError
from tests.cohort.conftest import ANALYSED, CLINICAL, expression_frame, feature_frame, write_small_cohort


def state(tables):
    """All of a cohort that order must not touch."""
    features = {patient: bags[0].features.tolist() for patient, bags in tables.features.items()}
    return tables.cohort.patients, tables.cohort.exclusions, tables.expression.values.tolist(), features


def test_every_clinical_row_is_analysed_or_excluded_at_its_first_loss(small):
    cohort = read_cohort(small).cohort
    assert tuple(patient.id for patient in cohort.patients) == ANALYSED
    assert {lost.patient: (lost.stage, lost.reason) for lost in cohort.exclusions} == {
        "P5": ("outcome", 'pam50 is "Normal", which no class lists'),
        "P6": ("outcome", "no value in pam50"),
        "P7": ("site", "no value in site"),
        "P8": ("expression", "no expression sample"),
        "P9": ("images", "no image features"),
    }


def test_rows_of_all_tables_belong_to_the_same_patient(small):
    tables = read_cohort(small)
    assert tables.expression is not None and tables.features is not None
    assert tables.expression.patients == ANALYSED
    esr1 = tables.expression.genes.index("ESR1")
    for row, patient in enumerate(tables.cohort.patients):
        number = int(patient.id[1:])
        assert tables.expression.values[row, esr1] == pytest.approx(1 + number / 100)
        expected = feature_frame().loc[patient.id, ["area", "cells", "density"]].to_numpy()
        np.testing.assert_array_equal(tables.features[patient.id][0].features[0], expected)
    first, second = tables.cohort.patients[0], tables.cohort.patients[2]
    assert (first.label, first.site, first.covariates["age"], first.covariates["event"]) == (0, "north", 51.0, 0.0)
    assert (second.label, second.covariates["event"], second.covariates["grade"]) == (0, 1.0, "G2")


def test_another_outcome_takes_its_classes_from_its_table(small):
    cohort = read_cohort(small, outcome="er").cohort
    assert (cohort.outcome, cohort.classes) == ("er", ("ER-negative", "ER-positive"))
    assert {patient.id: patient.label for patient in cohort.patients} == {"P1": 1, "P10": 1, "P2": 1, "P3": 0, "P4": 0}
    assert cohort.patients[0].covariates["pam50"] == "LumA"
    assert "er" not in cohort.patients[0].covariates


def test_another_outcome_without_table_takes_its_own_values(small):
    assert read_cohort(small, outcome="grade").cohort.classes == ("G1", "G2", "G3")
    with pytest.raises(InputError, match=r'--outcome.*"nothing"'):
        read_cohort(small, outcome="nothing")


@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_and_columns_changes_nothing(tmp_path_factory, seed):
    folder = write_small_cohort(tmp_path_factory.mktemp("shuffled") / "small")
    before = state(read_cohort(folder))
    dice = random.Random(seed)
    header, *rows = [line.split(",") for line in CLINICAL.splitlines()]
    order = dice.sample(range(len(header)), len(header))
    shuffled = [header, *dice.sample(rows, len(rows))]
    (folder / "clinical.csv").write_text("".join(",".join(row[place] for place in order) + "\n" for row in shuffled))
    expression, features = expression_frame(), feature_frame()
    expression.sample(frac=1, random_state=seed).sample(frac=1, axis=1, random_state=seed).to_csv(
        folder / "expression.csv"
    )
    features.sample(frac=1, random_state=seed).sample(frac=1, axis=1, random_state=seed).to_parquet(
        folder / "features.parquet"
    )
    assert state(read_cohort(folder)) == before


@given(
    outcome=st.lists(st.sampled_from(["A", "B", "C", ""]), min_size=6, max_size=12),
    site=st.lists(st.booleans(), min_size=12, max_size=12),
    measured=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_nobody_vanishes(tmp_path_factory, outcome, site, measured):
    folder = tmp_path_factory.mktemp("flow")
    # one patient of each class stays, or the cohort as a whole is refused
    outcome, site, measured = ["A", "B", *outcome], [True, True, *site], [True, True, *measured]
    patients = [f"P{number}" for number in range(len(outcome))]
    rows = zip(patients, outcome, site, strict=False)
    text = "id,er,site\n" + "".join(f"{patient},{er},{'x' if there else ''}\n" for patient, er, there in rows)
    (folder / "clinical.csv").write_text(text)
    with_genes = [patient for patient, there in zip(patients, measured, strict=False) if there]
    pd.DataFrame([range(len(with_genes))], index=["ESR1"], columns=with_genes).to_csv(folder / "expression.csv")
    (folder / "cohort.toml").write_text(
        '[clinical]\npath = "clinical.csv"\npatient = "id"\n[site]\ncolumn = "site"\n'
        '[outcome]\ncolumn = "er"\nclasses = { no = ["A"], yes = ["B"] }\n'
        '[expression]\npath = "expression.csv"\nunit = "log2"\n'
    )
    cohort = read_cohort(folder).cohort
    counts = Counter([patient.id for patient in cohort.patients] + [lost.patient for lost in cohort.exclusions])
    assert counts == Counter(patients)


def test_no_patient_left_is_told_with_the_step_and_the_reason(edit):
    folder = edit("clinical.csv", "north", "NA")
    (folder / "clinical.csv").write_text((folder / "clinical.csv").read_text().replace("south", ""))
    with pytest.raises(InputError, match=r"after the step site.*no value in site \(8 patients\)"):
        read_cohort(folder)


def test_an_expression_table_of_strangers_is_told_with_one_name_of_each_side(small):
    expression_frame().add_suffix("-T").to_csv(small / "expression.csv")
    with pytest.raises(InputError, match=r'"P1-T".*"P1"'):
        read_cohort(small)


def test_either_modality_may_be_left_out(small):
    text = (small / "cohort.toml").read_text()
    genes, images = text.index("[expression]"), text.index("[images]")
    (small / "cohort.toml").write_text(text[:images])
    only_genes = read_cohort(small)
    assert only_genes.features is None and only_genes.images is None and only_genes.expression is not None
    (small / "cohort.toml").write_text(text[:genes] + text[images:])
    only_images = read_cohort(small)
    assert only_images.expression is None and only_images.gene_sets is None and only_images.images == "features"


def test_slides_are_named_not_opened(small):
    (small / "slides").mkdir()
    for name in ("P1.svs", "P2_a.svs", "P2_b.svs", "P9.svs"):
        (small / "slides" / name).write_bytes(b"not a slide")
    text = (small / "cohort.toml").read_text().replace('features = "features.parquet"', 'slides = "slides"')
    (small / "cohort.toml").write_text(text)
    tables = read_cohort(small)
    assert tables.images == "slides" and tables.features is None
    assert {patient.id: len(patient.slides) for patient in tables.cohort.patients} == {"P1": 1, "P2": 2, "P9": 1}


def test_ready_made_bags_are_named_not_opened(small):
    (small / "bags" / "P3").mkdir(parents=True)
    for name in ("P1.h5", "P2_a.h5", "P2_b.hdf5", "P3/one.h5", "P9.svs", "P10.pt"):
        (small / "bags" / name).write_bytes(b"not a bag")
    text = (small / "cohort.toml").read_text().replace('features = "features.parquet"', 'bags = "bags"')
    (small / "cohort.toml").write_text(text)
    tables = read_cohort(small)
    assert tables.images == "bags" and tables.features is None
    found = {patient.id: [ref.path.name for ref in patient.slides] for patient in tables.cohort.patients}
    assert found == {"P1": ["P1.h5"], "P2": ["P2_a.h5", "P2_b.hdf5"], "P3": ["one.h5"]}
    lost = {one.patient: one.reason for one in tables.cohort.exclusions if one.stage == "images"}
    assert lost == dict.fromkeys(("P10", "P4", "P9"), "no file of features")
    before = tables.cohort.fingerprint
    (small / "bags" / "P1.h5").write_bytes(b"not another")
    assert read_cohort(small).cohort.fingerprint != before
    (small / "empty").mkdir()
    (small / "cohort.toml").write_text(text.replace('"bags"', '"empty"'))
    with pytest.raises(InputError, match=r"\[images\] bags: no file of features \(\.h5\) lies in"):
        read_cohort(small)


def test_no_site_is_said(edit):
    tables = read_cohort(edit("cohort.toml", '[site]\ncolumn = "site"\n', ""))
    assert {patient.site for patient in tables.cohort.patients} == {""}
    assert any("no site" in note for note in tables.notes)


def test_the_fingerprint_is_that_of_the_content_not_of_the_place(small, tmp_path):
    assert read_cohort(small).cohort.fingerprint == read_cohort(write_small_cohort(tmp_path / "b")).cohort.fingerprint


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("cohort.toml", "[clinical]", '[cohort]\nname = "other"\n[clinical]'),
        ("clinical.csv", "G1", "G2"),
        ("expression.csv", "1.01", "1.02"),
    ],
)
def test_the_fingerprint_changes_with_every_file(edit, small, name, old, new):
    before = read_cohort(small).cohort.fingerprint
    assert read_cohort(edit(name, old, new)).cohort.fingerprint != before


def test_the_fingerprint_changes_with_features_slides_sets_and_outcome(small):
    marks = {read_cohort(small).cohort.fingerprint, read_cohort(small, outcome="er").cohort.fingerprint}
    (feature_frame() + 1).to_parquet(small / "features.parquet")
    marks.add(read_cohort(small).cohort.fingerprint)
    manifest = small / "cohort.toml"
    manifest.write_text(manifest.read_text().replace("[images]", '[genes]\nsets = "sets.gmt"\n\n[images]'))
    for genes in ("ESR1", "ERBB2"):
        (small / "sets.gmt").write_text(f"A\tx\t{genes}\n")
        marks.add(read_cohort(small).cohort.fingerprint)
    manifest.write_text(manifest.read_text().replace('features = "features.parquet"', 'slides = "slides"'))
    (small / "slides").mkdir()
    for content in (b"x" * 200_000, b"x" * 199_999 + b"y", b"x" * 200_001):
        (small / "slides" / "P1.svs").write_bytes(content)
        marks.add(read_cohort(small).cohort.fingerprint)
    assert len(marks) == 8
