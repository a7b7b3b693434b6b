"""A data folder as a user's own: a painted cohort, its slides encoded, two runs really trained on it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.dashboard.browser.browsing import ROOT

PATIENTS = 32
TRAINING = ("--folds", "3", "--encoder-weights", "random", "--models", "fused", "image", "genes", "--fit.epochs", "2")
SMALL = ("--tiles.max-tiles", "24", "--evaluation.resamples", "200", "--fit.width", "16", "--accept", "a small cohort")
RUNS = {"first": (), "second": ("--seed", "1")}


def write_trained(folder: Path) -> Path:
    """Cohort in `cohort`, runs in `data`, by the commands that users type; returns the data folder."""
    cohort, data = folder / "cohort", folder / "data"
    _said("-m", "core", "demo", "--out", str(cohort), "--patients", str(PATIENTS))
    for run, options in RUNS.items():
        _said("train.py", "--cohort", str(cohort), "--data", str(data), "--run", run, *TRAINING, *SMALL, *options)
    return data


def _said(*words: str) -> None:
    ended = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
