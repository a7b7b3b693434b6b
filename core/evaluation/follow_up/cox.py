"""Cox proportional hazards, with a reason in place of a fit that cannot be trusted."""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from core.evaluation.follow_up.followed import Followed

EVENTS_EACH = 10
"""Fewest events for each covariate of a fit (Peduzzi 1995, J Clin Epidemiol 48:1503)."""
SAME = 1e-12

Columns = Mapping[str, Float64[np.ndarray, " patients"]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hazard:
    """Hazard ratio of one covariate, with its 95 % interval (Wald) and tests."""

    ratio: float
    low: float
    high: float
    p: float
    proportional_p: float
    """Of Schoenfeld residuals against ranked times; small: the ratio changes over time (Grambsch 1994)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cox:
    """A fit: log hazard ratio and further numbers of each covariate."""

    coefficients: Mapping[str, float]
    hazards: Mapping[str, Hazard]

    def risk(self, columns: Columns) -> Float64[np.ndarray, " patients"]:
        """Log relative hazard of patients, higher is worse; no origin."""
        return np.sum([columns[name] * weight for name, weight in self.coefficients.items()], axis=0)


def cox(patients: Followed, columns: Columns, *, tested: bool = True) -> Cox | str:
    """A Cox model (Cox 1972, J R Stat Soc B 34:187; ties by Efron) of these columns, or why there is none.

    Args:
        tested: with the test of proportional hazards; without, its p is NaN.
    """
    why = _impossible(patients, columns)
    if why is not None:
        return why
    # takes a second to import, which training and most pages need not wait for
    import pandas as pd

    table = pd.DataFrame({**columns, "time": patients.times, "event": patients.events.astype(np.float64)})
    model = _settled(table)
    if model is None:
        return "cannot be computed: the Cox model does not converge, since a covariate nearly tells the event by itself"
    proportional = _proportional(model, table) if tested else dict.fromkeys(columns, math.nan)
    numbers = model.summary
    return Cox(
        coefficients={name: float(numbers.loc[name, "coef"]) for name in columns},
        hazards={
            name: Hazard(
                ratio=float(numbers.loc[name, "exp(coef)"]),
                low=float(numbers.loc[name, "exp(coef) lower 95%"]),
                high=float(numbers.loc[name, "exp(coef) upper 95%"]),
                p=float(numbers.loc[name, "p"]),
                proportional_p=proportional[name],
            )
            for name in columns
        },
    )


def _settled(table: Any) -> Any | None:
    """lifelines' fit of a table; None where it did not settle."""
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    try:
        with warnings.catch_warnings():
            # lifelines only warns of a fit that did not settle: its numbers must not be shown
            warnings.simplefilter("error", ConvergenceWarning)
            return CoxPHFitter().fit(table, duration_col="time", event_col="event")
    except (ConvergenceError, ConvergenceWarning):
        return None


def _proportional(model: Any, table: Any) -> dict[str, float]:
    from lifelines.statistics import proportional_hazard_test

    found = proportional_hazard_test(model, table, time_transform="rank").summary["p"]
    return {str(name): float(p) for name, p in found.items()}


def _impossible(patients: Followed, columns: Columns) -> str | None:
    events, wanted = int(patients.events.sum()), EVENTS_EACH * len(columns)
    if not columns:
        return "cannot be computed: there is no covariate"
    if events < wanted:
        return f"cannot be computed: {events} events for {len(columns)} covariates; {wanted} are needed"
    constant = [name for name, values in columns.items() if np.ptp(values) <= SAME]
    return f"cannot be computed: {constant[0]} is the same for every patient" if constant else None
