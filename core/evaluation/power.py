"""What a comparison could have shown."""

from scipy.special import ndtri

from core.evaluation.bca import SAME

SIZE, POWER = 0.05, 0.8
STANDARD_ERRORS = float(ndtri(1 - SIZE / 2) + ndtri(POWER))
"""z_.975 + z_.80 = 2.80: a true difference of so many standard errors is found by 80 of 100 studies, at 5 %, two-sided,
before any correction for several tests."""


def detectable(se: float) -> float | None:
    """Least difference that such a study finds with 80 % power, from the standard error of the paired difference.

    None where that is 0: patients that do not vary say nothing of what others would have shown.
    """
    return STANDARD_ERRORS * se if se > SAME else None
