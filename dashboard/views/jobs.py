"""What the Jobs page lists of long work."""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from dashboard.following.long_work import Work, WorkKind
from dashboard.views.extraction import duration

KINDS: Mapping[WorkKind, str] = {
    "training": "Training",
    "extraction": "Extraction of features",
    "report": "Report",
    "prediction": "Prediction of a new case",
}
STATES: dict[str, str] = {
    "done": "Done",
    "stopped": "Stopped",
    "interrupted": "Interrupted",
    "failed": "Failed",
}
COLUMNS = ("State", "Kind", "What", "Began", "Took", "Said")


def chosen(works: Sequence[Work], *, kinds: Collection[str], states: Collection[str]) -> tuple[Work, ...]:
    """What has ended, of these kinds and states; of all where none is named."""
    return tuple(
        one
        for one in works
        if not one.busy and (not kinds or one.kind in kinds) and (not states or one.state in states)
    )


def table(works: Sequence[Work]) -> pd.DataFrame:
    """One row for each, in their order."""
    rows = [
        (
            STATES[one.state],
            KINDS[one.kind],
            one.title,
            moment(one.began),
            "–" if one.seconds is None else duration(one.seconds),
            one.said,
        )
        for one in works
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def moment(text: str) -> str:
    """`2026-11-24 08:12 UTC`; a dash where it is not known."""
    return f"{text[:16].replace('T', ' ')} UTC" if text else "–"
