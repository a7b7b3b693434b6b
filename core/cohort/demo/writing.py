"""The demo cohort: a folder in real file formats with a planted signal, to try Acinus without any patient's data."""

import csv
import multiprocessing
import os
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from core.cohort.demo.expression import write_expression
from core.cohort.demo.patients import DemoPatient, clinical_rows, draw_patients
from core.cohort.demo.slides import write_slide
from core.cohort.demo.stain import SCANNERS
from core.errors import InputError

NAME = "Synthetic demo"
FEWEST_PATIENTS = 20
TISSUE_UM = 520.0
"""Diameter of a slide's tissue: about 16 tiles of 224 px at 0.5 um/px."""
_PROCESSES, _WORTH_PROCESSES = 2, 40

_MANIFEST = f"""\
# Written by `python -m core demo`: every patient, value and picture in this folder is made up.
[cohort]
name = "{NAME}"
synthetic = true

[clinical]
path = "clinical.csv"
patient = "patient_id"

[outcome]
column = "pam50"
classes = {{ "Luminal" = ["BRCA_LumA", "BRCA_LumB"], "Basal/HER2" = ["BRCA_Basal", "BRCA_Her2"] }}

[outcome.er_ihc]
classes = {{ "ER negative" = ["Negative"], "ER positive" = ["Positive"] }}

[site]
column = "site"

[covariates]
age = "age_years"
stage = "stage"
sex = "sex"
race = "race"
histology = "histology"
time = "os_months"
event = "os_status"
event_values = ["1:DECEASED"]

[expression]
path = "expression.tsv.gz"
unit = "log2"

[images]
slides = "slides/"
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class _SlideJob:
    path: Path
    factor: float
    site: int
    tissue_um: float
    seed: tuple[int, ...]


def write_demo(
    out: Path,
    *,
    patients: int = 100,
    seed: int = 0,
    signal: bool = True,
    progress: bool = True,
    tissue_um: float = TISSUE_UM,
) -> None:
    """Write a cohort folder that `read_cohort` takes. The same arguments give the same bytes.

    Args:
        out: the folder to make. A demo cohort that is already there is replaced; anything else is left alone.
        signal: false plants nothing, and then nothing may be found.
        tissue_um: diameter of the tissue on each slide, micrometres.

    Raises:
        InputError: `out` holds something else or cannot be written, `patients` is too small for five folds by site,
            or `seed` is negative.
    """
    if patients < FEWEST_PATIENTS:
        raise InputError(f"--patients must be at least {FEWEST_PATIENTS} for folds by site, got {patients}")
    if seed < 0:
        raise InputError(f"--seed must not be negative, got {seed}")
    _refuse_other_content(out)
    rng = np.random.default_rng(seed)
    people = draw_patients(rng, patients=patients, signal=signal)
    with _replaced(out) as folder:
        (folder / "cohort.toml").write_text(_MANIFEST, encoding="utf-8")
        _write_clinical(folder / "clinical.csv", people)
        write_expression(folder / "expression.tsv.gz", people, rng=rng)
        _write_slides(folder / "slides", people, seed=seed, tissue_um=tissue_um, progress=progress)


def _refuse_other_content(out: Path) -> None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not _is_demo(out / "cohort.toml"):
        raise InputError(f"{out} exists and is not a demo cohort; choose another folder with --out")


def _is_demo(manifest: Path) -> bool:
    try:
        stated = tomllib.loads(manifest.read_text(encoding="utf-8")).get("cohort", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    return stated.get("name") == NAME and stated.get("synthetic") is True


@contextmanager
def _replaced(out: Path) -> Generator[Path]:
    """A temporary sibling that takes the place of `out` once it is complete, and leaves no trace when it is not."""
    out = out.resolve()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise InputError(
            f"cannot write in {out.parent} ({error.strerror}); choose another folder with --out"
        ) from error
    try:
        folder = draft / "new"
        folder.mkdir()
        yield folder
        if out.exists():
            out.rename(draft / "old")
        folder.rename(out)
    finally:
        shutil.rmtree(draft)


def _write_clinical(path: Path, patients: tuple[DemoPatient, ...]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(clinical_rows(patients))


def _write_slides(
    folder: Path, patients: tuple[DemoPatient, ...], *, seed: int, tissue_um: float, progress: bool
) -> None:
    folder.mkdir()
    jobs = [
        _SlideJob(
            path=folder / f"{patient.id}-DX{number + 1}.tif",
            factor=patient.tissue,
            site=patient.site,
            tissue_um=tissue_um,
            seed=(seed, row, number),
        )
        for row, patient in enumerate(patients)
        for number in range(patient.slides)
    ]
    with _workers(len(jobs)) as run:
        for _ in tqdm(run(_paint, jobs), total=len(jobs), desc="demo slides", unit="slide", disable=not progress):
            pass


@contextmanager
def _workers(jobs: int) -> Generator[Callable[[Callable[[_SlideJob], None], list[_SlideJob]], Iterable[None]]]:
    """Something like `map`: over two processes where there is enough to do to make up for their start."""
    if jobs < _WORTH_PROCESSES:
        yield map
        return
    # spawned, not forked: the caller may hold threads, and a fork would copy their locks
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(_PROCESSES, os.cpu_count() or 1), mp_context=context) as pool:
        yield pool.map


def _paint(job: _SlideJob) -> None:
    write_slide(job.path, factor=job.factor, scanner=SCANNERS[job.site], tissue_um=job.tissue_um, seed=job.seed)
