"""How many micrometres a slide's pixel measures, and who says so."""

from pathlib import Path
from typing import Literal

from core.errors import InputError
from core.slides.formats.source import Stated

UmSource = Literal["override", "file", "given", "magnification"]

PLAUSIBLE_UM = (0.05, 20.0)
"""um/px between an oil-immersion scan and a macro photograph; what lies outside is a screen's or printer's setting."""
_UM_AT_1X = 10.0
"""um/px times magnification, of the scanners in use: 0.25 at 40x, 0.5 at 20x, within about 10%."""
_ANISOTROPY = 0.02


def check_um(um: float | None, *, name: str) -> None:
    """Refuse a resolution that no slide has.

    Raises:
        InputError: it lies outside `PLAUSIBLE_UM`.
    """
    if um is not None and not _plausible(um):
        raise InputError(f"{name} must lie between {PLAUSIBLE_UM[0]} and {PLAUSIBLE_UM[1]}, got {um}")


def resolution(path: Path, stated: Stated, *, given: float | None, override: float | None) -> tuple[float, UmSource]:
    """Micrometres per level-0 pixel: the user's for this slide, the file's, the user's for all, or by power.

    Raises:
        InputError: nobody states it, or pixels are not square.
    """
    known: tuple[tuple[float | None, UmSource], ...] = (
        (override, "override"),
        (None if override else _stated_um(path, stated), "file"),
        (given, "given"),
        (_by_power(stated), "magnification"),
    )
    for um, source in known:
        if um is not None:
            return um, source
    raise InputError(
        f"{path.name} states no resolution; give um_per_px (about 0.25 for 40x, 0.5 for 20x) or magnification under "
        "[images] in cohort.toml (or --um-per-px), or this slide's own in the table that its key resolutions names"
    )


def _plausible(um: float) -> bool:
    return PLAUSIBLE_UM[0] <= um <= PLAUSIBLE_UM[1]


def _stated_um(path: Path, stated: Stated) -> float | None:
    """The stated resolution, unless no scanner could mean it."""
    if stated.um is None or not _plausible(stated.um[0]):
        return None
    across, down = stated.um
    if abs(down / across - 1) > _ANISOTROPY:
        raise InputError(f"{path.name} has oblong pixels ({across:.4g} by {down:.4g} um); export the slide again")
    return across


def _by_power(stated: Stated) -> float | None:
    um = _UM_AT_1X / stated.magnification if stated.magnification else None
    return um if um and _plausible(um) else None
