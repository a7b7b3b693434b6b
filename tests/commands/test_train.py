"""`python train.py` as a real process: what it writes, how it is continued, how it refuses."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.results import RunFolder, Store
from tests.commands.conftest import HOME, QUICK, Run

# each starts processes that import torch, and they share a run that takes a while to train
pytestmark = pytest.mark.slow


def digests(data: Path, run: str) -> dict[str, str]:
    """SHA-256 of everything that was fitted or predicted, by model and fold."""
    found: dict[str, str] = {}
    for record in sorted((data / "runs" / run / "models").glob("*/*/record.json")):
        for file, digest in json.loads(record.read_text())["content"]["files"].items():
            found[f"{record.parent.parent.name}/{record.parent.name}/{file}"] = digest
    return found


def test_a_run_reports_the_flow_of_patients_and_every_pooled_score(cohort: Path, trained: Path) -> None:
    run = RunFolder.open(trained, "whole")
    assert run.finished_run
    pooled = {(score.model, score.mode) for score in run.scores() if score.fold is None}
    assert pooled == {
        ("fused", "both"),
        ("fused", "image"),
        ("fused", "genes"),
        ("image", "image"),
        ("genes", "genes"),
        ("concat", "both"),
        ("late", "both"),
        ("logistic", "both"),
        ("paper", "both"),
    }
    store = Store.open(trained)
    assert store is not None
    assert list(store.runs()["run"]) == ["whole"]
    assert len(store.predictions("whole")) == 9 * 60


def test_all_models_are_scored_on_the_same_patients_and_folds(trained: Path) -> None:
    run = RunFolder.open(trained, "whole")
    seen: dict[tuple[str, str], set[tuple[int, str]]] = {}
    for one in run.predictions():
        seen.setdefault((one.model, one.mode), set()).add((one.fold, one.patient))
    assert len(set(map(frozenset, seen.values()))) == 1


def test_the_same_seed_gives_the_same_numbers_in_another_process(
    cohort: Path, trained: Path, run: Run, tmp_path: Path
) -> None:
    ended = run(
        "train.py", "--cohort", cohort, "--data", tmp_path, "--run", "again", "--folds", "3",
        "--models", "fused", "logistic", *QUICK,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    again = digests(tmp_path, "again")
    assert again
    before = digests(trained, "whole")
    assert again == {name: before[name] for name in again}


def test_a_killed_run_continues_and_ends_with_the_same_numbers(
    cohort: Path, trained: Path, run: Run, tmp_path: Path
) -> None:
    words = ["train.py", "--cohort", cohort, "--data", tmp_path, "--run", "killed", "--folds", "3", *QUICK]
    process = subprocess.Popen(
        [sys.executable, *map(str, words)], cwd=HOME, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 200
    while len(digests(tmp_path, "killed")) < 6 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    partly = digests(tmp_path, "killed")
    whole = digests(trained, "whole")
    assert 0 < len(partly) < len(whole), "the kill must fall in the middle"
    refused = run(*words)
    assert refused.returncode == 2
    assert "--resume" in refused.stderr
    ended = run(*words, "--resume")
    assert ended.returncode == 0, ended.stderr
    assert digests(tmp_path, "killed") == whole
    assert RunFolder.open(tmp_path, "killed").scores() == RunFolder.open(trained, "whole").scores()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--folds", "1"), "--folds"),
        (("--models", "nonsense"), "nonsense"),
        (("--folds", "9"), "--split random"),
        (("--run", "../escape"), "run name"),
        (("--compare-splits", "--split", "random", "--accept", "why"), "leave out --split random"),
        (("--outcome", "nowhere"), "nowhere"),
        (("--device", "cuda"), "--device cpu"),
        (("--fit.width", "30", "--fit.heads", "4"), "multiple"),
    ],
)
def test_bad_options_end_with_one_sentence_and_nothing_written(
    words: tuple[str, ...], said: str, cohort: Path, run: Run, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    ended = run("train.py", "--cohort", cohort, "--data", data, *words)
    assert ended.returncode == 2, ended.stderr
    assert said in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr
    assert not (data / "runs").exists() or not any((data / "runs").iterdir())


def test_a_folder_without_a_manifest_is_refused_by_name(run: Run, tmp_path: Path) -> None:
    ended = run("train.py", "--cohort", tmp_path / "nowhere", "--data", tmp_path)
    assert ended.returncode == 2
    assert "cohort.toml" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_continuing_with_other_options_is_refused_by_their_names(cohort: Path, trained: Path, run: Run) -> None:
    ended = run(
        "train.py", "--cohort", cohort, "--data", trained, "--run", "whole", "--resume", "--seed", "7", *QUICK
    )  # fmt: skip
    assert ended.returncode == 2
    assert "--seed" in ended.stderr
    assert "--folds" in ended.stderr


def test_random_folds_over_several_sites_stop_a_run_unless_a_reason_is_given(
    cohort: Path, run: Run, tmp_path: Path
) -> None:
    words = ["train.py", "--cohort", cohort, "--data", tmp_path, "--split", "random", "--folds", "3"]
    words += ["--models", "logistic", "--run", "dealt", *QUICK]
    refused = run(*words)
    assert refused.returncode == 2
    assert "site" in refused.stderr and "--accept" in refused.stderr and "Traceback" not in refused.stderr
    assert not (tmp_path / "runs" / "dealt").exists()
    reason = "repeats a published split"
    ended = run(*words, "--accept", reason)
    assert ended.returncode == 0, ended.stderr
    accepted = RunFolder.open(tmp_path, "dealt")
    assert accepted.record.config["accept"] == reason
    assert {row.severity for row in accepted.certificate.rows("findings")} >= {"red"}


def test_comparing_splits_states_how_much_better_random_folds_look(cohort: Path, run: Run, tmp_path: Path) -> None:
    ended = run(
        "train.py", "--cohort", cohort, "--data", tmp_path, "--run", "both", "--folds", "3", "--compare-splits",
        "--models", "image", "logistic", *QUICK,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    here, twin = RunFolder.open(tmp_path, "both"), RunFolder.open(tmp_path, "both-random")
    rows = here.evaluation.rows("optimism")
    assert {row.model for row in rows} == {"image", "logistic"} and not twin.evaluation.rows("optimism")
    values = {(score.model, score.metric): score.value for score in here.scores() if score.fold is None}
    against = {(score.model, score.metric): score.value for score in twin.scores() if score.fold is None}
    for row in rows:
        assert row.preserved == values[row.model, row.metric] and row.random == against[row.model, row.metric]
        assert row.value == pytest.approx(row.random - row.preserved) and row.low <= row.value <= row.high


def test_an_evaluation_is_repeated_from_what_a_run_stored(trained: Path, run: Run, tmp_path: Path) -> None:
    data = shutil.copytree(trained, tmp_path / "data")
    before = RunFolder.open(data, "whole").scores()
    ended = run("-m", "core", "evaluate", "--run", "whole", "--data", data, "--resamples", "300")
    assert ended.returncode == 0, ended.stderr
    after = RunFolder.open(data, "whole")
    assert [score.value for score in after.scores()] == [score.value for score in before]
    assert after.evaluation.about["resamples"] == 300
