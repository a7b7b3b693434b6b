"""What validating a run on another cohort found, as one page: scores beside the run's own, calibration, shift."""

from core.evaluation import is_main
from core.evaluation.elsewhere import External, Prevalence, Recalibration
from core.evaluation.values import Estimate
from core.report.content.assembling import absent, measured, some
from core.report.content.calibration import reliability_figure
from core.report.content.suppression import SMALL
from core.report.document import Bullets, Cell, Column, Document, Figure, Notice, Paragraph, Section, Table
from core.report.html import to_html
from core.report.palette import NEUTRAL, Style, model_style
from core.report.plots import Forest, ForestPanel
from core.report.wording import answer_name, counted, estimate, hows, metric_name, model_name, said
from core.types import Score

HEADLINE = "auroc"
SCORES = ("auroc", "average_precision", "balanced_accuracy", "brier")
CALIBRATION = ("intercept", "slope", "ece")
DRAWN = ("fused", "image")
FEW = 100
OTHERS = (
    "The two columns are of different patients, so their difference has no paired test: where intervals overlap, no "
    "drop was shown; where they do not, the cohorts or the model differ."
)


def external_html(found: External) -> str:
    """One HTML page that asks nothing of the network."""
    return to_html(document(found))


def document(found: External) -> Document:
    """The page in reading order."""
    subject = found.subject
    record, cohort = subject.record, subject.cohort
    return Document(
        title=f"Validation of {record.name} on {cohort.name}",
        run=record.name,
        made=record.started,
        facts=(
            ("Run", f"{record.name}, started {record.started}"),
            *((("Bundle", subject.bundle),) if subject.bundle else ()),
            ("Trained on", record.cohort_name),
            ("Validated on", f"{cohort.name}: {counted(len(cohort.patients), 'patient')} it never saw"),
            ("Outcome", f"{cohort.outcome}: {' against '.join(cohort.classes)}"),
            ("Image features", record.encoder_note),
        ),
        notices=_notices(found),
        sections=(
            _summary(found),
            _patients(found),
            _scores(found),
            _calibration(found),
            _recalibration(found),
            _subgroups(found),
            _shift(found),
            _limits(),
        ),
    )


def _notices(found: External) -> tuple[Notice, ...]:
    plain = Notice(
        tone="plain",
        text="Research use only. Nothing on this page is a diagnosis, and no model of this run may guide the treatment "
        "of a patient.",
    )
    rarest = min(one.here for one in found.prevalences)
    few = f"Only {_hidden(rarest)} patients of the rarest class: intervals are wide, and small drops cannot be shown."
    synthetic = "The run was trained on synthetic patients: its numbers say nothing about people."
    return (
        plain,
        *((Notice(tone="red", text=synthetic),) if found.subject.record.synthetic else ()),
        *((Notice(tone="amber", text=few),) if rarest < FEW else ()),
        *(Notice(tone="amber", text=one.sentence) for one in found.shifts if one.shifted),
    )


def _summary(found: External) -> Section:
    told = [_beside(found, score) for score in found.scores if score.metric == HEADLINE and _main(score)]
    return Section(title="Summary", blocks=some(Bullets(items=tuple(told)) if told else None, Paragraph(text=OTHERS)))


def _beside(found: External, here: Score) -> str:
    own = _own(found, here)
    at_home = f"; {said(estimate(own))} in its own cohort, out of fold" if own is not None else ""
    return f"{model_name(here.model)}: AUROC {said(estimate(here))} on {counted(here.n, 'patient')} here{at_home}."


def _patients(found: External) -> Section:
    cohort, subject = found.subject.cohort, found.subject
    sites = len({patient.site for patient in cohort.patients})
    table = Table(
        name="prevalence",
        title="How common each class is.",
        columns=(Column(head="Class"), Column(head="Here"), Column(head="In the run's cohort")),
        rows=tuple((one.name, _share(one.here, one.of_here), _there(one)) for one in found.prevalences),
    )
    told = [
        f"{counted(len(cohort.patients), 'patient')} from {counted(sites, 'site')}; "
        f"{counted(len(cohort.exclusions), 'patient')} left out when the cohort was read.",
        *subject.notes,
    ]
    return Section(title="Who they are", blocks=(table, Bullets(items=tuple(told))))


