"""A small cohort folder of real files that each test may bend."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

GENES = ("ESR1", "ERBB2", "MKI67", "KRT5", "FOXA1")
MANIFEST = """
[clinical]
path = "clinical.csv"
patient = "patient_id"

[outcome]
column = "pam50"
classes = { "Luminal" = ["LumA", "LumB"], "Basal/HER2" = ["Basal", "Her2"] }

[outcome.er]
classes = { "ER-negative" = ["Negative"], "ER-positive" = ["Positive"] }

[site]
column = "site"

[covariates]
age = "age_years"
time = "months"
event = "status"

[expression]
path = "expression.csv"
unit = "log2"

[images]
features = "features.parquet"
"""
CLINICAL = """patient_id,pam50,er,site,age_years,months,status,grade
P1,LumA,Positive,north,51,12.5,0:LIVING,G1
P2,LumB,Positive,north,62,30,1:DECEASED,G2
P3,Basal,Negative,south,47,8,0:LIVING,G3
P4,Her2,Negative,south,,44,1:DECEASED,G3
P5,Normal,Positive,north,70,3,0:LIVING,NA
P6,,Positive,south,39,60,0:LIVING,G2
P7,LumA,Positive,[Not Available],58,61,0:LIVING,G1
P8,Basal,Negative,north,66,2,0:LIVING,G3
P9,Basal,Negative,north,66,2,0:LIVING,G3
P10,LumB,Positive,south,44,20,0:LIVING,G2
"""
WITH_EXPRESSION = ("P1", "P2", "P3", "P4", "P5", "P9", "P10")
WITH_FEATURES = ("P1", "P2", "P3", "P4", "P6", "P8", "P10")
ANALYSED = ("P1", "P10", "P2", "P3", "P4")


def expression_frame() -> pd.DataFrame:
    """Genes by samples, each value telling its gene and its patient."""
    values = [[gene + int(patient[1:]) / 100 for patient in WITH_EXPRESSION] for gene in range(1, len(GENES) + 1)]
    return pd.DataFrame(values, index=pd.Index(GENES, name="gene"), columns=list(WITH_EXPRESSION))


def feature_frame() -> pd.DataFrame:
    """Patients by features, one row a patient."""
    values = np.arange(len(WITH_FEATURES) * 3, dtype=np.float32).reshape(-1, 3)
    return pd.DataFrame(values, index=pd.Index(WITH_FEATURES, name="patient"), columns=["area", "cells", "density"])


def write_small_cohort(folder: Path) -> Path:
    """Ten patients, of whom five are analysed."""
    folder.mkdir(exist_ok=True)
    (folder / "cohort.toml").write_text(MANIFEST)
    (folder / "clinical.csv").write_text(CLINICAL)
    expression_frame().to_csv(folder / "expression.csv")
    feature_frame().to_parquet(folder / "features.parquet")
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The folder of the small cohort."""
    return write_small_cohort(tmp_path / "small")


@pytest.fixture
def edit(small: Path) -> Callable[[str, str, str], Path]:
    """Replace a text in one of the small cohort's files."""

    def replace(name: str, old: str, new: str) -> Path:
        file = small / name
        text = file.read_text()
        assert old in text, f"{old!r} is not in {name}"
        file.write_text(text.replace(old, new))
        return small

    return replace
