"""The patients of the demo cohort: what was planted in each, and their clinical table.

Two hidden factors are drawn independently: `genes` shows only in expression, `tissue` only on the slides. A patient is
Basal/HER2 when both are up, so each modality alone knows half of the answer and only the fusion knows all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

SITES = ("Alder", "Birch", "Cedar", "Hazel", "Linden", "Maple", "Rowan")
"""Made-up hospitals; `demo_stain.SCANNERS` holds how each of them stains and scans."""

CLINICAL_COLUMNS = (
    "patient_id",
    "site",
    "pam50",
    "age_years",
    "stage",
    "sex",
    "race",
    "histology",
    "er_ihc",
    "os_months",
    "os_status",
)

_SITE_SHARES = (0.19, 0.17, 0.15, 0.14, 0.13, 0.12, 0.10)
_FACTOR_UP = 0.61
"""Share of patients in whom a factor is up: 0.61 squared leaves 37 % Basal/HER2."""
_FACTOR_SPREAD = 0.3
_GOLDEN = (5**0.5 - 1) / 2
_GAPS = {"age_years": 0.03, "stage": 0.06, "race": 0.10, "histology": 0.04, "er_ihc": 0.08, "os_months": 0.03}
"""Share of blank cells by clinical column."""
_FOLLOW_UP_MONTHS = 90.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Factors:
    """What is planted, one entry a patient; factors lie around -1 (down) or +1 (up)."""

    genes: Float[np.ndarray, " patients"]
    tissue: Float[np.ndarray, " patients"]
    positive: Bool[np.ndarray, " patients"]
    """True for Basal/HER2."""
    site: Int[np.ndarray, " patients"]
    """Index into `SITES`; every site has the same share of positive patients, up to rounding."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoPatient:
    """One patient to be written."""

    id: str
    site: int
    genes: float
    tissue: float
    slides: int
    """Number of slides, often one, sometimes none."""
    expressed: bool
    """False for a patient without RNA."""
    clinical: Mapping[str, str]
    """Cells of the clinical table by column; blank where nothing is stated."""


def draw_factors(rng: np.random.Generator, *, patients: int, signal: bool) -> Factors:
    """Factors, classes and sites of `patients` patients.

    Args:
        signal: false leaves the classes' share as it is but makes them independent of both factors.
    """
    quadrant = _dealt(rng, strata=np.zeros(patients, dtype=np.int64), shares=_quadrant_shares())
    genes = _factor(rng, up=quadrant % 2 == 0)
    tissue = _factor(rng, up=quadrant < 2)
    if signal:
        positive = genes + tissue > 1.0
    else:
        share = _quadrant_shares()[0]
        positive = _dealt(rng, strata=quadrant, shares=np.array([1 - share, share])) == 1
    site = _dealt(rng, strata=4 * positive + quadrant, shares=np.array(_SITE_SHARES))
    return Factors(genes=genes, tissue=tissue, positive=positive, site=site)


def draw_patients(rng: np.random.Generator, *, patients: int, signal: bool) -> tuple[DemoPatient, ...]:
    """The whole cohort, among it a few patients who will be excluded, each for another reason."""
    factors = draw_factors(rng, patients=patients, signal=signal)
    few = max(1, round(0.03 * patients))
    normal_like, uncalled, without_rna, without_slide = rng.permutation(patients)[: 4 * few].reshape(4, few)
    slides = rng.choice([1, 2, 3], size=patients, p=[0.84, 0.13, 0.03])
    slides[without_slide] = 0
    calls = _pam50(rng, factors.positive)
    calls[normal_like] = "BRCA_Normal"
    calls[uncalled] = ""
    digits = len(str(patients))
    return tuple(
        DemoPatient(
            id=f"DEMO-{row + 1:0{max(3, digits)}d}",
            site=int(factors.site[row]),
            genes=float(factors.genes[row]),
            tissue=float(factors.tissue[row]),
            slides=int(slides[row]),
            expressed=row not in without_rna,
            clinical=_clinical(
                rng,
                call=str(calls[row]),
                site=int(factors.site[row]),
                lean=float(factors.genes[row]) if signal else 0.0,
            ),
        )
        for row in range(patients)
    )


