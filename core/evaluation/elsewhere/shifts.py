"""How unlike the patients of a new cohort are to those a run learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64
from scipy.stats import ks_2samp

from core.evaluation.decisions.proportions import share

USUAL = 0.01
"""Share of the run's own patients that lie beyond the bound."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """One modality of the new patients, held against the run's own, who were as new to the fold that tested them."""

    of: str
    """genes or image."""
    beyond: float
    """Share of the new patients who lie farther than 99 % of the run's own."""
    low: float
    high: float
    n: int
    own: int
    """The run's patients it is held against."""
    ks: float
    """Kolmogorov-Smirnov statistic of the two distributions of distances."""
    p: float
    shifted: bool
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Prevalence:
    """How common a class is here and in the run's cohort."""

    name: str
    here: int
    of_here: int
    there: int | None
    """None where what answers does not tell."""
    of_there: int | None


def shift(
    distances: Float64[np.ndarray, " patients"], own: Float64[np.ndarray, " own"], *, of: str, bound: float
) -> Shift:
    """Of one modality.

    Args:
        distances: of the new patients to the run's training patients.
        own: of the run's patients, by the fold that tested them.
        of: the modality.
        bound: quantile of `own` beyond which somebody is out of distribution.
    """
    farthest = np.quantile(own, bound, method="higher")
    found = share(float((distances > farthest).sum()), float(len(distances)))
    assert found is not None, "a cohort has a patient"
    test: Any = ks_2samp(distances, own)
    shifted = found.low > USUAL
    what = "expression" if of == "genes" else "tissue"
    told = (
        f"By {what}, {100 * found.value:.0f} % of the {len(distances):,} new patients (95 % interval "
        f"{100 * found.low:.0f} to {100 * found.high:.0f} %) lie farther from the training patients than "
        f"{100 * bound:g} % of the run's own {len(own):,} do"
    )
    if shifted:
        end = ": more than chance explains. Scores here are of another population or another laboratory; look at unit, "
        end += "platform, stain and scanner before the model is blamed."
    else:
        end = ", which chance explains."
    return Shift(
        of=of, beyond=found.value, low=found.low, high=found.high, n=found.n, own=len(own),
        ks=float(test.statistic), p=float(test.pvalue), shifted=shifted, sentence=told + end,
    )  # fmt: skip


def prevalences(
    labels: Sequence[int], classes: Sequence[str], there: Mapping[str, int] | None
) -> tuple[Prevalence, ...]:
    """Every class, here and there."""
    known = there or {}
    return tuple(
        Prevalence(
            name=name,
            here=sum(label == place for label in labels),
            of_here=len(labels),
            there=known.get(name),
            of_there=sum(known.values()) if known else None,
        )
        for place, name in enumerate(classes)
    )
