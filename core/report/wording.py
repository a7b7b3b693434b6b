"""How numbers and names are written in a report."""

from core.evaluation.metrics import METRICS
from core.evaluation.rows import (
    CalibrationScore,
    ControlScore,
    Coverage,
    ModalityCheck,
    ModalityEffect,
    OperatingPoint,
    Optimism,
    SubgroupScore,
    SurvivalFinding,
    TrustScore,
)
from core.evaluation.values import Estimate
from core.report.document import Cell, Column
from core.types import Difference, Score

Measured = (
    Score
    | Difference
    | CalibrationScore
    | ControlScore
    | Coverage
    | ModalityCheck
    | ModalityEffect
    | OperatingPoint
    | Optimism
    | SubgroupScore
    | SurvivalFinding
    | TrustScore
)
"""Rows that state a number with its interval."""

MISSING = "not computed"
MODELS = {
    "fused": "Fused (cross-attention)",
    "image": "Image alone",
    "genes": "Genes alone",
    "concat": "Concatenation",
    "late": "Late fusion",
    "logistic": "Logistic regression",
    "paper": "Single-key attention (as published)",
}
MODES = {"both": "image and genes", "image": "image only", "genes": "genes only"}
WORDS = {
    "ece": "Expected calibration error",
    "ppv": "PPV",
    "npv": "NPV",
    "ladder": "Circularity ladder",
    "c-index": "Concordance index",
}


def model_name(model: str) -> str:
    """A model as a reader calls it; an unknown one by its own name."""
    return MODELS.get(model, model)


def answer_name(model: str, mode: str, *, main: bool) -> str:
    """A model, with the mode where it is not its main one."""
    return model_name(model) if main else f"{model_name(model)}, {MODES.get(mode, mode)}"


def metric_name(metric: str) -> str:
    """A metric as a reader calls it."""
    if metric in METRICS:
        return METRICS[metric].label
    plain = WORDS.get(metric, metric).replace("_", " ")
    return plain[:1].upper() + plain[1:]


def estimate(row: Measured) -> Estimate:
    """The number of a row, with its interval, what it rests on and how it was made."""
    how = "" if isinstance(row, ModalityCheck) else row.how
    return Estimate(value=row.value, low=row.low, high=row.high, n=row.n, how=how)


def bare(value: float | None, *, n: int, how: str) -> Estimate:
    """A number that has no interval by its nature."""
    return Estimate(value=value, low=None, high=None, n=n, how=how)


def shown(cell: Cell, column: Column) -> str:
    """A cell as a reader sees it."""
    if cell is None:
        return MISSING
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Estimate):
        return interval(cell, column)
    return number(cell, column)


def interval(one: Estimate, column: Column) -> str:
    """Like "0.912 (0.880 to 0.941)"; an interval that cannot be computed is said to be missing."""
    if one.value is None:
        return MISSING
    middle = number(one.value, column)
    if one.low is None or one.high is None:
        return f"{middle} (no interval)"
    return f"{middle} ({number(one.low, column)} to {number(one.high, column)})"


def number(value: int | float, column: Column) -> str:
    """With the column's decimals; a whole number without; a minus sign in place of a hyphen."""
    if isinstance(value, int):
        return f"{value}"
    if column.form == "p":
        return p_value(value)
    scaled, digits = (100 * value, max(column.digits - 2, 0)) if column.form == "percent" else (value, column.digits)
    text = f"{scaled:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−") + (" %" if column.form == "percent" else "")


def p_value(p: float) -> str:
    """Three decimals, and no smaller than a reader can use."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def said(one: Estimate, *, digits: int = 3) -> str:
    """Like "0.912 (95 % interval 0.880 to 0.941)", for running text."""
    column = Column(head="", digits=digits)
    if one.value is None:
        return MISSING
    if one.low is None or one.high is None:
        return f"{number(one.value, column)} (no interval)"
    return f"{number(one.value, column)} (95 % interval {number(one.low, column)} to {number(one.high, column)})"


def counted(count: int, what: str) -> str:
    """Like "1 patient" or "3 patients"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def listed(items: list[str]) -> str:
    """Like "a, b and c"."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


def hows(cells: list[Estimate]) -> tuple[str, ...]:
    """How numbers were made, each way once, and why some are missing."""
    made = dict.fromkeys(one.how for one in cells if one.value is not None and one.how)
    missing = dict.fromkeys(one.how for one in cells if one.value is None and one.how)
    notes = [f"How: {how}." for how in list(made)[:SAID]]
    notes += [f"{MISSING.capitalize()}: {how}." for how in list(missing)[:SAID]]
    rest = max(len(made) - SAID, 0) + max(len(missing) - SAID, 0)
    return (*notes, f"{rest} further ways stand in the CSV of this table.") if rest else tuple(notes)


SAID = 4
"""Most ways and most reasons a table names beneath itself."""
