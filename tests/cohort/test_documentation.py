"""What docs/cohort.md shows can be copied, and it lists every key there is."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from core.cohort.manifest import TABLES, read_manifest
from core.cohort.missing import MISSING
from core.cohort.sources import (
    DERIVED_FROM,
    IMAGE_KINDS,
    ORIENTATIONS,
    STANDARD_COVARIATES,
    UNITS,
    ExpressionSource,
    ImageSource,
)

GUIDE = (Path(__file__).parents[2] / "docs" / "cohort.md").read_text()


def test_the_example_is_a_valid_manifest(tmp_path):
    example = re.search(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert example is not None
    (tmp_path / "cohort.toml").write_text(example[1])
    for name in ("clinical.csv", "expression.tsv.gz"):
        (tmp_path / name).touch()
    (tmp_path / "slides").mkdir()
    manifest = read_manifest(tmp_path)
    assert manifest.name == "My cohort"
    assert list(manifest.outcome.classes) == ["Luminal", "Basal/HER2"]


def test_every_table_key_and_choice_is_listed():
    keys = [
        field.name for source in (ExpressionSource, ImageSource) for field in fields(source) if field.name != "kind"
    ]
    words = [*(f"[{table}]" for table in TABLES), *keys, *STANDARD_COVARIATES, *UNITS, *ORIENTATIONS, *IMAGE_KINDS]
    words += ["derived_from", *(f'"{choice}"' for choice in DERIVED_FROM)]
    assert [word for word in words if f"`{word}`" not in GUIDE] == []


@pytest.mark.parametrize("token", sorted(MISSING - {""}))
def test_every_missing_value_token_is_listed(token):
    plain = token.strip("[]'")
    assert f"`{plain}`" in GUIDE.lower() or f"`{token}`" in GUIDE.lower()
