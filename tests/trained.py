"""Small runs that are really trained, on slides and expression of the demo: what a new case is predicted with."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

HOME = Path(__file__).parents[1]
RUN = "small"
PATIENTS = 24
TIMEOUT_S = 1200


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainedStore:
    """A data folder with finished runs, and what belongs to a case that it can be asked about."""

    data: Path
    cohort: Path
    slide: Path
    """Of a patient of the demo whom the run does not know."""
    expression: Path
    """Of the same, alone in its table."""
    sample: str
    """Who that is."""


def core(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """`python ...` from the project's folder, on one thread as page and training do."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=HOME,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def write_trained_store(folder: Path, *, runs: Sequence[str] = (RUN,)) -> TrainedStore:
    """Some seconds of work when nothing else runs: 24 patients, 3 folds, 2 epochs, an encoder of random weights.

    Runs differ by their seed.
    """
    cohort, data = folder / "cohort", folder / "data"
    _done(core("-m", "core", "demo", "--out", cohort, "--patients", str(PATIENTS)))
    stranger = _left_out(cohort / "clinical.csv")
    for seed, run in enumerate(runs):
        _done(
            core(
                "train.py", "--cohort", cohort, "--data", data, "--run", run, "--encoder-weights", "random",
                "--models", "fused", "image", "genes", "--folds", "3", "--fit.epochs", "2", "--fit.width", "16",
                "--evaluation.resamples", "200", "--seed", str(seed),
            )
        )  # fmt: skip
    slide = sorted((cohort / "slides").glob(f"{stranger}*"))[0]
    table = pd.read_csv(cohort / "expression.tsv.gz", sep="\t", index_col=0)
    expression = folder / "case.tsv"
    table[[stranger]].to_csv(expression, sep="\t")
    return TrainedStore(data=data, cohort=cohort, slide=slide, expression=expression, sample=stranger)


def _left_out(clinical: Path) -> str:
    """Takes the first patient with slide and expression out of the clinical table, so that no run knows them."""
    table = pd.read_csv(clinical)
    home = clinical.parent
    measured = pd.read_csv(home / "expression.tsv.gz", sep="\t", index_col=0, nrows=1).columns
    stranger = next(one for one in table["patient_id"] if one in measured and list((home / "slides").glob(f"{one}*")))
    table[table["patient_id"] != stranger].to_csv(clinical, index=False)
    return stranger


def _done(ended: subprocess.CompletedProcess[str]) -> None:
    assert ended.returncode == 0, ended.stderr
