"""Many cases: found in a folder of slides and a table, each answered for once, none in the way of another."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.cohort.barcodes import join_samples, join_slides, parse_barcode
from core.cohort.expression import read_measured
from core.errors import InputError
from core.results.run_folder import NAME
from core.serving.case import Case, predict_case
from core.serving.files import Sheet, write_prediction
from core.serving.loaded import Loaded
from core.slides.doctor import slides_under
from core.types import Json

PREDICTION = "prediction.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """Where the cases lie, and what holds for all of them; as in `Case`."""

    slides: Path | None
    """Folder with slides."""
    expression: Path | None
    """One table with all samples."""
    unit: str
    um_per_px: float | None
    min_coverage: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A case and what the files call it."""

    name: str
    case: Case

    @property
    def folder(self) -> str:
        """Its folder: the name where that is a plain one, else made from its digest, as names come from outside."""
        if NAME.fullmatch(self.name):
            return self.name
        return f"case-{hashlib.sha256(self.name.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """All cases, and how they were found."""

    cases: tuple[Named, ...]
    """By name."""
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one case."""

    name: str
    folder: str
    state: Literal["answered", "kept", "failed"]
    """`kept`: it was answered for before."""
    content: Mapping[str, Json]
    """Its prediction.json; empty where it failed."""
    problem: str = ""
    """Why it failed, in one sentence."""


def found(given: Given, genes: Sequence[str]) -> Batch:
    """The cases of a folder and a table: slides and sample of one patient belong together.

    A patient is told by TCGA barcode where names are such, else a sample is a case of its own name, and a slide belongs
    to the sample whose name it has or begins with (as in a cohort, docs/cohort.md). What has no partner is a case too.

    Args:
        given: where to look.
        genes: the panel of what is to answer; helps to tell genes from samples.

    Raises:
        InputError: nothing is there, the table cannot be read, or two slides have one name.
    """
    if given.slides is None and given.expression is None:
        raise InputError("a batch needs --slides, --expression or both; nothing was given")
    table = None if given.expression is None else read_measured(given.expression, genes=genes)
    files = {} if given.slides is None else _by_name(slides_under(given.slides))
    samples = () if table is None else table.samples
    patients = sorted({_patient(name) for name in (*samples, *files)})
    measured = join_samples(samples, patients, what="expression")
    # a slide named like a sample and more belongs to that sample, so its own name must not be offered as a patient
    of_samples = sorted({_patient(name) for name in samples})
    strangers = {name for name in files if not join_slides([name], of_samples, what="slides").chosen}
    scanned = join_slides(files, sorted({*of_samples, *map(_patient, strangers)}), what="slides")
    cases = tuple(
        Named(
            name=patient,
            case=Case(
                slides=tuple(files[name] for name in scanned.chosen.get(patient, ())),
                expression=None if table is None or patient not in measured.chosen else table,
                sample=measured.chosen.get(patient, ("",))[0],
                unit=given.unit,
                um_per_px=given.um_per_px,
                min_coverage=given.min_coverage,
            ),
        )
        for patient in sorted({*measured.chosen, *scanned.chosen})
    )
    notes = (*(measured.notes if table is not None else ()), *(scanned.notes if files else ()), _counts(cases))
    return Batch(cases=cases, notes=notes)


def answered(loaded: Loaded, batch: Batch, out: Path, *, sheet: Sheet | None = None) -> Iterator[Outcome]:
    """Every case in turn, its files in a folder of its own; what was answered by the same before is not done again.

    A case that cannot be answered for does not stop the others.

    Raises:
        InputError: `out` holds answers of something else.
    """
    before = {one.name: _before(loaded, out / one.folder) for one in batch.cases}
    for one in batch.cases:
        known, folder = before[one.name], out / one.folder
        if known is not None:
            yield Outcome(name=one.name, folder=one.folder, state="kept", content=known)
            continue
        try:
            write_prediction(predict_case(loaded, one.case), folder, sheet=sheet)
        except InputError as error:
            yield Outcome(name=one.name, folder="", state="failed", content={}, problem=str(error))
        else:
            content = json.loads((folder / PREDICTION).read_text())
            yield Outcome(name=one.name, folder=one.folder, state="answered", content=content)


def _before(loaded: Loaded, folder: Path) -> Mapping[str, Json] | None:
    try:
        content = json.loads((folder / PREDICTION).read_text())
    except FileNotFoundError:
        return None
    by = (loaded.record.name, loaded.record.started, loaded.source.bundle)
    if (content["run"], content["started"], content["bundle"]) != by:
        raise InputError(f"{folder.parent} holds answers of another run or bundle; name a new folder with --out")
    return content


def _by_name(paths: Iterable[Path]) -> dict[str, Path]:
    paths = tuple(paths)
    again = [name for name, count in Counter(path.stem for path in paths).items() if count > 1]
    if again:
        raise InputError(f'{len(again)} names belong to several slides, the first is "{again[0]}"; rename one of them')
    return {path.stem: path for path in paths}


def _patient(name: str) -> str:
    code = parse_barcode(name)
    return name if code is None else code.patient


def _counts(cases: Sequence[Named]) -> str:
    kinds = Counter((bool(one.case.slides), one.case.expression is not None) for one in cases)
    both, slide, genes = kinds[True, True], kinds[True, False], kinds[False, True]
    alone = f"{slide} with a slide alone, {genes} with expression alone"
    return f"{len(cases)} cases: {both} with slide and expression, {alone}"
