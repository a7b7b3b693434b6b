"""`python -m core VERB` as a real process."""

import json
import re
import shutil
from pathlib import Path

import pytest

from core.evaluation import METRICS
from tests.commands.conftest import Run

# each starts processes that import torch, and they share a run that takes a while to train
pytestmark = pytest.mark.slow

METRIC_NAMES = set(METRICS)


def test_validate_scores_every_model_on_a_cohort_it_never_saw(
    trained: Path, elsewhere: Path, run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "report.json"
    ended = run("-m", "core", "validate", "--run", "whole", "--cohort", elsewhere, "--out", out, "--data", trained)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(out.read_text())
    assert report["n"] == 40
    assert set(report["models"]) == {"fused", "image", "genes", "concat", "late", "logistic", "paper"}
    for scores in report["models"].values():
        assert set(scores) >= METRIC_NAMES
        assert scores["auroc"]["low"] <= scores["auroc"]["value"] <= scores["auroc"]["high"]
    assert set(report["fused_modes"]) == {"both", "image", "genes"}
    assert {one["of"] for one in report["shifts"]} <= {"genes", "image"} and report["recalibration"]
    page = out.with_suffix(".html").read_text()
    assert "Covariate shift" in page and "Recalibration" in page
    assert "://" not in page, "it asks nothing of another host"
    assert not re.search(r"\bP0\d{3}\b", page + out.read_text()), "no patient is named"


def test_a_cohort_without_images_is_judged_by_what_can_answer_from_genes(
    trained: Path, elsewhere: Path, run: Run, tmp_path: Path
) -> None:
    folder, out = tmp_path / "no-images", tmp_path / "report.json"
    shutil.copytree(elsewhere, folder)
    manifest = folder / "cohort.toml"
    manifest.write_text(manifest.read_text().split("[images]")[0])
    ended = run("-m", "core", "validate", "--run", "whole", "--cohort", folder, "--out", out, "--data", trained)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(out.read_text())
    assert set(report["models"]) == {"fused", "genes"} and set(report["fused_modes"]) == {"genes"}


def test_validate_refuses_patients_of_the_training(trained: Path, cohort: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    ended = run("-m", "core", "validate", "--run", "whole", "--cohort", cohort, "--out", out, "--data", trained)
    assert ended.returncode == 2
    assert "60 patients" in ended.stderr
    assert not out.exists()


def test_predict_answers_from_expression_alone_and_says_what_is_missing(
    trained: Path, elsewhere: Path, run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "case"
    ended = run(
        "-m", "core", "predict", "--run", "whole", "--expression", elsewhere / "expression.csv",
        "--sample", "P0500", "--unit", "log2", "--out", out, "--data", trained,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "stated as log2 values, but they look like z-scores" in ended.stderr + ended.stdout
    said = json.loads((out / "prediction.json").read_text())
    assert said["mode"] == "genes"
    assert said["missing"] == ["slide"]
    assert set(said["models"]) == {"fused", "genes"}
    for model in said["models"].values():
        assert sum(model["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert {entry["set"] for entry in said["top_gene_sets"]} == {"A", "B", "genes in no set"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--expression", "EXPRESSION"), "--sample"),
        (("--expression", "EXPRESSION", "--sample", "nobody"), "--sample"),
        (("--slide", "MANIFEST"), "choose a run that was trained on slides"),
        ((), "nothing was given"),
    ],
)
def test_predict_refuses_with_one_sentence(
    words: tuple[str, ...], said: str, trained: Path, elsewhere: Path, run: Run, tmp_path: Path
) -> None:
    files = {"EXPRESSION": str(elsewhere / "expression.csv"), "MANIFEST": str(elsewhere / "cohort.toml")}
    out = tmp_path / "case"
    ended = run(
        "-m", "core", "predict", "--run", "whole", *(files.get(word, word) for word in words),
        "--out", out, "--data", trained,
    )  # fmt: skip
    assert ended.returncode == 2, ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not out.exists()


def test_an_unknown_run_is_refused_with_the_names_of_those_there_are(trained: Path, run: Run, tmp_path: Path) -> None:
    ended = run("-m", "core", "predict", "--run", "nothere", "--out", tmp_path / "out", "--data", trained)
    assert ended.returncode == 2
    assert "whole" in ended.stderr


def test_check_tells_the_flow_of_patients_and_writes_nothing(cohort: Path, run: Run) -> None:
    before = sorted(cohort.iterdir())
    ended = run("-m", "core", "check", "--cohort", cohort)
    assert ended.returncode == 0, ended.stderr
    assert "60  analysed" in ended.stderr
    assert sorted(cohort.iterdir()) == before


def test_publish_twice_equals_once(trained: Path, run: Run) -> None:
    from core.results import Store

    first = Store.open(trained)
    assert first is not None
    before = first.scores(["whole"])
    assert run("-m", "core", "publish", "--data", trained).returncode == 0
    second = Store.open(trained)
    assert second is not None
    assert before.equals(second.scores(["whole"]))
