"""What an evaluation states, one frozen row a fact: written to the run folder, to the catalogue and to the report.

Every number stands with its interval (95 %), the count it rests on and how it was made. `value` is None where it cannot
be computed, and `how` then says why. With two classes `positive` is the second; with more, each class in turn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.types import Difference, Mode, Score

Severity = Literal["red", "amber", "green"]
"""red: stops a run unless it is accepted with a reason; amber: is told with every number; green: looked at and well."""
CalibrationName = Literal["stored", "none", "temperature", "isotonic"]
"""stored: as the run answers; none: the networks' own; the others are fitted on inner parts of training."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One check of a split certificate."""

    check: str
    """Like "patients shared"."""
    severity: Severity
    repeat: int | None
    """None for what holds for the whole run."""
    fold: int | None
    count: int | None
    """Patients, slides or sites concerned."""
    share: float | None
    """Of those that could be concerned."""
    sentence: str
    """What was found and what to do, for a reader who does not compute it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteClass:
    """Patients of one class at one site."""

    site: str
    label: str
    patients: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FittedOn:
    """On whom something that is fitted was fitted."""

    what: str
    """Like "gene scaler"."""
    model: str
    repeat: int
    fold: int
    patients: int
    part: str
    """Like "training patients of the fold"."""
    holds_test: bool
    """True when a test patient of the fold was among them: a leak."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldBalance:
    """Patients of one class in one test fold, against an even share."""

    repeat: int
    fold: int
    label: str
    patients: int
    even: float
    sites: int
    """Sites in the test fold."""
    how: str
    """How the folds were dealt, and whether the deal is proven best."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Optimism:
    """One metric under random folds and under folds that keep sites apart, on the same patients."""

    model: str
    mode: Mode
    metric: str
    random: float | None
    preserved: float | None
    value: float | None
    """Random minus site-preserved."""
    low: float | None
    high: float | None
    n: int
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ModalityEffect:
    """What a model loses when one modality is taken away at test time."""

    model: str
    removed: Literal["image", "genes"]
    by: Literal["permuted", "mean"]
    """permuted: that of another patient; mean: the training mean for everyone."""
    metric: str
    whole: float | None
    without: float | None
    value: float | None
    """Whole minus without: what the modality contributes."""
    low: float | None
    high: float | None
    n: int
    contributes: bool
    """True when the interval lies above 0."""
    how: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ModalityCheck:
    """A look inside a model: whether its output can depend on a modality at all."""

    model: str
    modality: Literal["image", "genes"]
    check: str
    """Like "gradient" or "attention entropy"."""
    value: float | None
    low: float | None
    high: float | None
    n: int
    passed: bool
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlScore:
    """One metric of a control: what a few inputs alone tell of the label."""

    family: Literal["confounder", "ladder", "left-out site"]
    target: str
    """Column of the clinical table that was predicted."""
    name: str
    """Which inputs, or which site was left out."""
    inputs: int
    """How many inputs it saw."""
    draws: int
    """Random gene sets that were averaged; 1 for the others."""
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReliabilityBin:
    """Patients of similar predicted probability, and how many truly were positive."""

    model: str
    mode: Mode
    calibration: CalibrationName
    positive: str
    bin: int
    predicted: float
    observed: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationScore:
    """One measure of how far probabilities can be believed."""

    model: str
    mode: Mode
    calibration: CalibrationName
    positive: str
    metric: str
    """ece, brier, reliability, resolution, uncertainty, remainder, slope, intercept."""
    value: float | None
    low: float | None
    high: float | None
    n: int
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """Where a fold's decision is cut, chosen on inner parts of its training patients."""

    model: str
    mode: Mode
    positive: str
    rule: str
    repeat: int
    fold: int
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatingPoint:
    """What the chosen thresholds reach out of fold."""

    model: str
    mode: Mode
    positive: str
    rule: str
    metric: str
    """sensitivity, specificity, ppv, npv, prevalence."""
    value: float | None
    low: float | None
    high: float | None
    n: int
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NetBenefit:
    """Decision curve: net benefit of acting on the model at one threshold probability (Vickers 2006)."""

    model: str
    mode: Mode
    positive: str
    threshold: float
    value: float
    low: float
    high: float
    treat_all: float
    n: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """Split-conformal sets out of fold: how often they hold the truth, and how often they hold one class only."""

    model: str
    mode: Mode
    group: str
    """"all", or a true class."""
    wanted: float
    value: float | None
    low: float | None
    high: float | None
    decided: float
    """Share of patients with exactly one class in their set; the others are referred."""
    accuracy: float | None
    """Of those decided."""
    n: int
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Abstention:
    """One patient's conformal set out of fold."""

    model: str
    mode: Mode
    repeat: int
    fold: int
    patient: str
    classes: tuple[str, ...]
    refer: bool
    """True when the set does not hold exactly one class."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SubgroupScore:
    """One metric among the patients of one group."""

    model: str
    mode: Mode
    by: str
    """Covariate, like "age"; "site" for sites."""
    group: str
    """Like "50 to 59"."""
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    smallest: int
    """Patients of the group's rarest class."""
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SurvivalPoint:
    """One step of a Kaplan-Meier curve."""

    by: str
    """ "true class", or the model whose class it is."""
    group: str
    time: float
    """Months."""
    survival: float
    low: float
    high: float
    at_risk: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SurvivalFinding:
    """One number about survival by class."""

    by: str
    metric: str
    """log-rank p, hazard ratio of a class or covariate, c-index."""
    value: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    events: int
    how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustScore:
    """How far a model's maps and attributions can be believed, over patients."""

    model: str
    metric: str
    """agreement, deletion, insertion, completeness."""
    value: float | None
    low: float | None
    high: float | None
    n: int
    trusted: bool
    how: str
    sentence: str


TABLES: Mapping[str, type[Any]] = {
    "scores": Score,
    "differences": Difference,
    "modality_effects": ModalityEffect,
    "modality_checks": ModalityCheck,
    "controls": ControlScore,
    "reliability": ReliabilityBin,
    "calibration": CalibrationScore,
    "thresholds": Threshold,
    "operating_points": OperatingPoint,
    "net_benefit": NetBenefit,
    "coverage": Coverage,
    "abstentions": Abstention,
    "subgroups": SubgroupScore,
    "survival_curves": SurvivalPoint,
    "survival": SurvivalFinding,
    "trust": TrustScore,
    "optimism": Optimism,
    "fitted_on": FittedOn,
}
"""What stands in a finished run, by name."""

CERTIFICATE: Mapping[str, type[Any]] = {
    "findings": Finding,
    "site_classes": SiteClass,
    "balance": FoldBalance,
}
"""What is stated of a run's folds before the first fit."""
