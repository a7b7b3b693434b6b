"""Curves of several models of several runs, made to be laid over each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from core.evaluation import Curve, Scored, is_main, pr_curve, roc_curve
from core.evaluation.rows import NetBenefit, ReliabilityBin
from dashboard.views.evaluation.shared import stated
from dashboard.views.runs import Run

MOST_POINTS = 300
"""Of one curve: more than a chart has pixels for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One curve of one model of one run."""

    label: str
    model: str
    place: int | None
    """Of the run among those that are compared; None where there is one run only."""
    x: Float64[np.ndarray, " points"]
    y: Float64[np.ndarray, " points"]
    low: Float64[np.ndarray, " points"] | None = None
    high: Float64[np.ndarray, " points"] | None = None
    patients: Int64[np.ndarray, " points"] | None = None
    """Behind each point, where they differ."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ByThreshold:
    """What a model reaches at every threshold, for one class against the rest."""

    roc: Curve
    pr: Curve


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a curve belongs."""

    run: Run
    model: str
    place: int | None

    @property
    def label(self) -> str:
        """Its entry in a legend."""
        return self.model if self.place is None else f"{self.model} · {self.run.name}"


def places(runs: Sequence[Run], models: Sequence[str]) -> tuple[Place, ...]:
    """Every model of every run, models together."""
    several = len(runs) > 1
    return tuple(
        Place(run=run, model=model, place=number if several else None)
        for model in models
        for number, run in enumerate(runs)
    )


def by_threshold(asked: Scored, *, positive: int) -> ByThreshold:
    """Both curves of one model, with no more points than can be seen."""
    return ByThreshold(roc=thinned(roc_curve(asked, positive=positive)), pr=thinned(pr_curve(asked, positive=positive)))


def thinned(curve: Curve, *, most: int = MOST_POINTS) -> Curve:
    """At most so many of its points, the first and the last among them, evenly along its way."""
    if len(curve.x) <= most:
        return curve
    way = np.r_[0.0, np.cumsum(np.abs(np.diff(curve.x)) + np.abs(np.diff(curve.y)))]
    kept = np.unique(np.searchsorted(way, np.linspace(0.0, way[-1], most - 1)))
    kept = np.unique(np.r_[kept, len(way) - 1])
    return Curve(x=curve.x[kept], y=curve.y[kept], thresholds=curve.thresholds[kept])


def curve_lines(made: Sequence[tuple[Place, ByThreshold]], *, kind: Callable[[ByThreshold], Curve]) -> tuple[Line, ...]:
    """Curves over all thresholds."""
    return tuple(
        Line(label=place.label, model=place.model, place=place.place, x=curve.x, y=curve.y)
        for place, curve in ((place, kind(one)) for place, one in made)
        if len(curve.x)
    )


def calibration_lines(asked: Sequence[Place], bins: pd.DataFrame, *, positive: str) -> tuple[Line, ...]:
    """Predicted against observed, as the run answers; `bins` are rows of the store of these runs."""
    chosen = bins[(bins["calibration"] == "stored") & (bins["positive"] == positive)]
    found = ((place, stated(_of(chosen, place), ReliabilityBin)) for place in asked)
    return tuple(
        _line(
            place,
            x=[one.predicted for one in rows],
            y=[one.observed for one in rows],
            bounds=[(one.low, one.high) for one in rows],
            patients=[one.n for one in rows],
        )
        for place, rows in found
        if rows
    )


def decision_lines(asked: Sequence[Place], benefits: pd.DataFrame, *, positive: str) -> tuple[Line, ...]:
    """Net benefit at every threshold probability; `benefits` are rows of the store of these runs."""
    chosen = benefits[benefits["positive"] == positive]
    found = ((place, stated(_of(chosen, place), NetBenefit)) for place in asked)
    return tuple(
        _line(
            place,
            x=[one.threshold for one in rows],
            y=[one.value for one in rows],
            bounds=[(one.low, one.high) for one in rows],
        )
        for place, rows in found
        if rows
    )


def treat_all(benefits: pd.DataFrame, *, positive: str) -> tuple[list[float], list[float]]:
    """Thresholds, and the net benefit of treating everyone in the first of the runs."""
    chosen = benefits[benefits["positive"] == positive]
    one = chosen[chosen["run"] == chosen["run"].iloc[0]].drop_duplicates("threshold") if len(chosen) else chosen
    return one["threshold"].tolist(), one["treat_all"].tolist()


def _of(rows: pd.DataFrame, place: Place) -> pd.DataFrame:
    """Those of one model of one run in the mode it is judged in."""
    mine = rows[(rows["run"] == place.run.name) & (rows["model"] == place.model)]
    return mine[[is_main(place.model, mode) for mode in mine["mode"]]]


def _line(
    place: Place,
    *,
    x: Sequence[float],
    y: Sequence[float],
    bounds: Sequence[tuple[float, float]],
    patients: Sequence[int] | None = None,
) -> Line:
    low, high = np.array(bounds, dtype=np.float64).T
    return Line(
        label=place.label,
        model=place.model,
        place=place.place,
        x=np.array(x, dtype=np.float64),
        y=np.array(y, dtype=np.float64),
        low=low,
        high=high,
        patients=None if patients is None else np.array(patients, dtype=np.int64),
    )
