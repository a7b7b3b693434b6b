"""What a few inputs alone tell of the label: genes few by few, confounders, and sites that were left out whole."""

from collections.abc import Sequence

from core.evaluation.rows import ControlScore
from core.report.content.assembling import absent, grouped, measured, some
from core.report.content.summary import HEADLINE
from core.report.document import Figure, Paragraph, Section, Table
from core.report.findings import Findings
from core.report.palette import NEUTRAL, Style, class_style, model_style
from core.report.plots import Curves, Forest, ForestPanel, Panel, Series
from core.report.wording import estimate, metric_name, model_name

MOST = 40
"""Most rows of a forest; what is more stands in the table."""


def ladder(findings: Findings) -> Section:
    """How few genes give the label away: a label computed from expression is predicted from expression by a circle."""
    title = "Circularity ladder"
    rows = _family(findings, "ladder")
    if not rows:
        return absent(title, "no ladder of gene sets was run, or the cohort has no expression")
    text = (
        "Logistic regression on more and more inputs, out of fold. Where a handful of genes, or random sets of genes, "
        "reach what the networks reach, a high score of a model that sees genes says little: the label may itself be "
        "computed from expression, as PAM50 calls are. What the image tells on its own is not circular."
    )
    table = _table(rows, name="ladder", title="The ladder, step by step.")
    return Section(title=title, blocks=some(Paragraph(text=text), _ladder(findings, rows), table))


def _family(findings: Findings, family: str) -> list[ControlScore]:
    return [one for one in findings.of(ControlScore) if one.family == family]


def _ladder(findings: Findings, rows: Sequence[ControlScore]) -> Figure | None:
    own = [one for one in rows if one.metric == HEADLINE and one.value is not None]
    if not own:
        return None
    kinds = grouped(own, lambda one: (one.target, "random genes" if one.draws > 1 else "chosen inputs"))
    series = tuple(
        _steps(f"{target}: {kind}", some, place) for place, ((target, kind), some) in enumerate(kinds.items())
    )
    return Figure(
        name="ladder",
        title="AUROC of logistic regression against the number of inputs. Dashed: guessing.",
        alt="AUROC against the number of inputs on a logarithmic axis; the numbers stand in the table below.",
        plot=Curves(
            panels=(Panel(title="", x_label="Inputs", y_label="AUROC", series=series, level=0.5, log_x=_positive(own)),)
        ),
        notes=(f"Patients: {len(findings.cohort.patients)}.",),
    )


def _positive(rows: Sequence[ControlScore]) -> bool:
    return all(one.inputs > 0 for one in rows)


def _steps(label: str, rows: Sequence[ControlScore], place: int) -> Series:
    own = sorted(rows, key=lambda one: one.inputs)
    values = [0.0 if one.value is None else one.value for one in own]
    bounds = [(one.low, one.high) for one in own]
    lows = [value if low is None else low for value, (low, _) in zip(values, bounds, strict=True)]
    highs = [value if high is None else high for value, (_, high) in zip(values, bounds, strict=True)]
    return Series(
        label=label,
        x=tuple(float(one.inputs) for one in own),
        y=tuple(values),
        low=tuple(lows),
        high=tuple(highs),
        style=class_style(place),
        marked=True,
    )


def confounders(findings: Findings) -> Section:
    """What site and other covariates tell of the label, beside the image."""
    title = "Confounders"
    rows = _family(findings, "confounder")
    if not rows:
        return absent(title, "no confounder was tried, or the cohort states no covariate")
    text = (
        "Models that see covariates alone, and what of them can be read from the image. Where a covariate predicts the "
        "label nearly as well as the image does, the image model may be recognising it instead of the disease."
    )
    figure = _forest(findings, rows, name="confounders", title="AUROC of confounders, beside the image model.")
    table = _table(rows, name="confounders", title="What confounders tell.")
    return Section(title=title, blocks=some(Paragraph(text=text), figure, table))


def left_out_sites(findings: Findings) -> Section:
    """Each large site tested by models that saw none of it."""
    title = "Sites left out"
    rows = _family(findings, "left-out site")
    if not rows:
        return absent(title, "no site was left out whole, or none is large enough to be scored")
    text = (
        "Each site is tested by a control that learned from all other sites: how far a score carries to a new hospital."
    )
    figure = _forest(findings, rows, name="left_out_sites", title="AUROC at sites that were left out.")
    table = _table(rows, name="left_out_sites", title="Scores at sites that were left out.")
    return Section(title=title, blocks=some(Paragraph(text=text), figure, table))


def _forest(findings: Findings, rows: Sequence[ControlScore], *, name: str, title: str) -> Figure | None:
    own = [one for one in rows if one.metric == HEADLINE and one.value is not None][:MOST]
    if not own:
        return None
    labels = [f"{one.target}: {one.name}" for one in own]
    styles = [Style(colour=NEUTRAL) for _ in own]
    estimates = [estimate(one) for one in own]
    image = findings.pooled(HEADLINE, model="image")
    if image is not None:
        labels.append(f"{findings.cohort.outcome}: {model_name('image').lower()} (model of the run)")
        styles.append(model_style("image"))
        estimates.append(estimate(image))
    panel = ForestPanel(title=metric_name(HEADLINE), estimates=tuple(estimates), reference=0.5)
    return Figure(
        name=name,
        title=f"{title} Dashed: guessing.",
        alt="Forest plot; the numbers stand in the table below.",
        plot=Forest(labels=tuple(labels), styles=tuple(styles), panels=(panel,)),
    )


def _table(rows: Sequence[ControlScore], *, name: str, title: str) -> Table:
    return measured(
        rows,
        name=name,
        title=title,
        value="Value",
        before=(
            ("Predicted", lambda one: one.target),
            ("From, or at", lambda one: one.name),
            ("Inputs", lambda one: one.inputs),
            ("Draws", lambda one: one.draws),
            ("Metric", lambda one: metric_name(one.metric)),
        ),
    )
