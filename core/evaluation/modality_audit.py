"""Whether a multimodal model uses each modality: what it loses without it, and whether it can use it at all.

A modality is taken away at test time only, from a model trained with both. What is lost at the training mean is
a lower bound on what the modality tells: what both modalities know is not lost with either of them. Exchange between
patients misleads as well, and may cost more than the modality tells.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from core.config import EvaluationSpec
from core.evaluation.bca import acceleration, bounds, left_out
from core.evaluation.evidence import Evidence
from core.evaluation.intervals import TOO_FEW, drawable, resample_weights
from core.evaluation.metrics import Values, Weights, evaluate, missing
from core.evaluation.patient_means import mean_over, per_patient
from core.evaluation.pooling import pooled
from core.evaluation.rows import ModalityCheck, ModalityEffect
from core.evaluation.values import Estimate, Scored
from core.types import Prediction, Probe, Scrutiny

AUROC = ("auroc",)
ROUNDING = 1e-6
"""Shares within this of 0 or 1 are 0 or 1: networks compute with seven digits."""
NEARLY_EVEN = 0.99
"""Spread of attention above which a map shows differences that are there but small."""
TAKEN = {"permuted": "by exchange between patients", "mean": "with the training mean for everyone"}
VERB = {"image": "image contributes", "genes": "genes contribute"}
SHOWN = {"permuted": "the answers rest on it", "mean": "something is lost without it"}
NOT_SHOWN = {"permuted": "the answers are not shown to rest on it", "mean": "nothing is shown to be lost without it"}
HARMS = {"permuted": "another patient's serves better", "mean": "the model answers better without it"}
"""What each way of taking a modality away says: exchange, whether it is used; the mean, whether it is of use."""

Modality = Literal["image", "genes"]
Removal = tuple[Modality, Literal["permuted", "mean"]]
Deals = dict[tuple[int, int], list[Probe]]
"""Probes by repeat and draw."""
Pair = tuple[Scored, Scored]
"""Patients as they were answered in one repeat, and with a modality taken away in one draw."""


def modality_effects(evidence: Evidence, spec: EvaluationSpec) -> tuple[ModalityEffect, ...]:
    """AUROC with both modalities less AUROC with one taken away, for every model that takes both."""
    return tuple(
        _effect(evidence, spec, model=model, removal=removal, deals=deals)
        for model in evidence.models
        for removal, deals in _removals(one for one in evidence.probes if one.model == model).items()
    )


def _removals(probes: Iterable[Probe]) -> dict[Removal, Deals]:
    found: dict[Removal, Deals] = {}
    for one in probes:
        found.setdefault((one.removed, one.by), {}).setdefault((one.repeat, one.draw), []).append(one)
    return found


def _effect(evidence: Evidence, spec: EvaluationSpec, *, model: str, removal: Removal, deals: Deals) -> ModalityEffect:
    pairs = _pairs(evidence.of(model, "both"), deals, classes=len(evidence.classes))
    found, level = _fall(pairs, repeats=len({repeat for repeat, _ in deals}), spec=spec, seed=evidence.seed)
    contributes = found.low is not None and found.low > 0
    removed, by = removal
    return ModalityEffect(
        model=model,
        removed=removed,
        by=by,
        metric="auroc",
        whole=level,
        without=None if level is None or found.value is None else level - found.value,
        value=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
        contributes=contributes,
        how=found.how,
        sentence=_effect_sentence(model, removal, found, contributes=contributes),
    )


def _pairs(answers: Sequence[Prediction], deals: Deals, *, classes: int) -> list[Pair]:
    """Of the patients that were probed in every repeat."""
    probed = set.intersection(*({one.patient for one in probes} for probes in deals.values()))
    whole = {
        repeat: pooled((one for one in answers if one.repeat == repeat and one.patient in probed), classes=classes)
        for repeat, _ in sorted(deals)
    }
    return [
        (whole[repeat], pooled((_as_prediction(one) for one in probes if one.patient in probed), classes=classes))
        for (repeat, _), probes in sorted(deals.items())
    ]


def _as_prediction(probe: Probe) -> Prediction:
    return Prediction(
        model=probe.model,
        repeat=probe.repeat,
        fold=probe.fold,
        patient=probe.patient,
        label=probe.label,
        mode="both",
        probabilities=probe.probabilities,
    )


def _fall(pairs: Sequence[Pair], *, repeats: int, spec: EvaluationSpec, seed: int) -> tuple[Estimate, float | None]:
    """Fall of the AUROC with its interval, and the AUROC it falls from; the mean of both over repeats.

    Every draw of every repeat is judged on the same resampled patients and the falls are averaged. Averaging
    probabilities over draws, or over repeats that exchange other patients, would judge an ensemble instead, and
    averaging AUROCs would leave rounding where equal answers differ by nothing.
    """
    whole = pairs[0][0]
    n, why = len(whole.patients), missing(whole).get("auroc")
    if why is not None:
        return Estimate(value=None, low=None, high=None, n=n, how=why), None
    assert all(one.patients == whole.patients for pair in pairs for one in pair), "probes are of those predicted"
    once = np.ones((1, n))
    value, level = (float(part[0]) for part in _mean_fall(pairs, weights=once))
    if not drawable(whole):
        return Estimate(value=value, low=None, high=None, n=n, how=TOO_FEW), level
    falls, _ = _mean_fall(pairs, weights=resample_weights(whole.labels, resamples=spec.resamples, seed=seed))
    alone = [[left_out(one, names=AUROC)["auroc"] for one in pair] for pair in pairs]
    speed = acceleration(np.mean([one - other for one, other in alone], axis=0), whole.labels)
    low, high, plain = bounds(value, falls, acceleration=speed)
    drawn = _drawn(spec.resamples, draws=len(pairs) // repeats, repeats=repeats)
    how = f"{'BCa' if plain is None else 'percentile'} {drawn}"
    return Estimate(value=value, low=low, high=high, n=n, how=how if plain is None else f"{how}: {plain}"), level


def _drawn(resamples: int, *, draws: int, repeats: int) -> str:
    averaged = f", mean over {draws} permutations in each" if draws > 1 else ""
    over = f"; mean over {repeats} repeats, each judged by itself" if repeats > 1 else ""
    return f"paired bootstrap over patients, stratified by class, {resamples} resamples{averaged}{over}"


def _mean_fall(pairs: Sequence[Pair], *, weights: Weights) -> tuple[Values, Values]:
    """Fall, and what it falls from."""
    # all draws of a repeat fall from the same answers
    whole = {id(one): _auroc(one, weights=weights) for one, _ in pairs}
    falls = [whole[id(one)] - _auroc(without, weights=weights) for one, without in pairs]
    return np.mean(falls, axis=0), np.mean(list(whole.values()), axis=0)


def _auroc(scored: Scored, *, weights: Weights) -> Values:
    return evaluate(scored, weights=weights, names=AUROC)["auroc"]


def _effect_sentence(model: str, removal: Removal, found: Estimate, *, contributes: bool) -> str:
    removed, by = removal
    if found.value is None:
        return f"{model}: what the {removed} would contribute {found.how}."
    start = f"{model}: {VERB[removed]} {_three(found.value)} AUROC{_between(found)}, judged {TAKEN[by]}"
    if found.low is None or found.high is None:
        return f"{start}: {found.how}."
    if contributes:
        return f"{start}: {SHOWN[by]}."
    return f"{start}: {HARMS[by] if found.high < 0 else NOT_SHOWN[by]}."


def modality_checks(evidence: Evidence, spec: EvaluationSpec) -> tuple[ModalityCheck, ...]:
    """Gradient share of each modality and spread of tile attention, for every model that was looked into."""
    rows: list[ModalityCheck] = []
    for model in evidence.models:
        mine = [one for one in evidence.scrutiny if one.model == model]
        if any(one.image_gradient is not None and one.genes_gradient is not None for one in mine):
            rows += [_gradient(evidence, spec, model, modality, mine) for modality in ("image", "genes")]
        if any(one.tile_entropy is not None for one in mine):
            rows.append(_attention(evidence, spec, model, mine))
    return tuple(rows)


def _gradient(
    evidence: Evidence, spec: EvaluationSpec, model: str, modality: Modality, mine: Sequence[Scrutiny]
) -> ModalityCheck:
    shares = per_patient(mine, lambda one: _share(one, modality))
    found = mean_over(shares, resamples=spec.resamples, seed=evidence.seed, nothing="no gradients were kept")
    passed = found.value is not None and found.value > ROUNDING
    told = "the answer can depend on it" if passed else "whatever it shows, the answer stays the same to the last digit"
    return _check(model, modality, "gradient share", found, passed=passed, told=told)


def _share(one: Scrutiny, modality: Modality) -> float | None:
    """Of both gradients' lengths; 0 where the answer hangs on neither."""
    if one.image_gradient is None or one.genes_gradient is None:
        return None
    whole = one.image_gradient + one.genes_gradient
    own = one.image_gradient if modality == "image" else one.genes_gradient
    return own / whole if whole > 0 else 0.0


