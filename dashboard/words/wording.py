"""How numbers and names are put into words, the same on every page."""

import math
from collections.abc import Iterable, Sequence
from typing import TypeGuard

MODE_LABELS = {"both": "tissue and genes", "image": "tissue only", "genes": "genes only"}

MODEL_NOTES = {
    "fused": "cross-attention from gene sets to tissue tiles; also answers with one modality missing",
    "image": "tissue alone: gated attention over the tiles",
    "genes": "expression alone: a network over gene sets",
    "concat": "control: both modalities, joined end to end",
    "late": "control: the mean of the image and the genes model",
    "logistic": "control: logistic regression on both modalities",
    "paper": "warning example: the attention layer of arXiv 2503.02849",
}

STAGE_LABELS = {
    "clinical": "Clinical row usable",
    "outcome": "Outcome in a class",
    "site": "Site known",
    "expression": "Expression there",
    "images": "Images there",
    "tiles": "Tissue found",
}
"""The steps of the way from the clinical table to the analysis, in their order."""

RESEARCH_USE_ONLY = "Research use only. Not a medical device; not for diagnosis or treatment."

NOT_COMPUTED = "not computed"
NOT_STATED = "not stated"


def interval(value: float | None, *, low: float | None, high: float | None, signed: bool = False) -> str:
    """`0.873 [0.841, 0.902]`; without bounds only the value; `not computed` without a value."""
    if not is_number(value):
        return NOT_COMPUTED
    shown = f"{_unsigned_zero(value):+.3f}" if signed else three(value)
    if not (is_number(low) and is_number(high)):
        return shown
    return f"{shown} [{three(low)}, {three(high)}]"


def three(value: float) -> str:
    """With three digits after the point; what rounds to nothing is `0.000`, without a sign."""
    return f"{_unsigned_zero(value):.3f}"


def _unsigned_zero(value: float) -> float:
    # adding nothing takes the sign from a negative zero
    return round(value, 3) + 0.0


def significant(value: float, *, digits: int = 3) -> str:
    """`2,100`, `12.3`, `0.200`: as many digits as say something, and never a power of ten."""
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, decimals):,.{max(decimals, 0)}f}"


def decimals(values: Iterable[float], *, digits: int = 3) -> int:
    """Digits after the point with which the largest of a column's values has `digits` that say something."""
    largest = max((abs(value) for value in values if value == value), default=0.0)
    return max(digits - 1 - math.floor(math.log10(largest)), 0) if largest else 0


def is_number(value: float | None) -> TypeGuard[float]:
    """False for None and for what a table gives in its place, not-a-number."""
    return value is not None and value == value


def percent(part: float, *, whole: float) -> str:
    """`34 %`; below ten percent one more digit; a dash when there is nothing to divide by."""
    if not whole:
        return "–"
    share = 100 * part / whole
    return f"{share:.1f} %" if 0 < share < 10 else f"{share:.0f} %"


def counted(count: int, *, noun: str) -> str:
    """`1 patient`, `1,204 patients`."""
    return f"{count:,} {noun if count == 1 else noun + 's'}"


ABBREVIATIONS = frozenset(
    {"er", "pr", "her2", "ihc", "fish", "os", "dfs", "pfi", "dss", "bmi", "tnm", "ajcc", "rna", "dna", "id"}
)
"""Words of column names that are written in capitals."""


def column_words(name: str) -> str:
    """A column of the clinical table in plain words: `er_ihc` is `ER IHC`, `tumour_grade` is `Tumour grade`."""
    words = [word.upper() if word.lower() in ABBREVIATIONS else word for word in name.replace("_", " ").split()]
    told = " ".join(words) or name
    return told[:1].upper() + told[1:]


def listed(names: Sequence[str], *, most: int = 5) -> str:
    """`a, b and c`; beyond `most` the rest is counted."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1] if names else "") if part)


def p_value(p: float | None) -> str:
    """`0.034`; `< 0.001`; a dash where no test was made."""
    if p is None or p != p:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
