"""Who may answer for a new case: bundles, and finished runs as they lie here."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.serving.bundle import About, Bundle
from core.types import RunRecord
from dashboard.views.runs import Run
from dashboard.words.wording import interval, listed

BY_RUN, BY_BUNDLE = "run", "bundle"


@dataclass(frozen=True, kw_only=True, slots=True)
class Predictor:
    """A bundle or a run, with what has to be known before it is asked."""

    kind: str
    """BY_RUN or BY_BUNDLE."""
    name: str
    """Of the run, or the bundle's file."""
    run: str
    """Name of the run that answers."""
    started: str
    """When that run was begun, ISO 8601."""
    outcome: str
    classes: tuple[str, ...]
    synthetic: bool
    reads_slides: bool
    reads_genes: bool
    encoder_note: str
    about: About | None = None
    """What a bundle says of itself."""

    @property
    def label(self) -> str:
        """As it stands in a list."""
        return f"{self.name} (run, not frozen)" if self.kind == BY_RUN else self.name

    @property
    def predicts(self) -> str:
        """`pam50: Luminal and Basal/HER2. Trained 2026-12-01.`"""
        return f"{self.outcome}: {listed(self.classes, most=9)}. Trained {self.started[:10]}."

    @property
    def caution(self) -> str:
        """What its image features are no basis for; empty where nothing speaks against them."""
        random = "random" in self.encoder_note.lower()
        return f"Image features of {self.run}: {self.encoder_note}." if random else ""


def of_run(run: Run) -> Predictor:
    """A finished run."""
    return Predictor(
        kind=BY_RUN,
        name=run.name,
        run=run.name,
        started=run.started,
        outcome=run.outcome,
        classes=run.classes,
        synthetic=run.synthetic,
        reads_slides=run.reads_slides,
        reads_genes=run.reads_genes,
        encoder_note=run.encoder_note,
    )


def of_bundle(file: str, bundle: Bundle) -> Predictor:
    """A bundle, by the name of its file."""
    record = bundle.record
    return Predictor(
        kind=BY_BUNDLE,
        name=file,
        run=record.name,
        started=record.started,
        outcome=record.outcome,
        classes=record.classes,
        synthetic=record.synthetic,
        reads_slides=reads_slides(record),
        reads_genes=bool(record.genes),
        encoder_note=record.encoder_note,
        about=bundle.about,
    )


def reads_slides(record: RunRecord) -> bool:
    """True when its image features came from slides, by an encoder that is known here."""
    return record.encoder.startswith("resnet50")


def facts(about: About, *, models: Sequence[str]) -> dict[str, str]:
    """What a bundle says of itself, in words; metrics of its first models."""
    scores = {(one.model, one.metric): one for one in about.metrics}
    found = {
        f"{label} of {model}": f"{interval(one.value, low=one.low, high=one.high)}, out of fold, n = {one.n:,}"
        for model in models
        for metric, label in (("auroc", "AUROC"), ("brier", "Brier score"))
        if (one := scores.get((model, metric))) is not None
    }
    return {
        "Intended use": about.intended_use,
        "Not for": about.not_for,
        "Licence": about.licence,
        **found,
        "Bundle": f"{about.id}; compare it with what its maker was told",
    }