def _attention(evidence: Evidence, spec: EvaluationSpec, model: str, mine: Sequence[Scrutiny]) -> ModalityCheck:
    spreads = per_patient(mine, lambda one: one.tile_entropy)
    found = mean_over(spreads, resamples=spec.resamples, seed=evidence.seed, nothing="no attention over several tiles")
    assert found.value is not None
    even, single = found.value > 1 - ROUNDING, found.value < ROUNDING
    told = "1 is even attention, 0 is attention on a single tile"
    if found.value > NEARLY_EVEN:
        told = "attention is nearly even: the answer rests on little but the mean tile, the map on small differences"
    if even:
        told = "attention is exactly even over all tiles: the map marks nothing, and the answer rests on the mean tile"
    if single:
        told = (
            "attention lies on a single tile of every patient: the answer rests on that tile, whatever the others show"
        )
    return _check(model, "image", "attention entropy", found, passed=not (even or single), told=told)


def _check(model: str, modality: Modality, check: str, found: Estimate, *, passed: bool, told: str) -> ModalityCheck:
    number = "not known" if found.value is None else _three(found.value)
    return ModalityCheck(
        model=model,
        modality=modality,
        check=check,
        value=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
        passed=passed,
        sentence=f"{model}: {check} of the {modality} is {number}{_between(found)}: {told}.",
    )


