"""A run's record, and the rule by which a run is continued."""

import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from core.config import ModelName, RunSpec
from core.errors import InputError
from core.results.provenance import command, commit, hardware, versions
from core.results.run_folder import RunFolder
from core.training.dataset import Intake
from core.types import Json, RunRecord

SAME = ("cohort", "outcome", "classes", "models", "encoder", "genes", "unit", "clip", "gene_sets")
"""Fields of the record that must not change while a run is continued."""


def record_of(spec: RunSpec, intake: Intake, *, models: tuple[ModelName, ...], device: str) -> RunRecord:
    """What this run is, before its first fold. `device` is the accelerator in words."""
    cohort, expression, sets = intake.dataset.cohort, intake.dataset.expression, intake.dataset.gene_sets
    now = datetime.now(UTC)
    slug = re.sub(r"[^A-Za-z0-9]+", "-", cohort.name).strip("-").lower() or "run"
    return RunRecord(
        name=spec.run or f"{slug}-{now:%Y%m%d-%H%M%S}",
        started=now.isoformat(timespec="seconds"),
        command=command(),
        commit=commit(),
        versions=versions(),
        hardware=hardware(device),
        config=_config(spec, intake),
        cohort=cohort.fingerprint,
        cohort_name=cohort.name,
        cohort_folder=str(spec.cohort.resolve()),
        synthetic=cohort.synthetic,
        outcome=cohort.outcome,
        classes=cohort.classes,
        models=tuple(models),
        encoder=intake.encoder,
        encoder_note=intake.encoder_note,
        genes=expression.genes if expression else (),
        unit=expression.unit if expression else "",
        clip=intake.clip,
        gene_sets=dict(sets.members) if sets and expression else {},
        gene_sets_source=sets.source if sets and expression else "",
    )


def _config(spec: RunSpec, intake: Intake) -> dict[str, Json]:
    """Every option that numbers depend on, and what images they come from."""
    return {
        "seed": spec.seed,
        "split": spec.split,
        "folds": spec.folds,
        "repeats": spec.repeats,
        "accept": spec.accept,
        "outcome": spec.outcome,
        "images": intake.images,
        "encoder_weights": str(spec.encoder_weights),
        "trunk": spec.trunk,
        "stain": spec.stain,
        "tiles": cast(Json, asdict(spec.tiles)),
        "fit": cast(Json, asdict(spec.fit)),
    }


def continued(data: Path, record: RunRecord) -> RunFolder | None:
    """The run that was begun under this name; None when there is none.

    Raises:
        InputError: what was begun differs in what numbers depend on.
    """
    if not (data / "runs" / record.name).exists():
        return None
    run = RunFolder.open(data, record.name)
    changed = [name for name in SAME if getattr(run.record, name) != getattr(record, name)]
    changed += [f"--{name}" for name in record.config if run.record.config.get(name) != record.config[name]]
    if changed:
        raise InputError(
            f"run {record.name} was begun with another {', '.join(changed)}; "
            "give the same options to continue it, or another --run name to begin anew"
        )
    return run
