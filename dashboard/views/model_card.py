"""A run's model card as Markdown, every number of it from what the run states."""

import re
from collections import Counter
from collections.abc import Iterable

from core.evaluation.rows import Finding, ModalityCheck, ModalityEffect
from core.report.content.card import card
from core.report.content.scores import scores
from core.report.content.summary import facts
from core.report.document import Block, Bullets, Cell, Column, Notice, Paragraph, Section, Table
from core.report.findings import Findings
from core.report.wording import shown
from dashboard.words.wording import RESEARCH_USE_ONLY

SEVERITIES = {"red": "Failed", "amber": "Caution"}
SPECIAL = re.compile(r"([\\`*_\[\]<>|#$~])")


def model_card(findings: Findings) -> str:
    """Intended use, patients, inputs, scores, what the audits say, and known limits."""
    run = findings.record
    told = [Paragraph(text=RESEARCH_USE_ONLY), _table("run", ("What", "Recorded"), facts(findings))]
    sections = (
        Section(title=f"Model card of run {run.name}", blocks=tuple(told)),
        card(findings),
        Section(title="Patients by class and site", blocks=(_patients(findings),)),
        scores(findings),
        Section(title="What the audits say", blocks=(_audits(findings),)),
    )
    return "\n\n".join(_section(one, level=1 if place == 0 else 2) for place, one in enumerate(sections)) + "\n"


def _patients(findings: Findings) -> Table:
    cohort = findings.cohort
    counts = Counter((patient.site, patient.label) for patient in cohort.patients)
    rows = [
        (site, *(counts[site, place] for place in range(len(cohort.classes))))
        for site in sorted({patient.site for patient in cohort.patients})
    ]
    return _table("patients", ("Site", *cohort.classes), rows)


def _audits(findings: Findings) -> Bullets:
    """The split certificate's findings that are not green, then what each modality contributes."""
    split = [f"{SEVERITIES[one.severity]}: {one.sentence}" for one in findings.of(Finding) if one.severity != "green"]
    effects = [one.sentence for one in findings.of(ModalityEffect)]
    failed = [one.sentence for one in findings.of(ModalityCheck) if not one.passed]
    return Bullets(items=tuple(dict.fromkeys((*split, *effects, *failed))) or ("No audit found anything amiss.",))


def _table(name: str, heads: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> Table:
    return Table(name=name, title="", columns=tuple(Column(head=head) for head in heads), rows=tuple(rows))


def _section(section: Section, *, level: int) -> str:
    blocks = [_block(block) for block in section.blocks]
    return "\n\n".join([f"{'#' * level} {_safe(section.title)}", *(text for text in blocks if text)])


def _block(block: Block) -> str:
    """A figure has no place in a card: its numbers stand in the table beside it."""
    if isinstance(block, Paragraph | Notice):
        return _safe(block.text)
    if isinstance(block, Bullets):
        return "\n".join(f"- {_safe(item)}" for item in block.items)
    return _rows(block) if isinstance(block, Table) else ""


def _rows(table: Table) -> str:
    places = [place for place, column in enumerate(table.columns) if column.shown]
    heads = [_safe(table.columns[place].head) for place in places]
    lines = [heads, ["---"] * len(heads)]
    lines += [[_safe(shown(row[place], table.columns[place])) for place in places] for row in table.rows]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n\n".join((*([f"**{_safe(table.title)}**"] if table.title else []), text, *map(_safe, table.notes)))


def _safe(text: str) -> str:
    """Names of sites and classes come from outside and must mean nothing but themselves."""
    return SPECIAL.sub(r"\\\1", text).replace("\n", " ")
