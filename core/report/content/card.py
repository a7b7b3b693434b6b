"""The model card: what the models are for and not for, how they were fitted, and limits that the run's facts tell."""

from collections.abc import Iterator, Mapping
from typing import cast

from core.evaluation.rows import Finding, ModalityCheck
from core.report.content.summary import classes
from core.report.document import Bullets, Column, Paragraph, Section, Table
from core.report.findings import Findings
from core.report.wording import counted, listed, model_name

WHAT = {
    "fused": "cross-attention between gene sets and tiles, with residuals; answers with both modalities or either one",
    "image": "gated-attention multiple-instance learning over tiles",
    "genes": "a small network for each gene set, pooled by attention",
    "concat": "the two embeddings side by side",
    "late": "mean of the two unimodal probabilities",
    "logistic": "L2 logistic regression on genes and mean tile",
    "paper": "the published single-key cross-attention, kept as a warning: its output cannot depend on the image",
}
FEW = 100
"""Patients of the rarest class below which differences of a few points cannot be resolved."""
FEW_SITES = 5


def card(findings: Findings) -> Section:
    """After Mitchell 2019, filled from the record."""
    record = findings.record
    between = " against ".join(record.classes)
    rows = (
        ("Intended use", f"Research on telling {between} in cohorts like this one; comparison of methods."),
        ("Not for", "Diagnosis, prognosis or choice of treatment of any patient; cohorts unlike this one."),
        ("Training data", f"{findings.cohort.name}: {classes(findings)}, {counted(findings.sites, 'site')}."),
        ("Outcome", f"Column “{record.outcome}” of the clinical table."),
        ("Image input", f"{record.encoder_note} (key: {record.encoder})."),
        ("Gene input", _genes(findings)),
        *((model_name(model), WHAT.get(model, "not described")) for model in record.models),
        ("Fitting", _fitting(findings)),
        (
            "Not known to Acinus",
            "Consent, ethics, funding, licence of the data, who may use the weights: authors to fill in.",
        ),
    )
    table = Table(
        name="model_card",
        title="Model card.",
        columns=(Column(head="Topic"), Column(head="What the run records")),
        rows=rows,
    )
    limits = Bullets(items=tuple(_limits(findings)))
    return Section(
        title="Model card", blocks=(table, Paragraph(text="Limitations, as the facts of this run tell:"), limits)
    )


def _genes(findings: Findings) -> str:
    record = findings.record
    if not record.genes:
        return "none"
    clip = f", clipped at {record.clip:g}" if record.clip is not None else ""
    sets = f"{counted(len(record.gene_sets), 'gene set')} from {record.gene_sets_source}"
    return f"{len(record.genes)} genes ({record.unit}{clip}); {sets}."


def _fitting(findings: Findings) -> str:
    config = findings.record.config
    fit = cast(Mapping[str, object], config.get("fit") or {})
    inner = {len(fold.inner) for fold in findings.folds}
    settings = "; ".join(f"{name} {value}" for name, value in fit.items())
    return (
        f"Nested cross-validation: {config.get('folds', '?')} folds, repeats: {config.get('repeats', '?')}, split by "
        f"{config.get('split', '?')}; {listed(sorted(map(str, inner)))} networks a fold, each stopped on an inner part "
        f"of the training patients; scalers and calibration fitted on training patients. {settings}"
    ).strip()


def _limits(findings: Findings) -> Iterator[str]:
    yield from _limits_of_patients(findings)
    yield from _limits_of_inputs(findings)
    red = sum(one.severity == "red" for one in findings.of(Finding))
    if red:
        yield f"The split certificate has {counted(red, 'red finding')}."
    yield from (f"{model_name(one.model)}: {one.sentence}" for one in findings.of(ModalityCheck) if not one.passed)
    yield "All scores come from cross-validation within one cohort; no outside cohort is part of this report."


def _limits_of_patients(findings: Findings) -> Iterator[str]:
    cohort = findings.cohort
    sizes = [sum(patient.label == label for patient in cohort.patients) for label in range(len(cohort.classes))]
    rarest = min(range(len(sizes)), key=sizes.__getitem__)
    if findings.record.synthetic:
        yield "The patients are synthetic: nothing here holds for people."
    if sizes[rarest] < FEW:
        yield f"{sizes[rarest]} patients of {cohort.classes[rarest]}: differences of a few points cannot be resolved."
    if findings.sites < FEW_SITES:
        yield f"{counted(findings.sites, 'site')}: nothing can be said of other hospitals."
    if findings.shares_sites:
        yield "Folds do not keep sites apart: scores may rest on recognising a hospital's stain."


def _limits_of_inputs(findings: Findings) -> Iterator[str]:
    record = findings.record
    if "random" in record.encoder:
        yield "The image encoder has random weights: image results are for demonstration only."
    if "pam50" in record.outcome.lower() and record.genes:
        yield "PAM50 classes are computed from expression, so what genes reach is nearly circular."
