"""What all axes share."""

from typing import Any

from matplotlib.figure import Figure

from core.report.palette import NEUTRAL

GRID = "#E4E3E8"


def quiet_grid(axes: Any, which: str) -> None:
    """Pale lines behind the data, along one axis or `both`."""
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis=which, color=GRID, linewidth=0.5)


def reference(axes: Any, *, x: float | None = None, y: float | None = None) -> None:
    """A line that says where nothing is gained."""
    style = {"color": NEUTRAL, "linewidth": 0.8, "dashes": (4, 3), "zorder": 1}
    if x is not None:
        axes.axvline(x, **style)
    if y is not None:
        axes.axhline(y, **style)


def shared_legend(figure: Figure, axes: Any, *, columns: int) -> None:
    """One legend above all axes, each name once."""
    found: dict[str, Any] = {}
    for one in axes:
        handles, labels = one.get_legend_handles_labels()
        found |= {label: handle for handle, label in zip(handles, labels, strict=True) if label not in found}
    if found:
        figure.legend(list(found.values()), list(found), loc="outside upper left", ncols=columns)


def wrapped(text: str, *, most: int) -> str:
    """Cut at `most` characters, with an ellipsis: names come from outside and may be of any length."""
    return text if len(text) <= most else text[: most - 1] + "…"
