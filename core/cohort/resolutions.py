"""How fine slides were scanned, where the manifest says so: for all that state nothing, or slide by slide."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core.cohort.sources import FILE_NAME, ImageSource
from core.cohort.tables import Table, read_table
from core.errors import InputError
from core.types import SlideRef

UM_AT_1X = 10.0
"""Micrometres per pixel times magnification, as scanners have it: 0.25 at 40x, 0.5 at 20x."""
LEAST_UM, MOST_UM = 0.05, 20.0
"""From an oil immersion scan to a macro photograph."""
MEASURES = ("um_per_px", "magnification")

Slides = Mapping[str, tuple[SlideRef, ...]]


def um_of(measure: str, value: float, *, where: str) -> float:
    """Micrometres per pixel of a stated `um_per_px` or `magnification`.

    Args:
        measure: one of `MEASURES`.
        value: above 0.
        where: how the message calls it.

    Raises:
        InputError: no slide is scanned like that.
    """
    um = value if measure == "um_per_px" else UM_AT_1X / value
    if not LEAST_UM <= um <= MOST_UM:
        bounds = (LEAST_UM, MOST_UM) if measure == "um_per_px" else (UM_AT_1X / MOST_UM, UM_AT_1X / LEAST_UM)
        other = next(name for name in MEASURES if name != measure)
        raise InputError(
            f"{where} must lie between {bounds[0]:g} and {bounds[1]:g}, got {value:g}; is it meant as {other}?"
        )
    return um


def with_resolutions(slides: Slides, source: ImageSource, files: Sequence[Path]) -> dict[str, tuple[SlideRef, ...]]:
    """The slides of each patient, with what the table of resolutions says about them.

    Args:
        slides: patient to slides.
        source: names the table, if there is one.
        files: all slide files of the folder, also those of no patient.

    Raises:
        InputError: a row names no file or several, names one again, or states a resolution that no slide has.
    """
    if source.resolutions is None:
        return dict(slides)
    stated = _stated(source.resolutions, source.path, files)
    return {
        patient: tuple(replace(ref, um_override=stated.get(ref.path)) for ref in refs)
        for patient, refs in slides.items()
    }


def _stated(path: Path, folder: Path, files: Sequence[Path]) -> dict[Path, float]:
    """um/px of the files that the table names."""
    table = read_table(path)
    measure = _measure(table)
    names = table.text(table.require("slide", key=f"{FILE_NAME} [images] resolutions"))
    known = _files_by_name(folder, files)
    found: dict[Path, float] = {}
    for index, (name, value) in enumerate(zip(names, table.numbers(measure).tolist(), strict=True)):
        where = f"{path.name}, row {table.row(index)}"
        file = _named(name, known, where=where)
        if file in found:
            raise InputError(f'{where}: "{name}" is stated a second time; keep one row a slide')
        if not 0 < value < float("inf"):
            raise InputError(f"{where}: {measure} must be a number above 0; mend that row")
        found[file] = um_of(measure, value, where=f"{where}: {measure}")
    return found


def _measure(table: Table) -> str:
    stated = [name for name in MEASURES if name in table.arrays]
    if len(stated) != 1:
        has = " and ".join(stated) or "neither"
        raise InputError(f"{table.path.name} needs a column {' or '.join(MEASURES)}, it has {has}; keep one")
    return stated[0]


def _files_by_name(folder: Path, files: Sequence[Path]) -> dict[str, list[Path]]:
    """Files by each way to write them: with or without suffix, alone or with their subfolder."""
    known: dict[str, list[Path]] = {}
    for file in files:
        inside = file.relative_to(folder)
        for name in {file.name, file.stem, inside.as_posix(), inside.with_suffix("").as_posix()}:
            known.setdefault(name, []).append(file)
    return known


def _named(name: str, known: Mapping[str, Sequence[Path]], *, where: str) -> Path:
    found = known.get(name, ())
    if not found:
        raise InputError(f'{where}: there is no slide "{name}"; write its file name as it stands in the folder')
    if len(found) > 1:
        raise InputError(f'{where}: "{name}" fits {len(found)} slides; write their subfolder too, as in folder/{name}')
    return found[0]
