"""What the Evaluation page shows of trust in maps and attributions, and what a patient's page says of one map."""

from collections.abc import Sequence

import pandas as pd

from core.evaluation.rows import TrustScore
from core.evaluation.trust import low_trust
from core.types import Scrutiny
from dashboard.views.evaluation.shared import Line, cell, stated
from dashboard.views.predictions import model_place
from dashboard.words.wording import listed

MEASURES = {
    "agreement": "Do networks that learned from different patients look at the same tiles?",
    "deletion": "Does the answer need the tiles that are marked?",
    "insertion": "Do the marked tiles alone bring the answer back?",
    "completeness": "Do the genes' attributions add up to the answer?",
}
"""Each measure as a question."""


def ordered(rows: Sequence[TrustScore]) -> tuple[TrustScore, ...]:
    """By measure, then by model."""
    names = [*MEASURES, *dict.fromkeys(one.metric for one in rows if one.metric not in MEASURES)]
    return tuple(sorted(rows, key=lambda one: (names.index(one.metric), model_place(one.model))))


def lines(rows: Sequence[TrustScore]) -> tuple[Line, ...]:
    """One line a model of one measure; hollow where it is not to be trusted."""
    return tuple(
        Line(
            label=one.model,
            value=one.value,
            low=one.low,
            high=one.high,
            words="not computed" if one.value is None else cell(one),
            model=one.model,
            hollow=not one.trusted,
        )
        for one in rows
    )


def sentences(rows: Sequence[TrustScore]) -> tuple[str, ...]:
    """Verdict and sentence of each model."""
    return tuple(f"{'✓ trusted' if one.trusted else '✗ **not trusted**'} · {one.model}: {one.sentence}" for one in rows)


def unknown(rows: Sequence[TrustScore]) -> tuple[str, ...]:
    """Which models have no number, and why: one sentence a reason."""
    reasons = dict.fromkeys(one.sentence for one in rows if one.value is None)
    models = {why: [one.model for one in rows if one.value is None and one.sentence == why] for why in reasons}
    return tuple(f"{listed(names, most=9)}: {why}" for why, names in models.items())


def doubts(scrutiny: pd.DataFrame, *, patient: str, repeat: int = 0) -> dict[str, str]:
    """Why the map of some models is shown greyed, by model.

    Args:
        scrutiny: rows of the store for one run.
        patient: whose maps.
        repeat: which of them; each repeat's fold has a map of its own.
    """
    mine = scrutiny[(scrutiny["patient"] == patient) & (scrutiny["repeat"] == repeat)]
    reasons = {one.model: low_trust(one) for one in stated(mine, Scrutiny)}
    return {model: reason for model, reason in reasons.items() if reason is not None}
