"""How patients of each class fared, by true class and by the models' class."""

from collections.abc import Sequence

from core.evaluation.rows import SurvivalFinding, SurvivalPoint
from core.report.content.assembling import absent, grouped, measured, some
from core.report.document import Cell, Column, Figure, Paragraph, Section, Table
from core.report.findings import Findings
from core.report.palette import class_style
from core.report.plots import Curves, Panel, Series
from core.report.wording import MODELS, model_name

TITLE = "Survival"
DRAWN = 4
"""Most ways to class the patients that have a panel: the true class, then models in the order of the run."""
TICKS = 5


def survival(findings: Findings) -> Section:
    """Kaplan-Meier curves, log-rank tests and Cox models."""
    points, rows = findings.of(SurvivalPoint), findings.of(SurvivalFinding)
    if not points and not rows:
        return absent(TITLE, "the cohort names no follow-up; give time and event under [covariates] of its cohort.toml")
    text = (
        "The models were trained to tell classes, not to foretell survival. Curves show whether the classes they give "
        "part the patients as the true classes do."
    )
    ways = dict(list(grouped(points, lambda one: one.by).items())[:DRAWN])
    return Section(
        title=TITLE, blocks=some(Paragraph(text=text), _figure(findings, ways), _at_risk(ways), _findings(rows))
    )


def _name(by: str) -> str:
    return f"by the class of {MODELS[by].lower()}" if by in MODELS else by


def _figure(findings: Findings, ways: dict[str, list[SurvivalPoint]]) -> Figure | None:
    if not ways:
        return None
    classes = findings.cohort.classes
    panels = tuple(_panel(by, points, classes) for by, points in ways.items())
    return Figure(
        name="survival",
        title="Kaplan-Meier curves with 95 % intervals, by true class and by the models' class.",
        alt="Share of patients without the event over months, one line for each class; patients at risk stand below.",
        plot=Curves(panels=panels),
    )


def _panel(by: str, points: Sequence[SurvivalPoint], classes: Sequence[str]) -> Panel:
    return Panel(
        title=_name(by),
        x_label="Months",
        y_label="Without the event",
        series=tuple(
            _line(group, own, classes.index(group) if group in classes else place)
            for place, (group, own) in enumerate(grouped(points, lambda one: one.group).items())
        ),
        y_range=(0.0, 1.02),
    )


def _line(group: str, own: Sequence[SurvivalPoint], place: int) -> Series:
    return Series(
        label=group,
        x=tuple(one.time for one in own),
        y=tuple(one.survival for one in own),
        low=tuple(one.low for one in own),
        high=tuple(one.high for one in own),
        style=class_style(place),
        step=True,
    )


def _at_risk(ways: dict[str, list[SurvivalPoint]]) -> Table | None:
    points = [one for own in ways.values() for one in own]
    if not points:
        return None
    last = max(one.time for one in points)
    step = max(12, round(last / TICKS / 12) * 12)
    times = [step * tick for tick in range(TICKS + 1) if step * tick <= last]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (_name(by), group, *(_left(own, float(time)) for time in times))
        for (by, group), own in grouped(points, lambda one: (one.by, one.group)).items()
    )
    heads = ("Classed", "Class", *(f"{time} months" for time in times))
    return Table(
        name="at_risk",
        title="Patients at risk.",
        columns=tuple(Column(head=head) for head in heads),
        rows=rows,
    )


def _left(own: Sequence[SurvivalPoint], time: float) -> int:
    """Still followed just before `time`: those at risk at the next step."""
    return next((one.at_risk for one in own if one.time >= time), 0)


def _findings(rows: Sequence[SurvivalFinding]) -> Table | None:
    if not rows:
        return None
    return measured(
        rows,
        name="survival",
        title="Log-rank tests, Cox models and concordance.",
        value="Value",
        before=(
            ("Classed by", lambda one: one.by if one.by not in MODELS else model_name(one.by)),
            ("Measure", lambda one: one.metric),
            ("Events", lambda one: one.events),
        ),
        after=((Column(head="p", form="p"), lambda one: "" if one.p is None else one.p),),
    )
