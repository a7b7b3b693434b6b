"""Shares of patients with their intervals."""

from dataclasses import dataclass
from math import sqrt

Z = 1.959964
"""97.5th percentile of the normal distribution."""
WILSON = "Wilson interval over patients"


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A share of patients with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int


def share(part: float, whole: float) -> Share | None:
    """part / whole with Wilson's interval (Wilson 1927, J Am Stat Assoc 22:209); None where the whole is 0.

    Counts may be fractions: a patient of several repeats counts once, with the share of the repeats that say yes.
    """
    assert -1e-9 <= part <= whole + 1e-9, "a part is not larger than the whole"
    if whole <= 0:
        return None
    value = min(max(part / whole, 0.0), 1.0)
    middle = value + Z**2 / (2 * whole)
    half = Z * sqrt(value * (1 - value) / whole + Z**2 / (4 * whole**2))
    scale = 1 + Z**2 / whole
    # at 0 and 1 the bound is the value itself, but for rounding
    low, high = max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0)
    return Share(value=value, low=min(low, value), high=max(high, value), n=round(whole))
