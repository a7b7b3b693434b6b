"""Curves over all thresholds: ROC, precision-recall, and what acting on a model would gain."""

from collections.abc import Sequence

from core.evaluation import is_main, pooled, pr_curve, roc_curve
from core.evaluation.rows import NetBenefit
from core.evaluation.values import Estimate, Scored
from core.report.content.assembling import absent, grouped, made_by
from core.report.document import Cell, Column, Figure, Paragraph, Section, Table
from core.report.findings import Findings
from core.report.palette import INK, Style, model_style
from core.report.plots import Curves, Panel, Series
from core.report.wording import model_name

UNIT = (-0.01, 1.01)
TOLD = (0.1, 0.2, 0.3, 0.5, 0.7)
"""Threshold probabilities whose net benefit stands in the table."""


def ranking_curves(findings: Findings) -> Section:
    """ROC and precision-recall of every model in its main mode, pooled out of fold."""
    title = "ROC and precision-recall curves"
    groups = grouped(findings.predictions, lambda one: (one.model, one.mode))
    scored = {
        model: pooled(rows, classes=len(findings.cohort.classes))
        for (model, mode), rows in groups.items()
        if is_main(model, mode)
    }
    if not scored:
        return absent(title, "the run has no finished fold")
    sides = (1,) if len(findings.cohort.classes) == 2 else tuple(range(len(findings.cohort.classes)))
    figures = tuple(_ranking(scored, side, findings.cohort.classes[side]) for side in sides)
    return Section(title=title, blocks=figures)


def _ranking(scored: dict[str, Scored], side: int, name: str) -> Figure:
    share = {float((one.labels == side).mean()) for one in scored.values()}
    roc = Panel(
        title=f"ROC, {name}",
        x_label="False positive rate",
        y_label="True positive rate",
        series=tuple(_roc(one, model, side) for model, one in scored.items()),
        x_range=UNIT,
        y_range=UNIT,
        diagonal=True,
    )
    precision = Panel(
        title=f"Precision-recall, {name}",
        x_label="Recall",
        y_label="Precision",
        series=tuple(_pr(one, model, side) for model, one in scored.items()),
        x_range=UNIT,
        y_range=UNIT,
        level=min(share),
    )
    return Figure(
        name=f"ranking_{side}",
        title=f"ROC (left) and precision-recall curve (right) of {name}, pooled out of fold. Dashed: guessing.",
        alt="Two panels with one line for each model; the areas under them stand in the tables of scores.",
        plot=Curves(panels=(roc, precision)),
    )


def _roc(scored: Scored, model: str, side: int) -> Series:
    curve = roc_curve(scored, positive=side)
    return _series(model, tuple(curve.x.tolist()), tuple(curve.y.tolist()), step=False)


def _pr(scored: Scored, model: str, side: int) -> Series:
    curve = pr_curve(scored, positive=side)
    return _series(model, tuple(curve.x.tolist()), tuple(curve.y.tolist()), step=True)


def _series(model: str, x: tuple[float, ...], y: tuple[float, ...], *, step: bool) -> Series:
    return Series(label=model_name(model), x=x, y=y, style=model_style(model), step=step)


def decision_curves(findings: Findings) -> Section:
    """Net benefit over threshold probabilities."""
    title = "Decision curves"
    rows = [one for one in findings.of(NetBenefit) if is_main(one.model, one.mode)]
    if not rows:
        return absent(title, "the run has no evaluation of net benefit")
    first = Paragraph(
        text="Net benefit is the share of patients rightly called positive, less the share wrongly called positive "
        "weighted by the odds of the threshold probability at which one would act (Vickers 2006). A model is of use "
        "where it lies above both acting on everyone and acting on nobody."
    )
    sides = grouped(rows, lambda one: one.positive)
    panels = tuple(_benefit(positive, own) for positive, own in sides.items())
    figure = Figure(
        name="decision",
        title="Decision curves. Black: act on everyone; dashed: act on nobody.",
        alt="Net benefit against threshold probability, one line for each model; some values stand in the table below.",
        plot=Curves(panels=panels),
    )
    return Section(title=title, blocks=(first, figure, _benefits(rows)))


def _benefit(positive: str, rows: Sequence[NetBenefit]) -> Panel:
    models = grouped(rows, lambda one: one.model)
    lines = [
        _series(model, tuple(one.threshold for one in own), tuple(one.value for one in own), step=False)
        for model, own in models.items()
    ]
    first = next(iter(models.values()))
    everyone = Series(
        label="Act on everyone",
        x=tuple(one.threshold for one in first),
        y=tuple(one.treat_all for one in first),
        style=Style(colour=INK),
    )
    top = max(max(one.value for one in rows), max(everyone.y))
    return Panel(
        title=positive,
        x_label="Threshold probability",
        y_label="Net benefit",
        series=(*lines, everyone),
        y_range=(-0.25 * top, 1.1 * top) if top > 0 else None,
        level=0.0,
    )


def _benefits(rows: Sequence[NetBenefit]) -> Table:
    """At some thresholds, with intervals."""
    thresholds = sorted({one.threshold for one in rows})
    near = {min(thresholds, key=lambda one: abs(one - told)) for told in TOLD}
    cells: tuple[tuple[Cell, ...], ...] = tuple(
        (model_name(one.model), one.positive, one.threshold, one.n, _estimate(one), one.treat_all)
        for one in rows
        if one.threshold in near
    )
    heads = ("Model", "Class", "Threshold", "Patients", "Net benefit", "Acting on everyone")
    return Table(
        name="net_benefit",
        title="Net benefit at some threshold probabilities.",
        columns=tuple(Column(head=head) for head in heads),
        rows=cells,
        notes=made_by(cells),
    )


def _estimate(one: NetBenefit) -> Estimate:
    return Estimate(value=one.value, low=one.low, high=one.high, n=one.n, how="percentile bootstrap over patients")
