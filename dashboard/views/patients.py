"""One patient: what each model says, under which threshold, whether it decides at all, and who the patient is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation import is_main
from core.evaluation.rows import Abstention, Threshold
from core.types import Mode, Prediction
from dashboard.views.evaluation.shared import of_answer, stated
from dashboard.views.predictions import MODES, fold_words, model_place
from dashboard.views.runs import records
from dashboard.words.wording import MODE_LABELS, NOT_STATED, column_words, is_number, listed

CLINICAL_LABELS = {
    "site": "Site",
    "age": "Age (years)",
    "stage": "Stage",
    "sex": "Sex",
    "race": "Race",
    "histology": "Histology",
    "time": "Follow-up (months)",
    "event": "Event (1: it happened)",
}
"""The covariates that Acinus knows; all others are shown under the words of the table's own name."""
FOLLOW_UP = ("time", "event")
SOURCES = {"age": {"age"}, "time": {"time", "months", "days", "os", "dfs", "pfi"}}
"""Words in the names of columns that numbers among the named covariates are read from."""
NOT_EVALUATED = "not evaluated yet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """The threshold of one class that an answer is held against."""

    positive: str
    """The class that is called at or above the threshold."""
    values: tuple[float, ...]
    """One a fold that tested the patient."""
    called: int
    """In how many of those folds the class is called."""
    of: str = "repeat"
    """What the several are: a patient is tested once a repeat, a new case by every fold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Whether an answer decides, told from its conformal set."""

    refer: bool | None
    """True when the set holds no class or several in at least half of the repeats; None before the evaluation."""
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one model says about one patient when it is asked with some modalities."""

    model: str
    uses: str
    """The modalities, in words."""
    probabilities: tuple[float, ...]
    """Calibrated, one a class; the mean over repeats or folds."""
    decision: str
    """The most probable class."""
    right: bool | None
    """None where the truth is not known."""
    tested_by: str
    """The fold that tested, hence never trained on, this patient."""
    uncalibrated: tuple[float, ...] = ()
    """The networks' own probabilities; empty where they were not kept."""
    low: tuple[float, ...] = ()
    """Lowest probability of each class over several models; empty where one fold answered."""
    high: tuple[float, ...] = ()
    cuts: tuple[Cut, ...] = ()
    """Empty before the evaluation."""
    standing: Standing = Standing(refer=None, words=NOT_EVALUATED)
    main: bool = True
    """False for a mode that the model is not judged in."""

    @property
    def label(self) -> str:
        """Model and modalities."""
        return f"{self.model} · {self.uses}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What the store has of one patient in one run."""

    answers: pd.DataFrame
    predictions: pd.DataFrame
    abstentions: pd.DataFrame
    thresholds: pd.DataFrame
    """Of the run, all folds."""


def answers(kept: Kept, *, classes: Sequence[str], folds: int, repeats: int) -> tuple[Answer, ...]:
    """What every model says about a patient in every mode it was asked in, models in their order.

    Args:
        kept: rows of this patient.
        classes: names of the classes.
        folds: how many the run has.
        repeats: how often they were dealt.
    """
    rows = sorted(records(kept.answers), key=lambda row: (*_place(row), MODES.index(row["mode"])))
    return tuple(_answer(row, kept, classes=classes, folds=folds, repeats=repeats) for row in rows)


def _place(row: Mapping[str, Any]) -> tuple[int, str, bool]:
    return model_place(row["model"]), row["model"], not is_main(row["model"], row["mode"])


def _answer(row: Mapping[str, Any], kept: Kept, *, classes: Sequence[str], folds: int, repeats: int) -> Answer:
    asked: tuple[str, Mode] = (str(row["model"]), row["mode"])
    tested = list(zip(map(int, row["repeats"]), map(int, row["folds"]), strict=True))
    abstentions = stated(of_answer(kept.abstentions, asked), Abstention)
    return Answer(
        model=asked[0],
        uses=MODE_LABELS[row["mode"]],
        probabilities=_shares(row, "p", len(classes)),
        decision=classes[int(row["predicted"])],
        right=bool(row["predicted"] == row["label"]),
        tested_by=fold_words(tested, count=folds, repeats=repeats),
        uncalibrated=_shares(row, "u", len(classes)),
        cuts=_cuts(kept, asked, classes=classes),
        standing=standing(abstentions),
        main=is_main(*asked),
    )


def _shares(row: Mapping[str, Any], letter: str, count: int) -> tuple[float, ...]:
    """Of all classes; empty where they were not kept."""
    values = [row.get(f"{letter}{place}") for place in range(count)]
    known = [float(value) for value in values if value is not None and value == value]
    return tuple(known) if len(known) == count else ()


def _cuts(kept: Kept, asked: tuple[str, Mode], *, classes: Sequence[str]) -> tuple[Cut, ...]:
    """Every fold that tested the patient holds its own answer against its own threshold."""
    mine = {(one.repeat, one.fold): one for one in stated(of_answer(kept.predictions, asked), Prediction)}
    rows = [one for one in stated(of_answer(kept.thresholds, asked), Threshold) if (one.repeat, one.fold) in mine]
    return tuple(
        Cut(
            positive=positive,
            values=tuple(one.value for one in held),
            called=sum(mine[one.repeat, one.fold].probabilities[classes.index(positive)] >= one.value for one in held),
        )
        for positive in dict.fromkeys(one.positive for one in rows)
        if (held := [one for one in rows if one.positive == positive])
    )


