"""How the networks of a run learned: loss on patients kept aside, over epochs."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.views.predictions import model_order


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningCurve:
    """One model of one run, over all its folds and members."""

    model: str
    run: str
    place: int | None
    """Of the run among those that are compared; None where there is one run only."""
    epochs: tuple[int, ...]
    """Counted from 1."""
    median: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    networks: tuple[int, ...]
    """How many were still trained in each epoch: those that got no better had stopped."""
    best: tuple[int, float]
    """Median of the epochs that were kept, and the median loss there."""

    @property
    def label(self) -> str:
        """Its entry in a legend."""
        return self.run if self.place is not None else "median of the networks"


def curves(steps: pd.DataFrame, *, runs: Sequence[str]) -> tuple[LearningCurve, ...]:
    """From the store's steps of these runs, models in their usual order."""
    several = len(runs) > 1
    found: list[LearningCurve] = []
    for model in model_order(steps["model"]):
        for place, run in enumerate(runs):
            mine = steps[(steps["model"] == model) & (steps["run"] == run)].sort_values("epoch")
            if len(mine):
                found.append(_curve(mine, model=model, run=run, place=place if several else None))
    return tuple(found)


def table(rows: Sequence[LearningCurve]) -> pd.DataFrame:
    """What the curves come to, in numbers."""
    found = pd.DataFrame(
        [
            {
                "Model": row.model,
                "Run": row.run,
                "Networks": row.networks[0],
                "Epoch kept (median)": row.best[0],
                "Loss there (median)": f"{row.best[1]:.3f}",
                "Longest training (epochs)": row.epochs[-1],
            }
            for row in rows
        ]
    )
    return found if len({row.run for row in rows}) > 1 else found.drop(columns="Run")


def _curve(steps: pd.DataFrame, *, model: str, run: str, place: int | None) -> LearningCurve:
    kept = steps[steps["kept"] > 0]
    epochs = [int(epoch) for epoch, count in zip(kept["epoch"], kept["kept"], strict=True) for _ in range(int(count))]
    at = sorted(epochs)[len(epochs) // 2] if epochs else int(steps["epoch"].iloc[-1])
    loss = float(steps.loc[steps["epoch"] == at, "median"].iloc[0])
    return LearningCurve(
        model=model,
        run=run,
        place=place,
        epochs=tuple(int(epoch) + 1 for epoch in steps["epoch"]),
        median=tuple(map(float, steps["median"])),
        low=tuple(map(float, steps["low"])),
        high=tuple(map(float, steps["high"])),
        networks=tuple(map(int, steps["networks"])),
        best=(at + 1, loss),
    )
