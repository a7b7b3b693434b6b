"""How far probabilities can be believed."""

from collections.abc import Sequence

from core.evaluation import is_main
from core.evaluation.rows import CalibrationScore, ReliabilityBin
from core.report.content.assembling import absent, grouped, pivoted, some
from core.report.document import Figure, Paragraph, Section, Table
from core.report.findings import Findings
from core.report.palette import model_style
from core.report.plots import Curves, Panel, Series
from core.report.wording import model_name

TITLE = "Calibration"
CALIBRATIONS = {
    "stored": "as the run answers",
    "none": "networks' own",
    "temperature": "temperature",
    "isotonic": "isotonic",
}
SHOWN = ("ece", "brier", "slope", "intercept")
UNIT = (-0.02, 1.02)
FIGURE = "Reliability: observed share against predicted probability, with 95 % intervals. Dashed: perfect."
ACROSS = 4
"""Most models with a panel of their own; the others stand in the table."""


def calibration(findings: Findings) -> Section:
    """Reliability diagrams and measures, as the run answers and under other calibrations."""
    rows = [one for one in findings.of(CalibrationScore) if is_main(one.model, one.mode)]
    bins = [one for one in findings.of(ReliabilityBin) if is_main(one.model, one.mode) and one.calibration == "stored"]
    if not rows:
        return absent(TITLE, "the run has no evaluation of calibration")
    text = (
        "A probability can be believed when, of patients given it, that share truly are positive. Whatever calibrates "
        "was fitted on inner parts of each fold's training patients, never on those it is judged on. Slope 1 and "
        "intercept 0 are perfect; a slope under 1 means that probabilities are too extreme."
    )
    return Section(
        title=TITLE,
        blocks=some(Paragraph(text=text), reliability_figure(bins, title=FIGURE), _stored(rows), _others(rows)),
    )


def reliability_figure(bins: Sequence[ReliabilityBin], *, title: str) -> Figure | None:
    """Reliability diagrams of the first models; None where nothing was binned."""
    groups = grouped(bins, lambda one: (one.model, one.positive))
    panels = [_panel(model, positive, own) for (model, positive), own in list(groups.items())[:ACROSS]]
    if not panels:
        return None
    return Figure(
        name="reliability",
        title=title,
        alt="One panel for each model, with a point for each group of patients of similar predicted probability.",
        plot=Curves(panels=tuple(panels)),
    )


def _panel(model: str, positive: str, own: Sequence[ReliabilityBin]) -> Panel:
    series = Series(
        label=model_name(model),
        x=tuple(one.predicted for one in own),
        y=tuple(one.observed for one in own),
        low=tuple(one.low for one in own),
        high=tuple(one.high for one in own),
        style=model_style(model),
        marked=True,
    )
    return Panel(
        title=f"{model_name(model)}: {positive}",
        x_label="Predicted probability",
        y_label="Observed share",
        series=(series,),
        x_range=UNIT,
        y_range=UNIT,
        diagonal=True,
    )


def _stored(rows: Sequence[CalibrationScore]) -> Table | None:
    own = [one for one in rows if one.calibration == "stored" and one.metric in SHOWN]
    if not own:
        return None
    return pivoted(
        own,
        name="calibration",
        title="Calibration out of fold, of the probabilities that the run answers with.",
        heads=("Model", "Class"),
        key=lambda one: (model_name(one.model), one.positive),
        metrics=SHOWN,
    )


def _others(rows: Sequence[CalibrationScore]) -> Table | None:
    own = [one for one in rows if one.metric in SHOWN[:2]]
    if len({one.calibration for one in own}) < 2:
        return None
    return pivoted(
        own,
        name="calibration_compared",
        title="The same under other calibrations.",
        heads=("Model", "Class", "Calibration"),
        key=lambda one: (model_name(one.model), one.positive, CALIBRATIONS[one.calibration]),
        metrics=SHOWN[:2],
    )
