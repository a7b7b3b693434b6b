"""What a model's probability adds to age and stage for telling survival: C-index on patients no fit has seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from core.evaluation.bca import ENDS
from core.evaluation.decisions.nested import Nested, nested
from core.evaluation.evidence import Evidence
from core.evaluation.follow_up.concordance import Ranked, Values, Weights, concordance
from core.evaluation.follow_up.cox import Columns, cox
from core.evaluation.follow_up.followed import Followed, Result
from core.evaluation.intervals import resample_weights
from core.evaluation.values import Scored

WITHOUT, WITH, GAIN = "c-index without the model", "c-index with the model", "c-index gained"
EDGE = 1e-6
"""Probabilities are kept this far from 0, where logarithms end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """Followed patients with what the model said of them."""

    known: Followed
    odds: Columns
    """Log-odds of each class against the first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One fold."""

    train: Answered
    """Whom the Cox models learn from, each answered by the member that did not learn from them."""
    test: Answered
    """Who is ranked."""
    rows: Int64[np.ndarray, " some"]
    """Their places among all."""


def added(evidence: Evidence, known: Followed, *, model: str, resamples: int) -> Iterator[Result]:
    """C-index of age and stage, of both with the model's log-odds, and the difference.

    Cox models are fitted on the training patients of each fold, with the probabilities of members that did not learn
    from them, and rank the test patients of the fold. The interval draws patients, those with and without event apart.
    """
    folds = nested(evidence, model, next(mode for name, mode in evidence.answers if name == model))
    why = _impossible(folds)
    parts = [] if why else [part_of(fold, known, evidence.classes) for fold in folds]
    drawn = resample_weights(known.events.astype(np.int64), resamples=resamples, seed=evidence.seed)
    # the patients as they are, then every resample
    weights = np.concatenate([np.ones((1, len(known.patients))), drawn])
    without, beside = (why or _concordance(parts, weights, odds=odds) for odds in (False, True))
    age_and_stage = ", ".join(known.adjusted)
    how = "fitted on training patients, ranking test patients within each fold; percentile bootstrap over patients, "
    how += f"stratified by event, {resamples} resamples"
    yield _result(WITHOUT, without, how=f"Cox models of {age_and_stage} {how}")
    yield _result(WITH, beside, how=f"Cox models of {age_and_stage} and the model's log-odds {how}")
    yield _result(GAIN, _minus(beside, without), how=f"with less without the model, Cox models {how}, paired")


def _impossible(folds: Sequence[Nested]) -> str | None:
    if any(not fold.inner.patients for fold in folds):
        return "cannot be computed: no inner predictions were kept, so the training patients have no held-out answer"
    return None


def part_of(fold: Nested, known: Followed, classes: Sequence[str]) -> Part:
    """The followed patients of a fold, apart: whom Cox models learn from, and who is ranked."""
    train, test = known.rows(fold.inner.patients), known.rows(fold.test.patients)
    return Part(
        train=_answered(fold.inner, known.take(train), classes),
        test=_answered(fold.test, known.take(test), classes),
        rows=np.array(test, dtype=np.int64),
    )


def _answered(scored: Scored, known: Followed, classes: Sequence[str]) -> Answered:
    place = {patient: row for row, patient in enumerate(scored.patients)}
    rows = np.array([place[patient] for patient in known.patients], dtype=np.int64)
    logs = np.log(np.maximum(scored.probabilities[rows], EDGE))
    odds = {f"log-odds of {classes[side]}": logs[:, side] - logs[:, 0] for side in range(1, len(classes))}
    return Answered(known=known, odds=odds)


def _concordance(parts: Sequence[Part], weights: Weights, *, odds: bool) -> Values | str:
    """Of the test patients by Cox models with or without the log-odds; or why one fold's cannot be fitted."""
    found: list[Ranked] = []
    for part in parts:
        train, test = part.train, part.test
        fitted = cox(train.known, {**train.known.adjusted, **(train.odds if odds else {})}, tested=False)
        if isinstance(fitted, str):
            return f"{fitted} (training patients of a fold)"
        risks = fitted.risk({**test.known.adjusted, **test.odds})
        found.append(Ranked(rows=part.rows, times=test.known.times, events=test.known.events, risks=risks))
    return concordance(found, weights=weights)


def _minus(one: Values | str, other: Values | str) -> Values | str:
    if isinstance(one, str):
        return one
    return other if isinstance(other, str) else one - other


def _result(metric: str, found: Values | str, *, how: str) -> Result:
    if isinstance(found, str):
        return Result(metric=metric, how=found)
    if not np.isfinite(found[0]):
        return Result(metric=metric, how="cannot be computed: no fold has two patients of whom one had the event first")
    # a resample may leave no comparable pair
    low, high = (float(bound) for bound in np.nanquantile(found[1:], ENDS))
    return Result(metric=metric, value=float(found[0]), low=low, high=high, how=how)