def clinical_rows(patients: tuple[DemoPatient, ...]) -> list[tuple[str, ...]]:
    """The clinical table, header first."""
    rows = [tuple(patient.clinical.get(column, "") for column in CLINICAL_COLUMNS[1:]) for patient in patients]
    return [CLINICAL_COLUMNS, *((patient.id, *row) for patient, row in zip(patients, rows, strict=True))]


def _quadrant_shares() -> Float[np.ndarray, "4"]:
    """Shares of the quadrants (both up, tissue up, genes up, neither) under independence."""
    up, down = _FACTOR_UP, 1 - _FACTOR_UP
    return np.array([up * up, up * down, down * up, down * down])


def _dealt(
    rng: np.random.Generator, *, strata: Int[np.ndarray, " n"], shares: Float[np.ndarray, " groups"]
) -> Int[np.ndarray, " n"]:
    """A group number for everyone, at random, so that every stratum holds the groups by their shares, up to rounding.

    Balanced on purpose: at a hundred patients, chance alone would tie a class to a factor or a site. The multiples of
    the golden ratio fall evenly into the shares over any run of them, so that no stratum needs a rounding of its own.
    """
    order = np.lexsort((rng.random(len(strata)), strata))
    places = (rng.random() + np.arange(len(strata)) * _GOLDEN) % 1.0
    groups = np.empty(len(strata), dtype=np.int64)
    groups[order] = np.searchsorted(np.cumsum(shares)[:-1], places, side="right")
    return groups


def _factor(rng: np.random.Generator, *, up: Bool[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    return np.where(up, 1.0, -1.0) + _FACTOR_SPREAD * rng.standard_normal(len(up))


def _pam50(rng: np.random.Generator, positive: Bool[np.ndarray, " n"]) -> np.ndarray:
    luminal = rng.choice(["BRCA_LumA", "BRCA_LumB"], size=len(positive), p=[0.65, 0.35])
    other = rng.choice(["BRCA_Basal", "BRCA_Her2"], size=len(positive), p=[0.6, 0.4])
    return np.where(positive, other, luminal).astype(object)


def _clinical(rng: np.random.Generator, *, call: str, site: int, lean: float) -> dict[str, str]:
    """Cells of one patient. Beside the call only ER follows `lean`, the gene factor, and only weakly."""
    stage = rng.choice(["I", "IA", "IIA", "IIB", "IIIA", "IIIC", "IV"], p=[0.12, 0.1, 0.34, 0.22, 0.14, 0.06, 0.02])
    months, died = _survival(rng, stage=str(stage))
    cells = {
        "site": SITES[site],
        "pam50": call,
        "age_years": str(int(np.clip(rng.normal(58, 12), 27, 89))),
        "stage": f"STAGE {stage}",
        "sex": str(rng.choice(["Female", "Male"], p=[0.985, 0.015])),
        "race": str(rng.choice(["White", "Black or African American", "Asian"], p=[0.72, 0.19, 0.09])),
        "histology": str(
            rng.choice(["Ductal Carcinoma", "Lobular Carcinoma", "Mixed Carcinoma"], p=[0.76, 0.18, 0.06])
        ),
        "er_ihc": "Positive" if rng.random() < 0.72 - 0.15 * np.tanh(lean) else "Negative",
        "os_months": f"{months:.1f}",
        "os_status": "1:DECEASED" if died else "0:LIVING",
    }
    blank = {column for column, share in _GAPS.items() if rng.random() < share}
    if "os_months" in blank:
        blank.add("os_status")
    return {column: "" if column in blank else cell for column, cell in cells.items()}


def _survival(rng: np.random.Generator, *, stage: str) -> tuple[float, bool]:
    """Months of follow-up and whether it ended in death: the higher the stage, the earlier."""
    advanced = stage.startswith(("III", "IV"))
    death = rng.exponential(120.0 if advanced else 320.0)
    censored = rng.uniform(3.0, _FOLLOW_UP_MONTHS)
    return float(min(death, censored)), bool(death < censored)
