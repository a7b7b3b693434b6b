"""Published splits: random ones share nearly all sites, site-preserved ones none, and leaks are found."""

from pathlib import Path

import numpy as np
import pytest

from core.cohort.published_splits import PublishedSplit, read_published
from core.errors import InputError
from core.training.split_report import checked, report, verdict

SITES, PATIENTS, FOLDS = 40, 900, 5


def written(folder: Path, *, by: str, labels: bool = False) -> PublishedSplit:
    """Splits of patients of 40 sites of very different size, dealt by patient or by site."""
    draw = np.random.default_rng(0)
    sizes = np.exp(draw.normal(0, 1.2, SITES))
    site = draw.choice(SITES, PATIENTS, p=sizes / sizes.sum())
    fold = draw.integers(FOLDS, size=PATIENTS) if by == "patient" else (np.arange(SITES) % FOLDS)[site]
    rows = [f"patient,fold,part{',label' if labels else ''}"]
    for asked in range(FOLDS):
        for row in range(PATIENTS):
            part = "val" if fold[row] == asked else "train"
            name = f"TCGA-{chr(65 + site[row] // 10)}{site[row] % 10}-{row:04d}"
            rows.append(f"{name},{asked},{part}" + (f",{'ab'[row % 2]}" if labels else ""))
    file = folder / "splits.csv"
    file.write_text("\n".join(rows) + "\n")
    return read_published([file])


def test_random_splits_share_nearly_all_sites_and_end_red(tmp_path):
    split = written(tmp_path, by="patient")
    found = checked(split)
    assert len(found) == FOLDS
    assert all(one.seen.share is not None and one.seen.share > 0.95 and one.shared.count == 0 for one in found)
    with pytest.raises(InputError, match=r"does not keep sites apart: .* of 900 validation patients \((9\d|100) %\)"):
        verdict(split)


def test_site_preserved_splits_are_clean(tmp_path):
    split = written(tmp_path, by="site", labels=True)
    assert {one.seen.share for one in checked(split)} == {0.0}
    assert verdict(split) == "clean: no patient and no site is on both sides of any of the 5 folds"
    lines = report(split)
    assert sum(line.endswith("(0 %) come from a site that is in train") for line in lines) == FOLDS
    assert "classes by site:" in lines and any(line.startswith("  A0: ") and " a, " in line for line in lines)


@pytest.mark.parametrize(
    ("leak", "said"), [("val", "1 of 3 validation and test"), ("test", "1 of 3 validation and test")]
)
def test_a_patient_on_both_sides_under_another_sample_is_a_leak(tmp_path, leak, said):
    file = tmp_path / "splits.csv"
    file.write_text(
        f"patient,part\nTCGA-A2-A001-01A,train\nTCGA-BH-B001,val\nTCGA-E2-C001,test\nTCGA-A2-A001-06A,{leak}\n"
    )
    with pytest.raises(InputError, match=f"leaks: {said}"):
        verdict(read_published([file]))


def test_a_test_patient_in_validation_is_a_leak_and_a_shared_site_there_is_none(tmp_path):
    file = tmp_path / "splits.csv"
    file.write_text("patient,part\nTCGA-A2-A001,train\nTCGA-BH-B001,val\nTCGA-BH-B002,test\n")
    assert verdict(read_published([file])).startswith("clean")
    file.write_text("patient,part\nTCGA-A2-A001,train\nTCGA-BH-B001,val\nTCGA-BH-B001,test\n")
    with pytest.raises(InputError, match="leaks: 1 of 2"):
        verdict(read_published([file]))


def test_unknown_sites_are_said_to_be_unchecked(tmp_path):
    file = tmp_path / "splits.csv"
    file.write_text("patient,part\nP1,train\nP2,test\n")
    split = read_published([file])
    assert "could not be checked" in verdict(split)
    assert any("add a column site" in line for line in report(split))
