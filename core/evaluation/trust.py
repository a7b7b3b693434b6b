"""How far a model's maps and attributions can be believed: each measure over patients, held against a stated rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.config import EvaluationSpec
from core.evaluation.evidence import Evidence
from core.evaluation.patient_means import mean_over, median_over, per_patient
from core.evaluation.rows import TrustScore
from core.evaluation.values import Estimate
from core.types import Scrutiny

LEAST_AGREEMENT = 0.3
"""Rank correlation between networks below which a map is more of the network than of the slide."""
LARGEST_GAP = 0.05
"""Share of the log-odds that attributions may leave unexplained."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One way to ask, with the rule that its interval is held against."""

    value: Callable[[Scrutiny], float | None]
    middle: Callable[..., Estimate]
    asks: str
    """What the number is, for a reader who does not compute it."""
    rule: str
    holds: Callable[[float, float], bool]
    """Of the interval's two ends."""
    yes: str
    no: str
    needs: str
    """What a model and its features must have for it."""
    of_image: bool
    """True for what is asked of maps over tiles, false for what is asked of genes."""


MEASURES: Mapping[str, Measure] = {
    "agreement": Measure(
        value=lambda one: one.agreement,
        middle=mean_over,
        asks="Rank correlation of the tile maps of networks that learned from different patients",
        rule=f"the interval lies above {LEAST_AGREEMENT}",
        holds=lambda low, _: low > LEAST_AGREEMENT,
        yes="they look at the same tiles",
        no="they look at different tiles, so a map shows the network as much as the slide",
        needs="attention over several tiles",
        of_image=True,
    ),
    "deletion": Measure(
        value=lambda one: one.deletion,
        middle=mean_over,
        asks="Fall of the predicted class's probability without the tiles marked most, beyond that by chance",
        rule="the interval lies above 0",
        holds=lambda low, _: low > 0,
        yes="the answer needs the marked tiles more than others",
        no="the answer is not shown to need the marked tiles more than others",
        needs="attention over at least 8 tiles",
        of_image=True,
    ),
    "insertion": Measure(
        value=lambda one: one.insertion,
        middle=mean_over,
        asks="Probability of the predicted class with the tiles marked most alone, beyond that with as many by chance",
        rule="the interval lies above 0",
        holds=lambda low, _: low > 0,
        yes="the marked tiles alone bring the answer back better than others",
        no="the marked tiles alone are not shown to bring the answer back better than others",
        needs="attention over at least 8 tiles",
        of_image=True,
    ),
    "completeness": Measure(
        value=lambda one: one.completeness,
        # of log-odds close to zero any gap is a large share: single patients must not carry the number away
        middle=median_over,
        asks="Share of the log-odds that the genes' integrated gradients leave unexplained",
        rule=f"the interval lies below {LARGEST_GAP}",
        holds=lambda _, high: high < LARGEST_GAP,
        yes="the genes' attributions add up to the answer",
        no="the genes' attributions do not add up to the answer, so they rank genes at most",
        needs="integrated gradients, which are kept for fused and genes",
        of_image=False,
    ),
}
"""Every measure of trust by name."""


def trust(evidence: Evidence, spec: EvaluationSpec) -> tuple[TrustScore, ...]:
    """Every measure of every model that takes the modality it is asked of, over patients."""
    rows: list[TrustScore] = []
    for model in evidence.models:
        mine = [one for one in evidence.scrutiny if one.model == model]
        rows += [
            _score(evidence, spec, model, name, mine)
            for name, measure in MEASURES.items()
            if any(_asked(one, measure) for one in mine)
        ]
    return tuple(rows)


def _asked(one: Scrutiny, measure: Measure) -> bool:
    return (one.image_gradient if measure.of_image else one.genes_gradient) is not None


def _score(evidence: Evidence, spec: EvaluationSpec, model: str, name: str, mine: Sequence[Scrutiny]) -> TrustScore:
    measure = MEASURES[name]
    found = measure.middle(
        per_patient(mine, measure.value),
        resamples=spec.resamples,
        seed=evidence.seed,
        nothing=f"it needs {measure.needs}",
    )
    trusted = found.low is not None and found.high is not None and measure.holds(found.low, found.high)
    return TrustScore(
        model=model,
        metric=name,
        value=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
        trusted=trusted,
        how=f"{found.how}; trusted when {measure.rule}",
        sentence=_sentence(measure, found, trusted=trusted),
    )


def _sentence(measure: Measure, found: Estimate, *, trusted: bool) -> str:
    if found.value is None:
        return f"{measure.asks}: {found.how}."
    between = "" if found.low is None else f" ({found.low:.3f} to {found.high:.3f})"
    return f"{measure.asks}: {found.value:.3f}{between}; {measure.yes if trusted else measure.no}."


def low_trust(one: Scrutiny) -> str | None:
    """Why one patient's map is to be shown greyed; None when nothing speaks against it."""
    reasons: list[str] = []
    if one.agreement is not None and one.agreement < LEAST_AGREEMENT:
        reasons.append(
            f"networks that learned from different patients mark different tiles "
            f"(rank correlation {one.agreement:.2f}, below {LEAST_AGREEMENT})"
        )
    if one.deletion is not None and one.deletion <= 0:
        reasons.append("without the tiles it marks, the answer falls no more than without others")
    return f"Low trust: {'; '.join(reasons)}." if reasons else None
