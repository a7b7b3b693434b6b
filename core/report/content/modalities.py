"""Whether a model that is given two modalities uses both."""

from core.evaluation.rows import ModalityCheck, ModalityEffect
from core.report.content.assembling import absent, measured, some
from core.report.document import Block, Bullets, Column, Notice, Section, Table
from core.report.findings import Findings
from core.report.wording import metric_name, model_name

TITLE = "Modality audit"
BY = {"permuted": "another patient's", "mean": "training mean"}


def modalities(findings: Findings) -> Section:
    """What taking a modality away costs, and looks inside the models."""
    effects, checks = findings.of(ModalityEffect), findings.of(ModalityCheck)
    if not effects and not checks:
        return absent(TITLE, "the run kept no predictions with a modality taken away")
    failed = [one for one in checks if not one.passed]
    banners = [Notice(tone="red", text=f"{model_name(one.model)}: {one.sentence}") for one in failed]
    sentences = tuple(dict.fromkeys(one.sentence for one in effects if one.sentence))
    blocks: tuple[Block | None, ...] = (
        *banners,
        Bullets(items=sentences) if sentences else None,
        _effects(effects),
        _checks(checks),
    )
    return Section(title=TITLE, blocks=some(*blocks))


def _effects(rows: tuple[ModalityEffect, ...]) -> Table | None:
    if not rows:
        return None
    return measured(
        rows,
        name="modality_effects",
        title="What is lost when a modality of the test patients is replaced.",
        value="Lost",
        before=(
            ("Model", lambda one: model_name(one.model)),
            ("Removed", lambda one: one.removed),
            ("Replaced by", lambda one: BY[one.by]),
            ("Metric", lambda one: metric_name(one.metric)),
            ("Whole", lambda one: one.whole),
            ("Without", lambda one: one.without),
        ),
        after=((Column(head="Contributes"), lambda one: "yes" if one.contributes else "not shown"),),
    )


def _checks(rows: tuple[ModalityCheck, ...]) -> Table | None:
    if not rows:
        return None
    return measured(
        rows,
        name="modality_checks",
        title="Looks inside the models: can the output depend on the modality at all?",
        value="Value",
        before=(
            ("Model", lambda one: model_name(one.model)),
            ("Modality", lambda one: one.modality),
            ("Check", lambda one: one.check),
        ),
        after=(
            (Column(head="Passed"), lambda one: "yes" if one.passed else "NO"),
            (Column(head="In words"), lambda one: one.sentence),
        ),
    )
