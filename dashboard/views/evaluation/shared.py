"""What an evaluation wrote, as frozen rows again, and the lines that forest plots are made of."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from core.evaluation import METRICS, is_main
from core.evaluation.modality_audit import silent
from core.evaluation.rows import Finding, ModalityCheck, ModalityEffect, Severity
from core.results.tables import columns_of
from core.types import Mode, Score
from dashboard.views.predictions import MODES, model_place
from dashboard.views.runs import Run
from dashboard.words import measures
from dashboard.words.wording import MODE_LABELS, counted, interval, is_number

Row = TypeVar("Row")
Answer = tuple[str, Mode]
"""A model, and what it was asked with."""

_MADE: Mapping[str, Callable[[Any], Any]] = {
    "VARCHAR": str,
    "BIGINT": int,
    "DOUBLE": float,
    "BOOLEAN": bool,
    "VARCHAR[]": lambda values: tuple(map(str, values)),
    "DOUBLE[]": lambda values: tuple(map(float, values)),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a forest plot: a number with its interval, words in place of a number, or a heading."""

    label: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    words: str = ""
    """The number in words; where there is none, why."""
    heading: bool = False
    model: str = ""
    """Whose colour and symbol it is drawn in; empty for none's."""
    hollow: bool = False
    """True for what stands beside the thing in question."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Banner:
    """A sentence that must not be read past."""

    tone: Severity
    text: str


def stated(table: pd.DataFrame, kind: type[Row]) -> tuple[Row, ...]:
    """The rows of a table of the store as they were written; what is missing there is None."""
    made = {name: _MADE[sql] for name, sql in columns_of(kind).items()}
    columns = [[_value(value, made[name]) for value in table[name].tolist()] for name in made]
    return tuple(kind(**dict(zip(made, row, strict=True))) for row in zip(*columns, strict=True))


def _value(value: Any, make: Callable[[Any], Any]) -> Any:
    missing = value is None or value is pd.NA or (isinstance(value, float) and value != value)
    return None if missing else make(value)


def answer_label(answer: Answer) -> str:
    """`image`; in a mode that is not the model's main one, `fused, tissue only`."""
    model, mode = answer
    return model if is_main(model, mode) else f"{model}, {MODE_LABELS[mode]}"


def answers(table: pd.DataFrame) -> tuple[Answer, ...]:
    """Every model and mode of a table that names both: models in their order, each with its main mode first."""
    found = dict.fromkeys(zip(table["model"].tolist(), table["mode"].tolist(), strict=True))
    return tuple(sorted(found, key=_place))


def _place(answer: Answer) -> tuple[int, str, bool, int]:
    model, mode = answer
    return model_place(model), model, not is_main(model, mode), MODES.index(mode)


def of_answer(table: pd.DataFrame, answer: Answer) -> pd.DataFrame:
    """The rows of one model in one mode."""
    return table[(table["model"] == answer[0]) & (table["mode"] == answer[1])]


def metric_label(metric: str) -> str:
    """A metric as pages name it."""
    return measures.label(metric)


def metrics_of(table: pd.DataFrame) -> tuple[str, ...]:
    """Metrics that occur, in the order of the Models page."""
    there = set(table["metric"].tolist())
    return (*(name for name in METRICS if name in there), *sorted(there - set(METRICS)))


def pooled_score(scores: Sequence[Score], answer: Answer, *, metric: str) -> Score | None:
    """The score over all folds and repeats; None where there is none."""
    asked = (*answer, metric)
    return next((one for one in scores if one.fold is None and (one.model, one.mode, one.metric) == asked), None)


def cell(row: Any, *, signed: bool = False) -> str:
    """A row's number with its interval in words; `not computed` without."""
    return interval(row.value, low=row.low, high=row.high, signed=signed)


def notes(rows: Iterable[Any]) -> tuple[str, ...]:
    """How the numbers of these rows were made, each way once."""
    return tuple(dict.fromkeys(_sentence_of(row.how) for row in rows if is_number(row.value) and row.how))


def reasons(rows: Iterable[Any]) -> tuple[str, ...]:
    """Why numbers of these rows are missing, each reason once."""
    return tuple(dict.fromkeys(_sentence_of(row.how) for row in rows if not is_number(row.value) and row.how))


def _sentence_of(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def accepted(run: Run) -> str:
    """Why a run went on although its certificate has red findings; empty where nothing was accepted."""
    return run.settings.get("accept", "").strip()


def banners(
    run: Run, findings: pd.DataFrame, effects: pd.DataFrame, checks: pd.DataFrame, *, named: bool
) -> tuple[Banner, ...]:
    """What everyone must know before reading a run's numbers: red findings, and modalities that contribute nothing.

    With `named`, each says of which run it is.
    """
    red = [one for one in stated(findings, Finding) if one.severity == "red"]
    said = silent(stated(effects, ModalityEffect), stated(checks, ModalityCheck))
    start = f"{run.name}: " if named else ""
    found = [Banner(tone="red", text=start + _split_text(red, run))] if red else []
    return (*found, *([Banner(tone="amber", text=start + bullets(said))] if said else []))


def bullets(sentences: Sequence[str]) -> str:
    """A list; one sentence stands alone."""
    return sentences[0] if len(sentences) == 1 else "\n".join(("", *(f"- {sentence}" for sentence in sentences)))


def _split_text(red: Sequence[Finding], run: Run) -> str:
    worst = {one.check: one.sentence for one in sorted(red, key=lambda one: one.share or 0.0)}
    reason = accepted(run)
    told = f"accepted for this reason: “{reason}”" if reason else "no reason for going on was given"
    return f"**{counted(len(red), noun='red finding')} on the split**, {told}. {' '.join(worst.values())}"
