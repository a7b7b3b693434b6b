"""The real patients: the counts that the method's results stand on."""

import time
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from core.cohort import read_cohort, read_expression

pytestmark = pytest.mark.real


def test_pam50_gives_657_patients_and_a_reason_for_each_of_the_others(real_cohort_folder):
    tables = read_cohort(real_cohort_folder)
    cohort = tables.cohort
    assert Counter(cohort.classes[patient.label] for patient in cohort.patients) == {"Luminal": 490, "Basal/HER2": 167}
    assert len(cohort.patients) == 657 and len(cohort.exclusions) == 176
    assert all(lost.reason for lost in cohort.exclusions)
    assert len({patient.site for patient in cohort.patients}) == 35
    assert Counter(lost.stage for lost in cohort.exclusions) == {"outcome": 107, "expression": 36, "images": 33}
    assert tables.expression is not None and tables.expression.values.shape == (657, 1558)
    assert np.abs(tables.expression.values).max() == 10.0
    assert tables.features is not None and {bags[0].features.shape for bags in tables.features.values()} == {(1, 607)}
    assert tables.gene_sets is not None and len(tables.gene_sets.members) == 50


def test_er_gives_637_patients(real_cohort_folder):
    cohort = read_cohort(real_cohort_folder, outcome="er_ihc").cohort
    assert cohort.classes == ("ER-negative", "ER-positive")
    assert (len(cohort.patients), len(cohort.exclusions)) == (637, 196)


def test_follow_up_and_age_are_standard_covariates(real_cohort_folder):
    patients = read_cohort(real_cohort_folder).cohort.patients
    assert {patient.covariates["event"] for patient in patients} == {0.0, 1.0}
    assert all(isinstance(patient.covariates["age"], float) for patient in patients)


def test_the_expression_table_is_read_in_seconds(real_cohort_folder):
    started = time.perf_counter()
    read = read_expression(real_cohort_folder / "expression_zscore.tsv.gz", unit="zscore", clip=10.0)
    # 0.3 s on one idle core; the bound leaves room for a busy machine
    assert time.perf_counter() - started < 5
    assert "genes in rows" in read.notes[0]


def test_a_turned_table_gives_the_same(real_cohort_folder, tmp_path):
    frame = pd.read_csv(real_cohort_folder / "expression_zscore.tsv.gz", sep="\t", index_col=0)
    frame.T.to_parquet(tmp_path / "turned.parquet")
    straight = read_expression(real_cohort_folder / "expression_zscore.tsv.gz", unit="zscore")
    turned = read_expression(tmp_path / "turned.parquet", unit="zscore")
    assert (straight.samples, straight.genes) == (turned.samples, turned.genes)
    np.testing.assert_array_equal(straight.values, turned.values)
