"""Many cases: found by the rules of a cohort, answered for like single ones, and none in the way of another."""

import json
from pathlib import Path

import pandas as pd
import pytest

from core.errors import InputError
from core.serving.batch import Batch, Given, found
from tests.serving.test_prediction import predict, timeless
from tests.trained import RUN, TrainedStore, core

GENES = ("ESR1", "ERBB2", "MKI67", "KRT5")


def given(slides: Path | None, expression: Path | None) -> Given:
    return Given(slides=slides, expression=expression, unit="", um_per_px=None, min_coverage=0.8)


def table(path: Path, samples: list[str]) -> Path:
    pd.DataFrame({sample: [1.0, 2.0, 3.0, 4.0] for sample in samples}, index=list(GENES)).to_csv(path, sep="\t")
    return path


def files(folder: Path, names: list[str]) -> Path:
    """Empty files: nobody looks into a slide before it is its turn."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def shown(batch: Batch) -> dict[str, tuple[list[str], str]]:
    return {one.name: ([path.name for path in one.case.slides], one.case.sample) for one in batch.cases}


def test_slides_and_sample_of_one_tcga_patient_are_one_case_and_normal_tissue_is_none(tmp_path: Path) -> None:
    slides = files(
        tmp_path / "slides",
        ["TCGA-A2-A0CM-01Z-00-DX1.svs", "TCGA-A2-A0CM-01Z-00-DX2.svs", "TCGA-BH-A0B3-11A-01-TS1.svs"],
    )
    measured = table(tmp_path / "e.tsv", ["TCGA-A2-A0CM-01A", "TCGA-A2-A0CM-11A", "TCGA-E2-A14P-01"])
    batch = found(given(slides, measured), GENES)
    assert shown(batch) == {
        "TCGA-A2-A0CM": (["TCGA-A2-A0CM-01Z-00-DX1.svs", "TCGA-A2-A0CM-01Z-00-DX2.svs"], "TCGA-A2-A0CM-01A"),
        "TCGA-E2-A14P": ([], "TCGA-E2-A14P-01"),
    }
    assert "1 with slide and expression, 0 with a slide alone, 1 with expression alone" in batch.notes[-1]


def test_a_slide_belongs_to_the_sample_whose_name_it_begins_with_else_it_is_a_case_of_its_own(tmp_path: Path) -> None:
    slides = files(tmp_path / "slides", ["P1.tif", "P10_he.tif", "deep/P3-b.svs", "other.svs"])
    batch = found(given(slides, table(tmp_path / "e.tsv", ["P1", "P10", "P3"])), GENES)
    assert shown(batch) == {
        "P1": (["P1.tif"], "P1"),
        "P10": (["P10_he.tif"], "P10"),
        "P3": (["P3-b.svs"], "P3"),
        "other": (["other.svs"], ""),
    }


def test_two_slides_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='several slides, the first is "P1"'):
        found(given(files(tmp_path / "slides", ["a/P1.tif", "b/P1.svs"]), None), GENES)


def test_nothing_given_is_refused() -> None:
    with pytest.raises(InputError, match="nothing was given"):
        found(given(None, None), GENES)


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", ".hidden", "a/b", "x" * 10_000, "=1+1"])
def test_a_name_from_outside_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (case,) = found(given(None, table(tmp_path / "e.tsv", [name])), GENES).cases
    assert case.name == name and case.folder.startswith("case-") and len(case.folder) == 21


@pytest.mark.slow
@pytest.mark.xdist_group("trained-store")
def test_a_folder_is_answered_case_by_case_as_single_cases_are_and_gone_on_with(
    trained_store: TrainedStore, tmp_path: Path
) -> None:
    slides, out = tmp_path / "slides", tmp_path / "out"
    slides.mkdir()
    (slides / f"{trained_store.sample}.tif").symlink_to(trained_store.slide.resolve())
    (slides / "torn.tif").write_bytes(trained_store.slide.read_bytes()[:5000])
    whole = pd.read_csv(trained_store.expression, sep="\t", index_col=0)
    whole.assign(**{"=evil": whole.iloc[:, 0] + 0.1}).to_csv(tmp_path / "e.tsv", sep="\t")
    words = ("-m", "core", "batch", "--data", trained_store.data, "--slides", slides, "--out", out)
    words = (*words, "--expression", tmp_path / "e.tsv")
    ended = core(*words, "--run", RUN)
    assert ended.returncode == 2 and "1 of 3 cases could not be answered for" in ended.stderr
    assert trained_store.sample not in ended.stderr, "no name of a patient in what is logged"
    rows = pd.read_csv(out / "predictions.csv", float_precision="round_trip").set_index("case")
    assert rows["state"].to_dict() == {"'=evil": "answered", trained_store.sample: "answered", "torn": "failed"}
    assert rows.loc["torn", "problem"] and pd.isna(rows.loc["torn", "mode"])
    alone = predict(
        trained_store, tmp_path / "alone", "--slide", trained_store.slide, "--expression", trained_store.expression
    )
    mine = json.loads((out / trained_store.sample / "prediction.json").read_text())
    drop = ("checks",)  # which say how many samples the table has
    assert {k: v for k, v in timeless(mine).items() if k not in drop} == {
        k: v for k, v in timeless(alone).items() if k not in drop
    }
    for name, share in alone["models"]["fused"]["probabilities"].items():
        assert rows.loc[trained_store.sample, name] == share
    before = (out / trained_store.sample / "prediction.json").stat().st_mtime_ns
    again = core(*words, "--run", RUN)
    assert again.returncode == 2 and again.stderr.count(": kept") == 2 and again.stderr.count(": failed") == 1
    assert (out / trained_store.sample / "prediction.json").stat().st_mtime_ns == before
    bundle = tmp_path / "frozen.acinus"
    assert core("-m", "core", "bundle", "--run", RUN, "--data", trained_store.data, "--out", bundle).returncode == 0
    other = core(*words, "--bundle", bundle)
    assert other.returncode == 2 and "answers of another run or bundle" in other.stderr
