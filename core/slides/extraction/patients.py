"""The bags of a cohort's patients, or of one slide; and what to tell about it at the end."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from core.errors import InputError
from core.slides.extraction import states
from core.slides.extraction.extract import Done, Order, extracted
from core.slides.extraction.states import WorkItem, WorkList
from core.types import Bag, Exclusion, Json, Patient, SlideRef


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Under which name a work list is kept, and with which settings; what a page needs to ask for the same again."""

    name: str
    settings: dict[str, Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """What became of the slides of a call."""

    made: int
    """Bags made now."""
    kept: int
    """Bags that were there."""
    elsewhere: int
    """Slides left to other processes."""
    failures: tuple[str, ...]
    """One sentence a slide without a bag."""

    @property
    def lines(self) -> list[str]:
        """For the person at the terminal; every failure with its cause."""
        counts = f"slides: {self.made} extracted, {self.kept} done before, {len(self.failures)} without features"
        others = f", {self.elsewhere} left to other processes" if self.elsewhere else ""
        return [counts + others, *(f"  - {reason}" for reason in self.failures)]


def extract_bags(
    patients: Sequence[Patient], order: Order, *, asked: Asked | None = None, progress: bool = True
) -> tuple[dict[str, tuple[Bag, ...]], tuple[Exclusion, ...], Summary]:
    """The bags of every patient's slides, from the cache where they are there.

    Returns:
        Patient id to bags, in the order of their slides; an exclusion at stage "tiles" for each patient none of whose
        slides gives a tile; and the summary.

    Raises:
        InputError: the disk is full or the folder is not to be written to; what is done stays done.
    """
    refs = _refs(patients)
    _note(patients, order, asked)
    results: dict[SlideRef, Bag | InputError] = {}
    with _counted(refs, progress=progress) as count:
        for done in extracted(refs, order):
            results[done.ref] = done.result
            count.add(done)
    found = {patient.id: [results[ref] for ref in patient.slides if ref in results] for patient in patients}
    bags = {id: tuple(one for one in every if isinstance(one, Bag)) for id, every in found.items()}
    lost = tuple(
        Exclusion(patient=id, stage="tiles", reason="; ".join(map(str, found[id])) or "no slide")
        for id, kept in bags.items()
        if not kept
    )
    return {id: kept for id, kept in bags.items() if kept}, lost, count.summary


def extract_features(
    patients: Sequence[Patient], order: Order, *, asked: Asked | None = None, progress: bool = True
) -> Summary:
    """The same without holding the bags: memory does not grow with the cohort.

    Raises:
        InputError: the disk is full or the folder is not to be written to; what is done stays done.
    """
    refs = _refs(patients)
    _note(patients, order, asked)
    with _counted(refs, progress=progress) as count:
        for done in extracted(refs, order):
            count.add(done)
    return count.summary


def extract_slide(path: Path, order: Order, *, um_per_px: float | None = None) -> Bag:
    """The bag of one slide, from the cache where it is there.

    Raises:
        InputError: the slide cannot be read or gives no tile; says why.
    """
    (done,) = extracted([SlideRef(id=path.stem, path=path, um_per_px=um_per_px)], order)
    if isinstance(done.result, InputError):
        raise done.result
    return done.result


class _Count:
    """Counts what becomes of slides, and shows it."""

    def __init__(self, refs: int, *, progress: bool) -> None:
        self._refs = refs
        self.bar = tqdm(total=refs, desc="slides", unit="slide", disable=not progress)
        self._made = self._kept = 0
        self._failures: list[str] = []

    def add(self, done: Done) -> None:
        """One slide more; a failure is told at once."""
        if isinstance(done.result, InputError):
            self._failures.append(str(done.result))
            tqdm.write(f"left out: {done.result}", file=sys.stderr)
        elif done.fresh:
            self._made += 1
        else:
            self._kept += 1
        self.bar.update()

    @property
    def summary(self) -> Summary:
        ended = self._made + self._kept + len(self._failures)
        return Summary(made=self._made, kept=self._kept, elsewhere=self._refs - ended, failures=tuple(self._failures))


@contextmanager
def _counted(refs: Sequence[SlideRef], *, progress: bool) -> Generator[_Count]:
    count = _Count(len(refs), progress=progress)
    with count.bar:
        yield count


def _refs(patients: Sequence[Patient]) -> list[SlideRef]:
    return list(dict.fromkeys(ref for patient in patients for ref in patient.slides))


def _note(patients: Sequence[Patient], order: Order, asked: Asked | None) -> None:
    """Writes the work list, so that pages find these slides together."""
    if asked is None:
        return
    items = tuple(
        WorkItem(slide=ref.id, patient=patient.id, stem=states.job_stem(ref, tiles=order.tiles, encoder=order.key))
        for patient in patients
        for ref in patient.slides
    )
    worklist = WorkList(
        name=asked.name,
        folder=order.key,
        encoder=order.note,
        written=states.now(),
        settings=asked.settings,
        items=items,
    )
    states.write_worklist(order.features, worklist)
