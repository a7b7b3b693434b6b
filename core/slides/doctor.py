"""What is the matter with slide files, before a job of a thousand meets them.

Each file is opened in a process of its own kind, with bounds on memory and time, so that one that crashes a reader is
told like any other.
"""

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as Late
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.config import TileSpec
from core.errors import InputError
from core.slide_files import DICOM, MIRAX, ZARR, dicom_files, slides_in
from core.slides.extraction.reader import bounded
from core.slides.formats import Slide, open_slide
from core.slides.quality.problems import no_tile_reason
from core.slides.quality.record import slide_quality
from core.slides.tiles.planning import planned

PATIENCE_S = 600.0
_ANY_UM = 1.0
SUFFIXES = frozenset(
    {".svs", ".tif", ".tiff", ".ndpi", ".scn", ".bif", ".svslide", ".png", ".jpg", ".jpeg", MIRAX, DICOM, ZARR}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """One stored level."""

    scale: float
    """Level-0 pixels per pixel."""
    width: int
    height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """What was found out about one slide."""

    path: Path
    reader: str
    width: int
    height: int
    um_per_px: float | None
    """None where nobody states it; then neither tissue nor tiles are known."""
    um_source: str
    magnification: float | None
    levels: tuple[Level, ...]
    associated: Mapping[str, tuple[int, int]]
    tissue_mm2: float | None
    tiles: Mapping[str, int]
    """By verdict, as far as a thumbnail tells: blur shows only when tiles are read."""
    problems: tuple[str, ...]
    """One sentence each, with its mend."""

    @property
    def usable(self) -> bool:
        """Whether extraction will find tiles on it."""
        return self.tiles.get("kept", 0) > 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreadable:
    """A slide that cannot be used as it is."""

    path: Path
    reason: str
    """Why, and what mends it."""


def examined(
    paths: Sequence[Path], *, tiles: TileSpec, um_per_px: float | None = None, patience_s: float = PATIENCE_S
) -> Iterator[Examination | Unreadable]:
    """What there is to say about each slide, in their order.

    Args:
        paths: slide files, or folders that are one slide.
        tiles: how they are to be cut.
        um_per_px: resolution of slides that state none.
        patience_s: longest time for one slide, seconds.
    """
    waiting = list(paths)
    while waiting:
        # spawned: a fork of a process that has threads may hang
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(1, mp_context=context, initializer=bounded)
        try:
            while waiting:
                job = pool.submit(_examine, waiting[0], tiles, um_per_px)
                yield job.result(patience_s)
                waiting.pop(0)
        except BrokenProcessPool:
            yield Unreadable(path=waiting.pop(0), reason="it crashes its reader; copy or export the slide again")
        except Late:
            minutes = f"{patience_s / 60:.0f} minutes"
            yield Unreadable(path=waiting.pop(0), reason=f"it cannot be looked at within {minutes}; export a pyramid")
            for process in (pool._processes or {}).values():
                process.kill()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def slides_under(path: Path) -> list[Path]:
    """The slide itself, or all slides in a folder and its subfolders.

    Raises:
        InputError: there is nothing, or no slide in it.
    """
    if not path.exists():
        raise InputError(f"there is no {path}; check the path")
    if path.is_file() or _is_slide(path):
        return [path]
    found = slides_in(path, SUFFIXES)
    if not found:
        raise InputError(f"no slide lies in {path}; known are {', '.join(sorted(SUFFIXES))}")
    return found


def report(found: Examination | Unreadable) -> list[str]:
    """For the person at the terminal."""
    if isinstance(found, Unreadable):
        return [f"{found.path}", f"  cannot be used: {found.reason}"]
    levels = ", ".join(f"{level.width} x {level.height} (1/{level.scale:g})" for level in found.levels)
    beside = ", ".join(f"{name} {width} x {height}" for name, (width, height) in found.associated.items())
    return [
        f"{found.path}",
        f"  reader      {found.reader}",
        f"  size        {found.width} x {found.height} px",
        f"  levels      {levels}",
        f"  resolution  {_resolution(found)}",
        f"  beside it   {beside or 'nothing'}",
        *(_tissue(found) if found.tissue_mm2 is not None else []),
        *(f"  problem     {problem}" for problem in found.problems),
    ]


def _resolution(found: Examination) -> str:
    if found.um_per_px is None:
        return "unknown"
    sources = {
        "file": "the file states it",
        "given": "given for files that state none",
        "override": "given for this slide",
        "magnification": f"from the objective, {found.magnification or 0:g}x",
    }
    return f"{found.um_per_px:.4g} um/px ({sources[found.um_source]})"


def _tissue(found: Examination) -> list[str]:
    left_out = ", ".join(f"{count} {verdict}" for verdict, count in found.tiles.items() if count and verdict != "kept")
    return [
        f"  tissue      {found.tissue_mm2:.3g} mm2",
        f"  tiles       {found.tiles['kept']} expected; left out: {left_out or 'none'}",
    ]


def _examine(path: Path, tiles: TileSpec, um_per_px: float | None) -> Examination | Unreadable:
    try:
        return _examination(path, tiles, um_per_px)
    except InputError as error:
        return Unreadable(path=path, reason=str(error))
    except MemoryError:
        return Unreadable(path=path, reason="it needs more memory than a reader may take; export a pyramid")
    except Exception as error:  # noqa: BLE001 - told as the slide's fault, with its kind: the others are looked at too
        return Unreadable(path=path, reason=f"it cannot be read ({type(error).__name__}: {error}); export it again")


def _examination(path: Path, tiles: TileSpec, um_per_px: float | None) -> Examination:
    try:
        slide = open_slide(path, um_per_px=um_per_px)
    except InputError as error:
        # In pixels a slide can be described without a resolution; where that is not what is missing, this fails too.
        with open_slide(path, um_per_px=_ANY_UM) as slide:
            return replace(_described(slide), um_per_px=None, problems=(str(error),))
    with slide:
        try:
            return _with_tiles(_described(slide), slide, tiles)
        except InputError as error:
            return replace(_described(slide), problems=(str(error),))


def _described(slide: Slide) -> Examination:
    return Examination(
        path=slide.path,
        reader=slide.reader,
        width=slide.width,
        height=slide.height,
        um_per_px=slide.um_per_px,
        um_source=slide.um_source,
        magnification=slide.magnification,
        levels=tuple(
            Level(scale=scale, width=round(slide.width / scale), height=round(slide.height / scale))
            for scale in slide.levels
        ),
        associated=dict(slide.associated),
        tissue_mm2=None,
        tiles={},
        problems=(),
    )


def _with_tiles(described: Examination, slide: Slide, tiles: TileSpec) -> Examination:
    plan = planned(slide, tiles=tiles, stain="none")
    quality = slide_quality(
        thumbnail=plan.looked_at,
        surface_map=plan.surface_map,
        um_per_px=plan.looked_at_um,
        tiles=plan.counts,
        sharpness=np.empty(0, dtype=np.float32),
    )
    problems = tuple(problem.sentence for problem in quality.problems)
    if not plan.counts["kept"]:
        nothing = no_tile_reason(
            slide=slide.path.name,
            area_mm2=quality.area_mm2,
            tiles=quality.tiles,
            tile_um=tiles.size_px * tiles.um_per_px,
            least_tissue=tiles.min_tissue,
        )
        problems = (nothing, *problems)
    return replace(described, tissue_mm2=quality.area_mm2["tissue"], tiles=plan.counts, problems=problems)


def _is_slide(path: Path) -> bool:
    """Whether a folder is one slide."""
    return path.is_dir() and (path.suffix.lower() == ZARR or bool(dicom_files(path)))
