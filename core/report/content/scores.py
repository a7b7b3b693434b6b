"""How good the models are, pooled over all test folds and from fold to fold; and the fused model's three modes."""

from collections.abc import Sequence

from core.evaluation import METRICS, is_main
from core.evaluation.values import Estimate
from core.report.content.assembling import absent, grouped, pivoted, some, spread
from core.report.document import Bullets, Cell, Column, Figure, Section, Table
from core.report.findings import Findings
from core.report.palette import model_style
from core.report.plots import Forest, ForestPanel
from core.report.wording import MODES, estimate, metric_name, model_name
from core.types import Score

TITLE = "Scores of all models"
RANKING = ("auroc", "average_precision", "brier")
DECIDING = ("accuracy", "balanced_accuracy", "f1", "mcc")
DRAWN = ("auroc", "average_precision", "mcc")
WHY = "the run is not finished; continue it with --resume"


def scores(findings: Findings) -> Section:
    """Every model in its main mode."""
    rows = [one for one in findings.of(Score) if is_main(one.model, one.mode)]
    pooled = [one for one in rows if one.fold is None]
    if not pooled:
        return absent(TITLE, WHY)
    return Section(
        title=TITLE,
        blocks=some(
            _explained(findings),
            _figure(pooled),
            _table(pooled, name="scores_ranking", what="how well probabilities rank and fit", metrics=RANKING),
            _table(pooled, name="scores_deciding", what="how good the most probable class is", metrics=DECIDING),
            _folds([one for one in rows if one.fold is not None]),
        ),
    )


def _explained(findings: Findings) -> Bullets:
    """What each metric says."""
    told = [f"{METRICS[name].label}: {METRICS[name].sentence}" for name in (*RANKING, *DECIDING)]
    return Bullets(items=(f"The positive class is: {findings.positive}.", *told))


def _table(rows: Sequence[Score], *, name: str, what: str, metrics: tuple[str, ...]) -> Table:
    return pivoted(
        rows,
        name=name,
        title=f"Out-of-fold scores with 95 % intervals, pooled over all test folds: {what}.",
        heads=("Model",),
        key=lambda one: (model_name(one.model),),
        metrics=metrics,
    )


def _figure(rows: Sequence[Score]) -> Figure:
    own = grouped(rows, lambda one: one.model)
    panels = tuple(
        ForestPanel(
            title=metric_name(metric),
            estimates=tuple(_of(found, metric) for found in own.values()),
            reference={"auroc": 0.5, "mcc": 0.0}.get(metric),
        )
        for metric in DRAWN
        if any(one.metric == metric for one in rows)
    )
    return Figure(
        name="scores",
        title="Out-of-fold scores of all models with 95 % intervals. Dashed: guessing.",
        alt="Forest plot, one row for each model; the numbers stand in the tables below.",
        plot=Forest(labels=tuple(map(model_name, own)), styles=tuple(map(model_style, own)), panels=panels),
    )


def _of(rows: Sequence[Score], metric: str) -> Estimate:
    return next(
        (estimate(one) for one in rows if one.metric == metric),
        Estimate(value=None, low=None, high=None, n=0, how="not computed"),
    )


def _folds(rows: Sequence[Score]) -> Table | None:
    """How much a score varies from test fold to test fold."""
    made: list[tuple[Cell, ...]] = []
    for (model, metric), own in grouped(rows, lambda one: (one.model, one.metric)).items():
        values = [one.value for one in own if one.value is not None]
        if metric in RANKING[:2] and values:
            middle = spread(values, how="median of the test folds").value
            made.append((model_name(model), metric_name(metric), len(values), min(values), middle, max(values)))
    if not made:
        return None
    heads = ("Model", "Metric", "Folds", "Least", "Median", "Largest")
    return Table(
        name="scores_by_fold",
        title="Scores from test fold to test fold.",
        columns=tuple(Column(head=head) for head in heads),
        rows=tuple(made),
        notes=("A fold's score rests on few patients and is no estimate by itself; folds share training patients.",),
    )


def modes(findings: Findings) -> Section:
    """The fused model with both modalities, and with one of them missing."""
    title = "The fused model when a modality is missing"
    rows = [one for one in findings.of(Score) if one.model == "fused" and one.fold is None]
    if not rows:
        return absent(title, "the run has no finished fused model")
    told = Bullets(
        items=(
            "One set of weights answers in all three modes: in training, modalities were left out at random.",
            "The unimodal baselines above are separate networks, trained on one modality alone.",
        )
    )
    table = pivoted(
        rows,
        name="modes",
        title="Out-of-fold scores of the fused model in its three modes.",
        heads=("Answers from",),
        key=lambda one: (MODES[one.mode],),
        metrics=("auroc", "average_precision", "balanced_accuracy", "mcc"),
    )
    return Section(title=title, blocks=(told, table))
