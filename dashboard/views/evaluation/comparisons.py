"""What the Evaluation page shows of paired comparisons: every test beside its interval."""

from collections.abc import Sequence

import pandas as pd

from core.evaluation.sentences import distinguishable, sentence
from core.types import Difference
from dashboard.views.evaluation.shared import Line, cell
from dashboard.views.predictions import model_place
from dashboard.words.wording import p_value

COLUMNS = {
    "Difference": "Metric of the fused model minus that of the other, on the same patients, with its 95 % interval.",
    "Permutation p": "Paired permutation test: answers are exchanged between the two models patient by patient.",
    "Holm p": "The permutation p, corrected by Holm for the number of models compared by this metric. It decides.",
    "DeLong p": "DeLong's test for two correlated AUROC; two classes only.",
    "Corrected t p": "t-test over folds with the variance correction of Nadeau and Bengio, as folds share patients.",
    "Detectable": "Least difference that these patients would have shown in 80 of 100 studies: "
    "a smaller true difference is more likely missed than found.",
}
"""Columns of the table, and what each says."""


def chosen(rows: Sequence[Difference], *, metric: str) -> tuple[Difference, ...]:
    """Comparisons by one metric, baselines in the usual order of models."""
    mine = [one for one in rows if one.metric == metric]
    return tuple(sorted(mine, key=lambda one: model_place(one.baseline)))


def lines(rows: Sequence[Difference]) -> tuple[Line, ...]:
    """One line a baseline; hollow where the two cannot be told apart."""
    return tuple(
        Line(
            label=f"against {one.baseline}",
            value=one.value,
            low=one.low,
            high=one.high,
            words=one.how if one.value is None else cell(one, signed=True),
            model=one.baseline,
            hollow=not distinguishable(one),
        )
        for one in rows
    )


def sentences(rows: Sequence[Difference]) -> tuple[str, ...]:
    """Each comparison in words."""
    return tuple(sentence(one) for one in rows)


def table(rows: Sequence[Difference]) -> pd.DataFrame:
    """Every number of each comparison in words."""
    return pd.DataFrame(
        [
            {
                "Against": one.baseline,
                "Difference": cell(one, signed=True),
                "Holm p": p_value(one.holm_p),
                "Permutation p": p_value(one.permutation_p),
                "DeLong p": p_value(one.delong_p),
                "Corrected t p": p_value(one.folds_p),
                "Detectable": "–" if one.detectable is None else f"{one.detectable:.3f}",
                "Patients": f"{one.n:,}",
            }
            for one in rows
        ]
    )
