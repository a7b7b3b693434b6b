"""A cohort folder around the real patients' files, which are never in this repository."""

import os
from pathlib import Path

VARIABLE = "ACINUS_REAL_DATA"
FILES = ("clinical.csv", "expression_zscore.tsv.gz", "image_features.parquet", "hallmark.gmt")

MANIFEST = """
[cohort]
name = "TCGA-BRCA"

[clinical]
path = "clinical.csv"
patient = "patient_id"

[outcome]
column = "pam50"
classes = { "Luminal" = ["BRCA_LumA", "BRCA_LumB"], "Basal/HER2" = ["BRCA_Basal", "BRCA_Her2"] }

[outcome.er_ihc]
classes = { "ER-negative" = ["Negative"], "ER-positive" = ["Positive"] }

[site]
from = "tcga-barcode"

[covariates]
age = "age_years"
stage = "stage"
sex = "sex"
race = "race"
histology = "histology"
time = "os_months"
event = "os_status"

[expression]
path = "expression_zscore.tsv.gz"
unit = "zscore"
clip = 10.0

[genes]
sets = "hallmark.gmt"

[images]
features = "image_features.parquet"
"""


def real_data() -> Path | None:
    """Folder that holds `tcga_brca`, as the environment names it."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def write_real_cohort(folder: Path, *, data: Path) -> Path:
    """A cohort folder of links to the real files, with its manifest."""
    # the variable may name the folder of all real data or the cohort's own
    home = data / "tcga_brca" if (data / "tcga_brca").is_dir() else data
    for name in FILES:
        (folder / name).symlink_to((home / name).resolve())
    (folder / "cohort.toml").write_text(MANIFEST)
    return folder
