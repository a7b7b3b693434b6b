"""The fused model against every baseline, on the same patients."""

from collections.abc import Sequence

from core.report.content.assembling import absent, measured, pivoted
from core.report.content.summary import HEADLINE, difference_sentence
from core.report.document import Bullets, Column, Figure, Section, Table
from core.report.findings import Findings
from core.report.palette import model_style
from core.report.plots import Forest, ForestPanel
from core.report.wording import estimate, metric_name, model_name
from core.types import Difference

TITLE = "Comparison with the baselines"
OTHERS = ("average_precision", "balanced_accuracy", "mcc", "brier")


def comparisons(findings: Findings) -> Section:
    """Differences with intervals, tests and what could have been shown."""
    rows = findings.of(Difference)
    own = [one for one in rows if one.metric == HEADLINE]
    if not own:
        return absent(TITLE, "the run has no finished fused model with a baseline beside it")
    return Section(
        title=TITLE,
        blocks=(
            Bullets(items=tuple(map(difference_sentence, own))),
            _figure(own),
            _tests(own),
            pivoted(
                rows,
                name="differences",
                title="Differences by other metrics. The Brier score is better when it is lower.",
                heads=("Baseline",),
                key=lambda one: (model_name(one.baseline),),
                metrics=OTHERS,
            ),
        ),
    )


def _figure(rows: Sequence[Difference]) -> Figure:
    first = model_name(rows[0].model)
    return Figure(
        name="differences",
        title=f"AUROC of {first.lower()} minus that of each baseline, with paired 95 % intervals.",
        alt="Forest plot, one row for each baseline, with a line at no difference; the numbers stand below.",
        plot=Forest(
            labels=tuple(model_name(one.baseline) for one in rows),
            styles=tuple(model_style(one.baseline) for one in rows),
            panels=(
                ForestPanel(
                    title="Difference in AUROC (right of the line: the fused model is better)",
                    estimates=tuple(map(estimate, rows)),
                    reference=0.0,
                ),
            ),
        ),
    )


def _tests(rows: Sequence[Difference]) -> Table:
    return measured(
        rows,
        name="differences_auroc",
        title=f"Differences in {metric_name(HEADLINE)}, with tests.",
        value="Difference",
        before=(("Baseline", lambda one: model_name(one.baseline)),),
        after=(
            (Column(head="p, permutation", form="p"), lambda one: one.permutation_p),
            (Column(head="p, Holm", form="p"), lambda one: one.holm_p),
            (Column(head="p, DeLong", form="p"), lambda one: one.delong_p),
            (Column(head="p, folds", form="p"), lambda one: one.folds_p),
            (Column(head="Detectable"), lambda one: one.detectable),
        ),
        notes=(
            "Permutation: paired, the two models' answers swapped at random within patients; Holm: that p, corrected "
            "for all baselines. DeLong: two classes only. Folds: Nadeau and Bengio's t-test over test folds, which "
            "allows for shared training patients. Detectable: least difference that these patients would have shown "
            "in 80 of 100 studies.",
        ),
    )