def _there(one: Prevalence) -> str:
    return "not told" if one.there is None or one.of_there is None else _share(one.there, one.of_there)


def _share(count: int, total: int) -> str:
    return f"{_hidden(count)} ({100 * count / total:.0f} %)" if count >= SMALL or not count else _hidden(count)


def _hidden(count: int) -> str:
    """Counts of few patients are not told."""
    return f"<{SMALL}" if 0 < count < SMALL else str(count)


def _scores(found: External) -> Section:
    rows = [one for one in found.scores if one.metric in SCORES]
    table = Table(
        name="scores",
        title="Scores here, and out of fold in the run's own cohort, with 95 % intervals.",
        columns=tuple(Column(head=head) for head in ("Model", "Metric", "Patients", "Here", "Own cohort")),
        rows=tuple(_row(one, _own(found, one)) for one in rows),
        notes=hows([estimate(one) for one in rows]),
    )
    return Section(title="Discrimination", blocks=some(_forest(found), table, Paragraph(text=OTHERS)))


def _row(here: Score, own: Score | None) -> tuple[Cell, ...]:
    name = answer_name(here.model, here.mode, main=_main(here))
    told = "not told" if own is None else estimate(own)
    return (name, metric_name(here.metric), here.n, estimate(here), told)


def _forest(found: External) -> Figure:
    here = [one for one in found.scores if one.metric == HEADLINE and _main(one)]
    pairs = [(one, _own(found, one)) for one in here]
    rows: list[tuple[str, Style, Estimate]] = []
    for one, own in pairs:
        rows.append((f"{model_name(one.model)}, here", model_style(one.model), estimate(one)))
        if own is not None:
            rows.append((f"{model_name(one.model)}, own cohort", Style(colour=NEUTRAL), estimate(own)))
    return Figure(
        name="scores",
        title=f"{metric_name(HEADLINE)} here and in the run's own cohort, with 95 % intervals. Dashed: guessing.",
        alt="Forest plot, two rows for each model; the numbers stand in the table below.",
        plot=Forest(
            labels=tuple(label for label, _, _ in rows),
            styles=tuple(style for _, style, _ in rows),
            panels=(
                ForestPanel(title=metric_name(HEADLINE), estimates=tuple(one for _, _, one in rows), reference=0.5),
            ),
        ),
    )


def _calibration(found: External) -> Section:
    title = "Calibration"
    rows = [one for one in found.calibration if one.metric in CALIBRATION and is_main(one.model, one.mode)]
    if not rows:
        return absent(title, "no model answers in its main mode here")
    at_home = {(one.model, one.positive, one.metric): one for one in found.own.calibration}
    made: list[tuple[Cell, ...]] = []
    for one in rows:
        own = at_home.get((one.model, one.positive, one.metric))
        told: Cell = "not told" if own is None else estimate(own)
        made.append((model_name(one.model), one.positive, metric_name(one.metric), one.n, estimate(one), told))
    heads = ("Model", "Class", "Measure", "Patients", "Here", "Own cohort")
    table = Table(
        name="calibration",
        title="Calibration here and out of fold in the run's own cohort.",
        columns=tuple(Column(head=head) for head in heads),
        rows=tuple(made),
        notes=hows([estimate(one) for one in rows]),
    )
    text = (
        "A probability can be believed when, of patients given it, that share truly are of the class. Intercept 0 and "
        "slope 1 are perfect; a slope under 1 means that probabilities are too extreme for these patients."
    )
    bins = [one for one in found.reliability if is_main(one.model, one.mode)]
    figure = reliability_figure(bins, title="Reliability on the patients of this cohort, with 95 % intervals.")
    return Section(title=title, blocks=some(Paragraph(text=text), figure, table))


