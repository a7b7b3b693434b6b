"""What the Evaluation page shows of groups of patients: one line a group, the small ones counted."""

from collections.abc import Sequence

import pandas as pd

from core.evaluation.rows import SubgroupScore
from dashboard.views.evaluation.shared import Line, cell
from dashboard.views.patients import CLINICAL_LABELS
from dashboard.words.wording import counted, listed

MOST_HIDDEN = 4
"""Groups that are not shown have a line each up to here; beyond, one line counts them."""


def covariates(rows: Sequence[SubgroupScore]) -> tuple[str, ...]:
    """What patients are grouped by."""
    return tuple(dict.fromkeys(one.by for one in rows))


def covariate_label(by: str) -> str:
    """As pages name it."""
    return CLINICAL_LABELS.get(by, by)


def lines(rows: Sequence[SubgroupScore]) -> tuple[Line, ...]:
    """A heading for each covariate, then its groups; those too small to be shown say so.

    Args:
        rows: of one model, mode and metric.
    """
    made: list[Line] = []
    for by in covariates(rows):
        mine = [one for one in rows if one.by == by]
        made += [Line(label=covariate_label(by), heading=True), *_groups(mine)]
    return tuple(made)


def _groups(rows: Sequence[SubgroupScore]) -> list[Line]:
    shown = [_line(one) for one in rows if one.value is not None]
    hidden = [one for one in rows if one.value is None]
    if len(hidden) <= MOST_HIDDEN:
        return shown + [_line(one) for one in hidden]
    patients = sum(one.n for one in hidden)
    names = listed([one.group for one in hidden], most=MOST_HIDDEN)
    return [
        *shown,
        Line(label=f"{counted(len(hidden), noun='small group')} ({patients:,})", words=f"not shown: {names}"),
    ]


def _line(row: SubgroupScore) -> Line:
    return Line(
        label=f"{row.group} ({row.n:,})",
        value=row.value,
        low=row.low,
        high=row.high,
        words=row.how if row.value is None else cell(row),
        model=row.model,
    )


def table(rows: Sequence[SubgroupScore]) -> pd.DataFrame:
    """One row a group, in words."""
    return pd.DataFrame(
        [
            {
                "By": covariate_label(one.by),
                "Group": one.group,
                "Patients": one.n,
                "Of the rarest class": one.smallest,
                "Score": one.how if one.value is None else cell(one),
            }
            for one in rows
        ]
    )


def apart(rows: Sequence[SubgroupScore], *, overall: float | None) -> tuple[str, ...]:
    """A sentence for each group whose interval leaves the overall value out."""
    if overall is None:
        return ()
    found = [one for one in rows if one.low is not None and one.high is not None and not one.low <= overall <= one.high]
    return tuple(
        f"{covariate_label(one.by)}, {one.group}: {cell(one)}, {'above' if (one.low or 0) > overall else 'below'} "
        f"{overall:.3f} of everyone"
        for one in found
    )
