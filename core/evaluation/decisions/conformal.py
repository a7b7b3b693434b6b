"""When to refer instead of deciding: split-conformal sets, class by class, calibrated on inner predictions."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float64

from core.config import EvaluationSpec
from core.evaluation.decisions.nested import Averaged, Nested, averaged, nested
from core.evaluation.decisions.proportions import WILSON, share
from core.evaluation.evidence import Evidence
from core.evaluation.rows import Abstention, Coverage
from core.evaluation.values import Scored
from core.types import Mode

HOW = (
    "split-conformal sets, class by class, on 1 - probability of inner predictions, (n + 1) rule; inner answers are "
    "single members', with a calibration that learned from them too, those out of fold are the members' average, and "
    "sites differ, so patients are not exactly exchangeable and "
    f"the wanted share is not promised; {WILSON}"
)

Sets = Bool[np.ndarray, "patients classes"]


def abstentions(evidence: Evidence, spec: EvaluationSpec) -> tuple[Abstention, ...]:
    """The set of every patient out of fold under every answer; a set of other than one class is to be referred."""
    return tuple(
        Abstention(
            model=model,
            mode=mode,
            repeat=part.repeat,
            fold=part.fold,
            patient=patient,
            classes=tuple(name for name, held in zip(evidence.classes, row, strict=True) if held),
            refer=bool(row.sum() != 1),
        )
        for model, mode in evidence.answers
        for part in _calibrated(evidence, model, mode)
        for patient, row in zip(part.test.patients, _sets(part, spec), strict=True)
    )


def coverage(evidence: Evidence, spec: EvaluationSpec) -> tuple[Coverage, ...]:
    """How often the sets hold the true class, among all and per true class; none without inner predictions."""
    rows: list[Coverage] = []
    for model, mode in evidence.answers:
        parts = _calibrated(evidence, model, mode)
        if not parts:
            continue
        found = averaged(parts, [_judged(part.test, _sets(part, spec)) for part in parts])
        rows.extend(_coverages(found, evidence=evidence, model=model, mode=mode, wanted=spec.coverage))
    return tuple(rows)


def largest_scores(inner: Scored, *, wanted: float) -> Float64[np.ndarray, " classes"]:
    """Per class, the largest 1 - probability that still belongs to the set.

    The ceil((n + 1) * wanted)-th smallest score of the n inner patients of the class (Vovk 2012, ACML 25:475;
    Angelopoulos and Bates 2021, arXiv 2107.07511); infinite, so that the class is in every set, where n is too small.
    """
    bounds = np.full(inner.classes, np.inf)
    for side in range(inner.classes):
        scores = np.sort(1 - inner.probabilities[inner.labels == side, side])
        # a hair less, since 10 * 0.9 may come out above 9
        rank = int(np.ceil((len(scores) + 1) * wanted - 1e-9))
        if rank <= len(scores):
            bounds[side] = scores[rank - 1]
    return bounds


def _calibrated(evidence: Evidence, model: str, mode: Mode) -> tuple[Nested, ...]:
    return nested(evidence, model, mode) if evidence.inner_of(model, mode) else ()


def _sets(part: Nested, spec: EvaluationSpec) -> Sets:
    return 1 - part.test.probabilities <= largest_scores(part.inner, wanted=spec.coverage)


def _judged(test: Scored, sets: Sets) -> Float64[np.ndarray, "patients 3"]:
    """Per patient: the set holds the truth; holds one class only; both at once."""
    covered = sets[np.arange(len(sets)), test.labels]
    decided = sets.sum(axis=1) == 1
    return np.stack([covered, decided, covered & decided], axis=1).astype(np.float64)


def _coverages(found: Averaged, *, evidence: Evidence, model: str, mode: Mode, wanted: float) -> Iterator[Coverage]:
    groups = {"all": np.ones(len(found.labels), dtype=bool)}
    groups |= {name: found.labels == side for side, name in enumerate(evidence.classes)}
    for group, members in groups.items():
        covered, decided, right = (float(one) for one in found.values[members].sum(axis=0))
        held = share(covered, float(members.sum()))
        if held is None:
            continue
        yield Coverage(
            model=model,
            mode=mode,
            group=group,
            wanted=wanted,
            value=held.value,
            low=held.low,
            high=held.high,
            decided=decided / held.n,
            accuracy=right / decided if decided else None,
            n=held.n,
            how=HOW,
        )
