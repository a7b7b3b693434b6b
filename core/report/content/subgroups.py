"""Whether a score holds in every group of patients."""

from collections.abc import Sequence

from core.evaluation import is_main
from core.evaluation.rows import SubgroupScore
from core.report.content.assembling import absent, measured, some
from core.report.content.summary import HEADLINE
from core.report.document import Column, Figure, Paragraph, Section, Table
from core.report.findings import Findings
from core.report.palette import model_style
from core.report.plots import Forest, ForestPanel
from core.report.wording import estimate, metric_name, model_name

TITLE = "Subgroups"
DRAWN = ("fused", "image")
MOST = 36
"""Most groups in the figure."""


def subgroups(findings: Findings) -> Section:
    """The fused and the image model, group by group."""
    rows = [one for one in findings.of(SubgroupScore) if is_main(one.model, one.mode) and one.metric == HEADLINE]
    if not rows:
        return absent(TITLE, "the run has no evaluation of subgroups")
    text = (
        "Patients of one group at a time, out of fold. Intervals are not corrected for the number of groups: some will "
        "stand apart by chance. Groups too small for a score show none."
    )
    figures = [_figure(rows, model) for model in DRAWN]
    return Section(title=TITLE, blocks=some(Paragraph(text=text), *figures, _table(rows)))


def _figure(rows: Sequence[SubgroupScore], model: str) -> Figure | None:
    own = [one for one in rows if one.model == model and one.value is not None][:MOST]
    if not own:
        return None
    return Figure(
        name=f"subgroups_{model}",
        title=f"{metric_name(HEADLINE)} of {model_name(model).lower()} by group. Dashed: guessing.",
        alt="Forest plot, one row for each group; the numbers stand in the table below.",
        plot=Forest(
            labels=tuple(f"{one.by}: {one.group} (n = {one.n})" for one in own),
            styles=tuple(model_style(model) for _ in own),
            panels=(ForestPanel(title=metric_name(HEADLINE), estimates=tuple(map(estimate, own)), reference=0.5),),
        ),
    )


def _table(rows: Sequence[SubgroupScore]) -> Table:
    own = [one for one in rows if one.model in DRAWN] or rows
    return measured(
        own,
        name="subgroups",
        title=f"{metric_name(HEADLINE)} by group.",
        value=metric_name(HEADLINE),
        before=(
            ("Model", lambda one: model_name(one.model)),
            ("By", lambda one: one.by),
            ("Group", lambda one: one.group),
        ),
        after=((Column(head="Of the rarest class"), lambda one: one.smallest),),
    )