def silent(effects: Sequence[ModalityEffect], checks: Sequence[ModalityCheck]) -> tuple[str, ...]:
    """A sentence for every modality that a model was not shown to use, however it was taken away; to be told loudly."""
    sides = dict.fromkeys((one.model, one.removed) for one in effects)
    dead = {(one.model, one.modality) for one in checks if one.check == "gradient share" and not one.passed}
    return tuple(
        _banner([one for one in effects if (one.model, one.removed) == side], cannot=side in dead)
        for side in sides
        if not any(one.contributes for one in effects if (one.model, one.removed) == side)
    )


def _banner(effects: Sequence[ModalityEffect], *, cannot: bool) -> str:
    first = effects[0]
    if first.value is None:
        return first.sentence
    contribution = f"{VERB[first.removed]} {_three(first.value)} AUROC{_between(first)}"
    if cannot:
        return f"{first.model}: {contribution}; its output cannot depend on the {first.removed} at all."
    return f"{first.model}: {contribution}; do not call its answers multimodal without saying so."


def _between(found: Estimate | ModalityEffect) -> str:
    return "" if found.low is None or found.high is None else f" ({_three(found.low)} to {_three(found.high)})"


def _three(value: float) -> str:
    """Three digits, never a minus before zero."""
    return f"{round(value, 3) + 0.0:.3f}"