def standing(rows: Sequence[Abstention]) -> Standing:
    """Whether one answer about one patient decides: its conformal sets, one a repeat, in words."""
    if not rows:
        return Standing(refer=None, words=NOT_EVALUATED)
    told = [_set_in_words(one.classes) for one in rows]
    counts = {words: told.count(words) for words in dict.fromkeys(told)}
    words = "; ".join(
        name if len(counts) == 1 else f"{name} in {count} of {len(rows)} repeats" for name, count in counts.items()
    )
    return Standing(refer=2 * sum(one.refer for one in rows) >= len(rows), words=words)


def _set_in_words(classes: Sequence[str]) -> str:
    if not classes:
        return "refer: no class fits"
    return f"decides {classes[0]}" if len(classes) == 1 else f"refer: {listed(classes, most=9)} remain possible"


def cut_words(cut: Cut) -> str:
    """`Basal/HER2 from 19 %: called`; of several folds the range, and how many of them call it."""
    low, high = (f"{100 * end:.0f}" for end in (min(cut.values), max(cut.values)))
    of = len(cut.values)
    word = ("called" if cut.called else "not called") if of == 1 else f"called in {cut.called} of {of} {cut.of}s"
    return f"{cut.positive} from {low if low == high else f'{low} to {high}'} %: {word}"


def table(found: Sequence[Answer]) -> pd.DataFrame:
    """The answers in words, one row each: the probabilities are those of the decided class."""
    rows = [
        {
            "Answer": answer.label,
            "Decision": f"{answer.decision}{_mark(answer.right)}",
            "Calibrated": _of_decision(answer, answer.probabilities),
            "Uncalibrated": _of_decision(answer, answer.uncalibrated),
            "Threshold in use": "; ".join(map(cut_words, answer.cuts)) or NOT_EVALUATED,
            "Conformal set": answer.standing.words,
        }
        for answer in found
    ]
    return pd.DataFrame(rows)


def _mark(right: bool | None) -> str:
    return "" if right is None else (" ✓" if right else " ✗")


def _of_decision(answer: Answer, values: Sequence[float]) -> str:
    """A probability in percent; those that are not quite 0 or 1 are not shown as such."""
    if not values:
        return "not kept"
    share = values[int(np.argmax(answer.probabilities))]
    return "> 99.9 %" if 0.999 < share < 1 else f"{100 * share:.1f} %"


def disagreement(found: Sequence[Answer], *, decision: str, but: Sequence[str] = ()) -> str | None:
    """Which models decide otherwise in their main mode; None when all agree. Those named by `but` are not asked."""
    others = [one for one in found if one.main and one.decision != decision and one.model not in but]
    if not others:
        return None
    return f"Models disagree: {listed([f'{one.model} decides {one.decision}' for one in others], most=9)}."


def proof(parts: pd.DataFrame, *, folds: int, repeats: int) -> tuple[bool, str]:
    """Whether the run's folds bear out that a patient was tested only by models that never trained on them.

    Args:
        parts: rows of the table `folds` of this patient.
        folds: how many the run has.
        repeats: how often they were dealt.

    Returns:
        True when they do, and a sentence.
    """
    pairs = [(int(row["repeat"]), int(row["fold"]), row["part"]) for row in records(parts)]
    tested = sorted({(repeat, fold) for repeat, fold, part in pairs if part == "test"})
    both = {(repeat, fold) for repeat, fold, part in pairs if part == "train"} & set(tested)
    if not tested or both:
        return False, "The run's folds do not bear out that this patient was kept from training: do not use this page."
    words = fold_words(tested, count=folds, repeats=repeats)
    models = "that fold" if len(tested) == 1 else "those folds"
    return True, (
        f"Tested in {words}. Everything below comes from the models of {models}, which never trained on this patient."
    )


def clinical(patients: pd.DataFrame, patient: str) -> dict[str, str]:
    """The patient's clinical data as stated in the table, the named covariates first; follow-up stands apart."""
    row = records(patients[patients["patient"] == patient])[0]
    named = {name: row[name] for name in ("site", "age", "stage", "sex")}
    given = {**named, **json.loads(row["covariates"])}
    shown = [name for name in given if name not in FOLLOW_UP and not _repeats(name, given)]
    return {CLINICAL_LABELS.get(name) or column_words(name): _shown(given[name]) for name in shown}


def _repeats(name: str, given: Mapping[str, Any]) -> bool:
    """Whether a column of the table says once more what a named covariate, which was read from it, says."""
    if name in CLINICAL_LABELS:
        return False
    known = [covariate for covariate, marks in SOURCES.items() if marks & set(name.lower().split("_"))]
    return any(is_number(given[name]) and given[name] == given.get(covariate) for covariate in known)


def follow_up(patients: pd.DataFrame, patient: str) -> str:
    """How long the patient was followed and whether the event happened, in one sentence."""
    row = records(patients[patients["patient"] == patient])[0]
    time, event = row["time"], row["event"]
    if not is_number(time):
        return "No follow-up is stated for this patient."
    months = f"{time:.0f} months" if time >= 10 else f"{time:.1f} months"
    if not is_number(event):
        return f"Followed for {months}; whether the event happened is not stated."
    happened = "the event happened then" if event == 1 else "without the event until then (censored)"
    return f"Followed for {months}; {happened}."


def _shown(value: Any) -> str:
    if value is None or value != value:
        return NOT_STATED
    return f"{value:g}" if isinstance(value, float) else str(value)
