"""What a figure shows, as numbers: drawn the same way for every renderer."""

from dataclasses import dataclass

from core.evaluation.values import Estimate
from core.report.palette import Style


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One line of a panel."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    style: Style
    low: tuple[float, ...] = ()
    """Lower bounds of the 95 % interval, one a point, or none."""
    high: tuple[float, ...] = ()
    step: bool = False
    """True for a line that holds its value until the next point."""
    marked: bool = False
    """True where the points themselves were measured."""

    def __post_init__(self) -> None:
        assert len(self.x) == len(self.y) and len(self.low) == len(self.high)
        assert len(self.low) in (0, len(self.x)), "an interval for each point or for none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """Lines in one pair of axes."""

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    diagonal: bool = False
    level: float | None = None
    """Height of a horizontal reference line."""
    log_x: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Curves:
    """Panels side by side, with one legend."""

    panels: tuple[Panel, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ForestPanel:
    """One measure of every row, against a reference value."""

    title: str
    estimates: tuple[Estimate, ...]
    reference: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Forest:
    """Numbers with intervals, one row each."""

    labels: tuple[str, ...]
    styles: tuple[Style, ...]
    panels: tuple[ForestPanel, ...]

    def __post_init__(self) -> None:
        assert len(self.labels) == len(self.styles)
        assert all(len(panel.estimates) == len(self.labels) for panel in self.panels)


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """Boxes from top to bottom, and beside each arrow who was lost there."""

    kept: tuple[str, ...]
    lost: tuple[str, ...]
    """One fewer than `kept`; empty where nobody was lost."""

    def __post_init__(self) -> None:
        assert len(self.lost) == len(self.kept) - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """One part of every bar."""

    label: str
    values: tuple[float, ...]
    colour: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Bars:
    """Lying bars, each stacked of its parts."""

    categories: tuple[str, ...]
    stacks: tuple[Stack, ...]
    axis: str


Plot = Curves | Forest | Flow | Bars
