"""What the Evaluation page shows of survival: curves by true and by predicted class, and numbers about them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.evaluation.rows import SurvivalFinding, SurvivalPoint
from core.evaluation.values import SurvivalCurve
from dashboard.views.cohort.summary import Survival, year_ticks
from dashboard.views.evaluation.shared import Line, cell
from dashboard.views.predictions import model_order
from dashboard.words.wording import NOT_COMPUTED, p_value

TRUE_CLASS = "true class"
RATIO = "hazard ratio: "
PROPORTIONAL = "proportional hazards p: "
CONCORDANCE = "c-index"


def deciders(rows: Sequence[SurvivalPoint]) -> tuple[str, ...]:
    """Models whose classes there are curves of."""
    return model_order(one.by for one in rows if one.by != TRUE_CLASS)


def curves(rows: Sequence[SurvivalPoint], *, by: str, classes: Sequence[str]) -> tuple[Survival, ...]:
    """One curve a class that has patients."""
    ticks = year_ticks(max((one.time for one in rows), default=0.0))
    groups = [(name, [one for one in rows if (one.by, one.group) == (by, name)]) for name in classes]
    return tuple(_curve(name, mine, ticks) for name, mine in groups if mine)


def _curve(name: str, rows: Sequence[SurvivalPoint], ticks: tuple[float, ...]) -> Survival:
    curve = SurvivalCurve(
        times=np.array([one.time for one in rows], np.float64),
        survival=np.array([one.survival for one in rows], np.float64),
        low=np.array([one.low for one in rows], np.float64),
        high=np.array([one.high for one in rows], np.float64),
        at_risk=np.array([one.at_risk for one in rows], np.int64),
    )
    return Survival(
        name=name,
        patients=int(curve.at_risk.max()),
        events=_events(curve),
        curve=curve,
        ticks=ticks,
        at_risk=tuple(int(curve.at_risk[curve.times >= tick].max(initial=0)) for tick in ticks),
    )


def _events(curve: SurvivalCurve) -> int:
    """Events that a Kaplan-Meier curve steps down by: each step is survival times 1 - events / at risk."""
    before = np.r_[1.0, curve.survival[:-1]]
    fallen = np.divide(before - curve.survival, before, out=np.zeros_like(before), where=before > 0)
    return int(np.rint(fallen * curve.at_risk).sum())


def log_rank(rows: Sequence[SurvivalFinding], *, by: str) -> str:
    """The log-rank test between the classes, in words."""
    found = next((one for one in rows if one.by == by and one.metric == "log-rank p"), None)
    if found is None:
        return "log-rank test not computed"
    if found.p is None:
        return f"log-rank test: {found.how}"
    sign = "" if found.p < 0.001 else "= "
    return f"log-rank p {sign}{p_value(found.p)} ({found.n:,} patients, {found.events:,} events)"


def hazard_lines(rows: Sequence[SurvivalFinding], *, by: str) -> tuple[Line, ...]:
    """Adjusted hazard ratios with their intervals."""
    return tuple(
        Line(
            label=one.metric.removeprefix(RATIO),
            value=one.value,
            low=one.low,
            high=one.high,
            words=one.how if one.value is None else f"{_ratio(one)}, p {p_value(one.p)}",
        )
        for one in rows
        if one.by == by and one.metric.startswith(RATIO)
    )


def _ratio(row: SurvivalFinding) -> str:
    if row.low is None or row.high is None:
        return f"{row.value:.2f}"
    return f"{row.value:.2f} [{row.low:.2f}, {row.high:.2f}]"


def cox_table(rows: Sequence[SurvivalFinding], *, by: str) -> pd.DataFrame:
    """One row a term of the Cox model: ratio, p, and whether the ratio holds over time."""
    mine = {one.metric: one for one in rows if one.by == by}
    terms = [name.removeprefix(RATIO) for name in mine if name.startswith(RATIO)]
    return pd.DataFrame([_term(term, mine[RATIO + term], mine.get(PROPORTIONAL + term)) for term in terms])


def _term(term: str, ratio: SurvivalFinding, holds: SurvivalFinding | None) -> dict[str, str]:
    return {
        "Term": term,
        "Hazard ratio": ratio.how if ratio.value is None else _ratio(ratio),
        "p": p_value(ratio.p),
        "Proportional hazards p": "–" if holds is None else p_value(holds.p),
        "Patients": f"{ratio.n:,}",
        "Events": f"{ratio.events:,}",
    }


def concordance_table(rows: Sequence[SurvivalFinding]) -> pd.DataFrame:
    """C-index without and with each model, and what it gains."""
    models = model_order(one.by for one in rows if one.metric.startswith(CONCORDANCE))
    found = {(one.by, one.metric): one for one in rows}
    names = dict.fromkeys(one.metric for one in rows if one.metric.startswith(CONCORDANCE))
    return pd.DataFrame(
        [
            {
                "Model": model,
                **{_heading(name): _cell(found.get((model, name)), signed="gained" in name) for name in names},
            }
            for model in models
        ]
    )


def _heading(metric: str) -> str:
    return f"C-index {metric.removeprefix(CONCORDANCE).strip()}".strip()


def _cell(row: SurvivalFinding | None, *, signed: bool) -> str:
    if row is None:
        return "–"
    return NOT_COMPUTED if row.value is None else cell(row, signed=signed)
