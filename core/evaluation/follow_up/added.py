"""What a model's probability adds to age and stage for telling survival: C-index on patients no fit has seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from core.evaluation.bca import ENDS
from core.evaluation.decisions.nested import Nested, nested
from core.evaluation.evidence import Evidence
from core.evaluation.follow_up.concordance import Ranked, Values, concordance
from core.evaluation.follow_up.cox import Columns, cox
from core.evaluation.follow_up.followed import Followed, Result
from core.evaluation.intervals import resample_weights
from core.evaluation.pooling import main_mode
from core.evaluation.values import Scored

WITHOUT, WITH, GAIN = "c-index without the model", "c-index with the model", "c-index gained"
EDGE = 1e-6
"""Probabilities are kept this far from 0, where logarithms end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One fold's followed patients: those the Cox models learn from, and those that are ranked."""

    train: Followed
    odds: Columns
    """The model's held-out log-odds of the training patients."""
    test: Followed
    test_odds: Columns
    rows: Int64[np.ndarray, " some"]
    """Places of the test patients among all."""


def added(evidence: Evidence, known: Followed, *, model: str, resamples: int) -> Iterator[Result]:
    """C-index of age and stage, of both with the model's log-odds, and the difference.

    Cox models are fitted on the training patients of each fold, with the probabilities of members that did not learn
    from them, and rank the test patients of the fold. The interval draws patients, those with and without event apart.
    """
    folds = nested(evidence, model, main_mode(model))
    why = _impossible(folds)
    parts = [] if why else [_part(fold, known, evidence.classes) for fold in folds]
    without, beside = why or _ranked(parts, odds=False), why or _ranked(parts, odds=True)
    weights = resample_weights(known.events.astype(np.int64), resamples=resamples, seed=evidence.seed)
    once = np.ones((1, len(known.patients)))
    points = [one if isinstance(one, str) else concordance(one, weights=once) for one in (without, beside)]
    drawn = [one if isinstance(one, str) else concordance(one, weights=weights) for one in (without, beside)]
    age_and_stage = ", ".join(known.adjusted)
    how = "fitted on training patients, ranking test patients within each fold; percentile bootstrap over patients, "
    how += f"stratified by event, {resamples} resamples"
    yield _result(WITHOUT, points[0], drawn[0], how=f"Cox models of {age_and_stage} {how}")
    yield _result(WITH, points[1], drawn[1], how=f"Cox models of {age_and_stage} and the model's log-odds {how}")
    yield _result(
        GAIN,
        _minus(points[1], points[0]),
        _minus(drawn[1], drawn[0]),
        how=f"with less without the model, Cox models {how}, paired",
    )


def _impossible(folds: Sequence[Nested]) -> str | None:
    if any(not fold.inner.patients for fold in folds):
        return "cannot be computed: no inner predictions were kept, so the training patients have no held-out answer"
    return None


def _part(fold: Nested, known: Followed, classes: Sequence[str]) -> Part:
    train, test = known.rows(fold.inner.patients), known.rows(fold.test.patients)
    return Part(
        train=known.take(train),
        odds=_log_odds(fold.inner, [known.patients[row] for row in train], classes),
        test=known.take(test),
        test_odds=_log_odds(fold.test, [known.patients[row] for row in test], classes),
        rows=np.array(test, dtype=np.int64),
    )


def _log_odds(scored: Scored, patients: Sequence[str], classes: Sequence[str]) -> Columns:
    """Of each class against the first."""
    place = {patient: row for row, patient in enumerate(scored.patients)}
    mine = scored.probabilities[[place[patient] for patient in patients]].reshape(-1, len(classes))
    logs = np.log(np.maximum(mine, EDGE))
    return {f"log-odds of {classes[side]}": logs[:, side] - logs[:, 0] for side in range(1, len(classes))}


def _ranked(parts: Sequence[Part], *, odds: bool) -> list[Ranked] | str:
    """Test patients with their risk; or why one fold's Cox model cannot be fitted."""
    found: list[Ranked] = []
    for part in parts:
        fitted = cox(part.train, {**part.train.adjusted, **(part.odds if odds else {})}, tested=False)
        if isinstance(fitted, str):
            return f"{fitted} (training patients of a fold)"
        risks = fitted.risk({**part.test.adjusted, **part.test_odds})
        found.append(Ranked(rows=part.rows, times=part.test.times, events=part.test.events, risks=risks))
    return found


def _minus(one: Values | str, other: Values | str) -> Values | str:
    if isinstance(one, str):
        return one
    return other if isinstance(other, str) else one - other


def _result(metric: str, point: Values | str, drawn: Values | str, *, how: str) -> Result:
    if isinstance(point, str) or isinstance(drawn, str):
        return Result(metric=metric, how=point if isinstance(point, str) else str(drawn))
    if not np.isfinite(point[0]):
        return Result(metric=metric, how="cannot be computed: no fold has two patients of whom one had the event first")
    # a resample may leave no comparable pair
    low, high = (float(bound) for bound in np.nanquantile(drawn, ENDS))
    return Result(metric=metric, value=float(point[0]), low=low, high=high, how=how)
