"""Values that cross rooms: frozen, keyword-only, checked when they are made.

Coordinates are (x, y) in level-0 pixels of the scan; `um` is micrometres. Arrays are row-major.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Float32, Int32

Mode = Literal["both", "image", "genes"]
"""Which modalities a prediction used."""

Covariate = str | float | None
"""One clinical value; None where the table states none."""

Json = str | int | float | bool | None | Sequence[Any] | Mapping[str, Any]
"""What JSON can hold, stated one level deep: beartype cannot follow a type that names itself through jaxtyping."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SlideRef:
    """A slide file of a patient, not yet opened."""

    id: str
    """File name without its suffix; unique in a cohort."""
    path: Path
    um_per_px: float | None = None
    """Resolution stated by the manifest where the file states none."""
    um_override: float | None = None
    """Resolution stated by the manifest for this slide, whatever the file states."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Patient:
    """One analysed patient."""

    id: str
    label: int
    """Index into `Cohort.classes`."""
    site: str
    slides: tuple[SlideRef, ...] = ()
    covariates: Mapping[str, Covariate]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exclusion:
    """Why a patient of the clinical table is not analysed. `stage` is the first step that lost them."""

    patient: str
    stage: Literal["clinical", "outcome", "site", "expression", "images", "tiles"]
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cohort:
    """The analysed patients, in a fixed order, and everyone lost on the way, with the reason."""

    name: str
    outcome: str
    """Column of the clinical table that the classes come from."""
    classes: tuple[str, ...]
    """Class names; with two, the second is the positive one."""
    patients: tuple[Patient, ...]
    exclusions: tuple[Exclusion, ...] = ()
    synthetic: bool = False
    """True for the demo cohort: every page that shows it says so."""
    fingerprint: str
    """SHA-256 over the manifest and the files it names."""

    def __post_init__(self) -> None:
        ids = [patient.id for patient in self.patients]
        assert len(self.classes) >= 2 and len(set(self.classes)) == len(self.classes)
        assert len(set(ids)) == len(ids), "patient ids must be unique"
        assert not set(ids) & {lost.patient for lost in self.exclusions}, "analysed and excluded at once"
        assert all(0 <= patient.label < len(self.classes) for patient in self.patients)

    def without(self, lost: tuple[Exclusion, ...]) -> "Cohort":
        """This cohort after a further step lost some patients."""
        gone = {exclusion.patient for exclusion in lost}
        kept = tuple(patient for patient in self.patients if patient.id not in gone)
        return replace(self, patients=kept, exclusions=self.exclusions + lost)


@dataclass(frozen=True, kw_only=True, slots=True)
class Expression:
    """Gene expression, one row a patient, already logged where it was counts or TPM; models scale it themselves."""

    patients: tuple[str, ...]
    genes: tuple[str, ...]
    """HGNC symbols, no duplicates."""
    values: Float32[np.ndarray, "patients genes"]
    unit: Literal["log2", "zscore"]

    def __post_init__(self) -> None:
        assert self.values.shape == (len(self.patients), len(self.genes))
        assert len(set(self.genes)) == len(self.genes) and len(set(self.patients)) == len(self.patients)
        assert np.isfinite(self.values).all()


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneSets:
    """Named groups of genes; each becomes one token of a model."""

    source: str
    """Where they come from: a GMT file's name, or "Acinus modules"."""
    members: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bag:
    """Features of one slide's tissue tiles, or one row of patient-level features."""

    slide: str
    features: Float[np.ndarray, "tiles dim"]
    origins: Int32[np.ndarray, "tiles 2"] | None = None
    """Top-left corners (x, y), level-0 pixels; None for features that come without places."""
    side_px: float | None = None
    """Tile side in level-0 pixels."""
    encoder: str
    """Key of what made the features: two bags may be mixed only when it is equal."""
    source: Path | None = None
    """The slide file."""
    file: Path | None = None
    """The cached HDF5 bag, which also holds the thumbnail."""

    def __post_init__(self) -> None:
        assert len(self.features) > 0, "a bag has at least one tile"
        assert self.origins is None or len(self.origins) == len(self.features)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """A cohort with what models learn from; every analysed patient has every modality that is present at all."""

    cohort: Cohort
    expression: Expression | None
    """Rows in the order of `cohort.patients`."""
    gene_sets: GeneSets | None
    bags: Mapping[str, tuple[Bag, ...]] | None
    """Patient id to the bags of their slides."""

    def __post_init__(self) -> None:
        ids = tuple(patient.id for patient in self.cohort.patients)
        assert self.expression is None or self.expression.patients == ids
        assert self.bags is None or set(self.bags) == set(ids)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fold:
    """One deal of the patients. Whatever is fitted is fitted on `train`; `test` is touched once.

    `inner` deals the training patients once more: member k of a model learns from all inner parts but part k, which
    stops it; what every training patient got from the member that did not learn from them calibrates the model.
    """

    repeat: int
    index: int
    train: tuple[str, ...]
    inner: tuple[tuple[str, ...], ...]
    test: tuple[str, ...]

    def __post_init__(self) -> None:
        assert self.train, "there must be someone to learn from"
        assert self.test, "there must be someone to test on"
        assert not set(self.train) & set(self.test), "nobody is in train and test"
        assert sorted(patient for part in self.inner for patient in part) == sorted(self.train), (
            "inner parts deal train"
        )
        assert len(self.inner) >= 2, "a member needs parts to learn from and a part to stop on"
        assert all(self.inner), "no inner part is empty"


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """Class probabilities for one patient, out-of-fold unless it comes from serving."""

    model: str
    repeat: int
    fold: int
    patient: str
    label: int
    mode: Mode
    probabilities: tuple[float, ...]
    uncalibrated: tuple[float, ...] = ()
    """The networks' own probabilities; empty where they were not kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """Out-of-fold probabilities with one modality of the patient taken away."""

    model: str
    repeat: int
    fold: int
    patient: str
    label: int
    removed: Literal["image", "genes"]
    by: Literal["permuted", "mean"]
    """permuted: that of another test patient; mean: the training mean for everyone."""
    draw: int
    """Which permutation; 0 for the mean."""
    probabilities: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scrutiny:
    """What a look inside the model tells of one out-of-fold prediction; None where the model or features allow none."""

    model: str
    repeat: int
    fold: int
    patient: str
    image_gradient: float | None
    """Length of the gradient of the predicted class's log-odds by the scaled tile features, over all tiles."""
    genes_gradient: float | None
    """The same by the scaled genes."""
    tile_entropy: float | None
    """Of the tile attention, as a share of that of even attention: 1 looks everywhere alike."""
    agreement: float | None
    """Mean rank correlation of tile attention between the fold's members, none of which learned from the patient."""
    deletion: float | None
    """Fall of the predicted class's probability as tiles are taken away by attention, less that by chance; mean over
    shares taken away."""
    insertion: float | None
    """The same for tiles put in, by attention, less that by chance."""
    completeness: float | None
    """Gap between the sum of the genes' integrated gradients and the log-odds they explain, as a share of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbour:
    """A training patient who lies near a tested one in the embedding of a model that never saw the tested one."""

    model: str
    repeat: int
    fold: int
    patient: str
    neighbour: str
    rank: int
    """From 1, the nearest."""
    similarity: float
    """Cosine of the two embeddings about the training patients' mean, averaged over the fold's members; -1 to 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlPrediction:
    """Probabilities for one patient by a control model that sees a few inputs; the patient was not learned from."""

    family: Literal["confounder", "ladder", "left-out site"]
    target: str
    """Column of the clinical table that is predicted."""
    name: str
    """Which inputs, or which site was left out and what was seen."""
    inputs: int
    draw: int
    """Which random gene set; 0 for the others."""
    patient: str
    label: int
    probabilities: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """What one prediction looked at."""

    tile_attention: Float[np.ndarray, "tokens tiles"] | None
    """Rows sum to 1 over the patient's tiles (all slides, in bag order)."""
    token_attention: Float[np.ndarray, " sets"] | None
    """Weight of each gene set in the pooled gene representation; sums to 1."""
    contributions: Float[np.ndarray, " sets"] | None
    """Drop of the predicted class's log-odds when that gene set is put at the training mean."""
    tokens: tuple[str, ...]
    """Names of the rows of `tile_attention`."""
    sets: tuple[str, ...]
    """Names of the gene sets of `token_attention` and `contributions`."""
    gene_attributions: Float[np.ndarray, " genes"] | None = None
    """Integrated gradients of the predicted class's log-odds by each gene of the run, from the training middle."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldResult:
    """One model trained on one fold: what is written once and never changed."""

    model: str
    fold: Fold
    predictions: tuple[Prediction, ...]
    weights: Mapping[str, np.ndarray]
    """Everything fitted: network weights and scalers, by name."""
    settings: Mapping[str, Json]
    """What is needed to build the model again, and how the fit went."""
    explanations: Mapping[str, Explanation]
    inner: tuple[Prediction, ...] = ()
    """Of the training patients, each by the member that did not learn from them: what thresholds are chosen on."""
    probes: tuple[Probe, ...] = ()
    scrutiny: tuple[Scrutiny, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    """Empty for models without an embedding of both modalities."""
    embeddings: Float32[np.ndarray, "train members width"] | None = None
    """Of the fold's training patients, in its order, by each member: where a new case can be held against them."""
    seconds: float | None = field(default=None, compare=False)
    """How long it took; told while it is trained, and not kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """One metric with its interval. `value` is None where it cannot be computed; `how` then says why."""

    model: str
    mode: Mode
    repeat: int | None
    """None for a score pooled over all repeats and folds."""
    fold: int | None
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Metric of `model` minus metric of `baseline` on the same patients, with a paired interval and tests."""

    model: str
    baseline: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    how: str
    permutation_p: float | None = None
    """Paired permutation test."""
    delong_p: float | None = None
    """DeLong's test; AUROC of two classes only."""
    folds_p: float | None = None
    """Nadeau-Bengio corrected t-test over folds."""
    holm_p: float | None = None
    """The permutation p, corrected by Holm for all baselines of the metric."""
    detectable: float | None = None
    """Least difference these patients would have shown in 80 of 100 studies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """What a run was: written before the first fold, so that an interrupted run can be continued."""

    name: str
    started: str
    """ISO 8601, UTC."""
    command: str
    commit: str
    versions: Mapping[str, str]
    hardware: Mapping[str, str]
    config: Mapping[str, Json]
    cohort: str
    """Fingerprint of the cohort."""
    cohort_name: str
    cohort_folder: str
    synthetic: bool
    outcome: str
    classes: tuple[str, ...]
    models: tuple[str, ...]
    encoder: str
    """Key of what made the image features; "none" without images."""
    encoder_note: str
    """In words, e.g. "ResNet-50 with seeded random weights: for demonstration, not for results"."""
    genes: tuple[str, ...]
    unit: str
    clip: float | None
    gene_sets: Mapping[str, tuple[str, ...]]
    gene_sets_source: str