def _recalibration(found: External) -> Section:
    rows = [one for one in found.recalibration if is_main(one.model, one.mode)]
    if not rows:
        return absent("Recalibration", "no model answers in its main mode here")
    table = Table(
        name="recalibration",
        title="What log-odds would become, and the Brier score before and after, by cross-validation.",
        columns=(
            *(Column(head=head) for head in ("Model", "Class", "Rarer side", "Intercept at slope 1", "Slope")),
            *(Column(head=head) for head in ("Before", "After", "Gain")),
            Column(head="Fitted intercept"),
            Column(head="Fitted slope"),
        ),
        rows=tuple(_mend(one) for one in rows),
        notes=hows([one.gain for one in rows]),
    )
    text = (
        "Intercept and slope were fitted on these same patients. What they give was therefore scored by ten-fold "
        "cross-validation inside this cohort, and has to be confirmed on patients that come later. Nothing was applied."
    )
    told = tuple(f"{model_name(one.model)}, {one.positive}: {one.sentence}" for one in rows)
    return Section(title="Recalibration", blocks=(Paragraph(text=text), Bullets(items=told), table))


def _mend(one: Recalibration) -> tuple[Cell, ...]:
    return (
        model_name(one.model), one.positive, _hidden(one.rarer), one.intercept, one.slope, one.before, one.after,
        one.gain, one.shift, one.steepness,
    )  # fmt: skip


def _subgroups(found: External) -> Section:
    rows = [
        one for one in found.subgroups if one.metric == HEADLINE and is_main(one.model, one.mode) and one.model in DRAWN
    ] or [one for one in found.subgroups if one.metric == HEADLINE and is_main(one.model, one.mode)]
    if not rows:
        return absent("Subgroups", "no model answers in its main mode here")
    table = measured(
        rows,
        name="subgroups",
        title=f"{metric_name(HEADLINE)} by group.",
        value=metric_name(HEADLINE),
        before=(
            ("Model", lambda one: model_name(one.model)),
            ("By", lambda one: one.by),
            ("Group", lambda one: one.group),
        ),
    )
    text = (
        "Intervals are not corrected for the number of groups: some will stand apart by chance. Groups too small for a "
        "score show none."
    )
    return Section(title="Subgroups", blocks=(Paragraph(text=text), table))


def _shift(found: External) -> Section:
    missing = found.subject.missing_genes
    panel = len(found.subject.record.genes)
    genes = f"{len(missing)} of the panel's {panel} genes are missing here and stand at the middle of the training."
    told = [one.sentence for one in found.shifts]
    told += [genes] if panel and found.subject.record.genes else []
    if not found.shifts:
        told.append("Distances are not told: what answers keeps no reference of its training patients.")
    rows = tuple((one.of, one.n, one.own, 100 * one.beyond, one.ks, one.p) for one in found.shifts)
    heads = ("Modality", "New patients", "Run's patients", "Beyond, %", "KS statistic")
    table = (
        Table(
            name="shift",
            title="Distances to the training patients: new patients against the run's own.",
            columns=(*(Column(head=head) for head in heads), Column(head="p", form="p")),
            rows=rows,
            notes=("KS: two-sample Kolmogorov-Smirnov; with many patients a small difference has a small p.",),
        )
        if rows
        else None
    )
    return Section(title="Covariate shift", blocks=some(Bullets(items=tuple(told)), table))


def _limits() -> Section:
    return Section(
        title="What this page does not show",
        blocks=(
            Bullets(
                items=(
                    "Whether the reference labels of the two cohorts mean the same: another assay or cut-off moves "
                    "every number here.",
                    "The scatter of refitting the model, and clustering of patients by site: intervals are over "
                    "patients.",
                    "How the model will do after recalibration or on patients of later years: that wants a cohort of "
                    "its own.",
                )
            ),
        ),
    )


def _main(one: Score) -> bool:
    return is_main(one.model, one.mode)


def _own(found: External, here: Score) -> Score | None:
    wanted = (here.model, here.mode, here.metric)
    return next((one for one in found.own.scores if (one.model, one.mode, one.metric) == wanted), None)
