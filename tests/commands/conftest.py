"""A small cohort folder of plain tables, and the command lines run as a person runs them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

HOME = Path(__file__).parents[2]
QUICK = ("--fit.epochs", "2", "--fit.width", "16")

Run = Callable[..., subprocess.CompletedProcess[str]]

MANIFEST = """
[clinical]
path = "clinical.csv"
patient = "patient"
[outcome]
column = "subtype"
classes = { "no" = ["0"], "yes" = ["1"] }
[site]
column = "site"
[expression]
path = "expression.csv"
unit = "log2"
[genes]
sets = "sets.gmt"
[images]
features = "features.parquet"
"""


def write_cohort(folder: Path, *, first: int = 0, patients: int = 60) -> Path:
    """Patients P<first>... of six sites; genes and image each know half of the class."""
    draw = np.random.default_rng(first)
    folder.mkdir(parents=True)
    ids = [f"P{first + index:04d}" for index in range(patients)]
    known = draw.normal(size=(2, patients))
    label = (known.sum(axis=0) > 0).astype(int)
    genes = draw.normal(size=(20, patients)) + np.where(np.arange(20)[:, None] < 6, 2 * known[0], 0)
    tissue = draw.normal(size=(patients, 7)) + np.where(np.arange(7) < 3, 2 * known[1][:, None], 0)
    clinical = pd.DataFrame({"patient": ids, "subtype": label, "site": [f"S{index % 6}" for index in range(patients)]})
    clinical.to_csv(folder / "clinical.csv", index=False)
    symbols = ["ESR1", "PGR", "FOXA1", "GATA3", "KRT5", "KRT14", "KRT17", "EGFR", "ERBB2", "GRB7"]
    symbols += ["MKI67", "AURKA", "CCNB1", "BIRC5", "TP53", "CD3D", "CD8A", "COL1A1", "FN1", "VIM"]
    pd.DataFrame(genes, index=symbols, columns=ids).rename_axis("gene").to_csv(folder / "expression.csv")
    frame = pd.DataFrame(tissue, columns=[f"feature {index}" for index in range(7)])
    frame.insert(0, "patient", ids)
    frame.to_parquet(folder / "features.parquet")
    (folder / "sets.gmt").write_text(
        "\n".join(f"{name}\ttest\t" + "\t".join(symbols[start : start + 5]) for name, start in (("A", 0), ("B", 5)))
    )
    (folder / "cohort.toml").write_text(MANIFEST)
    return folder


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cohort(tmp_path_factory.mktemp("cohorts") / "here")


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cohort(tmp_path_factory.mktemp("cohorts") / "elsewhere", first=500, patients=40)


@pytest.fixture(scope="session")
def run() -> Run:
    def start(*words: str | Path, timeout: int = 300) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=HOME,
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return start


@pytest.fixture(scope="session")
def trained(cohort: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one finished run, "whole", of all models."""
    data = tmp_path_factory.mktemp("trained") / "data"
    ended = run("train.py", "--cohort", cohort, "--data", data, "--run", "whole", "--folds", "3", *QUICK)
    assert ended.returncode == 0, ended.stderr
    return data
