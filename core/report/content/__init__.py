"""From a run's findings to the document, in the order a reviewer reads."""

from core.report.content.calibration import calibration
from core.report.content.card import card
from core.report.content.certificate import certificate
from core.report.content.comparisons import comparisons
from core.report.content.controls import confounders, ladder, left_out_sites
from core.report.content.curves import decision_curves, ranking_curves
from core.report.content.decisions import abstention, operating
from core.report.content.methods import methods
from core.report.content.modalities import modalities
from core.report.content.patients import characteristics, flow
from core.report.content.provenance import provenance
from core.report.content.scores import modes, scores
from core.report.content.subgroups import subgroups
from core.report.content.summary import facts, notices, summary
from core.report.content.survival import survival
from core.report.content.tripod import TITLE, checklist
from core.report.content.trust import optimism, trust
from core.report.document import Document, Section
from core.report.findings import Findings

RESULTS = (
    summary,
    flow,
    characteristics,
    certificate,
    scores,
    comparisons,
    ranking_curves,
    calibration,
    decision_curves,
    operating,
    abstention,
    modes,
    modalities,
    ladder,
    confounders,
    left_out_sites,
    subgroups,
    survival,
    trust,
    optimism,
    card,
)
"""What makes a section each, up to the checklist, which names the others by number."""


def document(findings: Findings) -> Document:
    """The whole report of a run."""
    made = [make(findings) for make in RESULTS]
    last = [provenance(findings), methods()]
    titles = [*(one.title for one in made), TITLE, *(one.title for one in last)]
    numbers = {title: number for number, title in enumerate(titles, start=1)}
    sections: tuple[Section, ...] = (*made, checklist(findings, numbers), *last)
    return Document(
        title=f"Evaluation report: {findings.cohort.name}, {findings.cohort.outcome}",
        run=findings.record.name,
        made=findings.record.started,
        facts=facts(findings),
        notices=notices(findings),
        sections=sections,
    )
