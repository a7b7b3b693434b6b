"""How far maps and attributions can be believed; and how much better a random split would have looked."""

from core.evaluation import is_main
from core.evaluation.rows import Optimism, TrustScore
from core.report.content.assembling import absent, measured
from core.report.document import Column, Paragraph, Section
from core.report.findings import Findings
from core.report.wording import answer_name, metric_name, model_name


def trust(findings: Findings) -> Section:
    """Agreement, deletion, insertion and completeness."""
    title = "Trust in attention and attributions"
    rows = findings.of(TrustScore)
    if not rows:
        return absent(title, "the run kept no look inside its models, or its features allow none")
    text = (
        "Attention shows where a model looked, not why. Agreement: do networks of one fold look at the same tiles? "
        "Deletion and insertion: does the answer change when what was looked at is taken away or put in, more than by "
        "chance? Completeness: do the genes' attributions add up to the answer?"
    )
    table = measured(
        rows,
        name="trust",
        title="Trust in attention and attributions.",
        value="Value",
        before=(("Model", lambda one: model_name(one.model)), ("Measure", lambda one: metric_name(one.metric))),
        after=(
            (Column(head="Trusted"), lambda one: "yes" if one.trusted else "no"),
            (Column(head="In words"), lambda one: one.sentence),
        ),
    )
    return Section(title=title, blocks=(Paragraph(text=text), table))


def optimism(findings: Findings) -> Section:
    """Random folds against folds that keep sites apart, on the same patients."""
    title = "Optimism of a random split"
    rows = findings.of(Optimism)
    if not rows:
        return absent(title, "the run was not compared with random folds; train with --compare-splits")
    text = (
        "The same patients, once in folds that keep each site together and once dealt one by one. The gap is what a "
        "study with random folds would have reported too much (Howard 2021)."
    )
    table = measured(
        rows,
        name="optimism",
        title="Random folds minus site-preserved folds.",
        value="Gap",
        before=(
            ("Model", lambda one: answer_name(one.model, one.mode, main=is_main(one.model, one.mode))),
            ("Metric", lambda one: metric_name(one.metric)),
            ("Random", lambda one: one.random),
            ("Site-preserved", lambda one: one.preserved),
        ),
    )
    return Section(title=title, blocks=(Paragraph(text=text), table))
