"""How strongly the class is tied to the site: what a model could score by recognising the hospital."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from core.evaluation.rows import Finding
from core.types import Cohort

PERMUTATIONS = 1000
TIED = 0.1
"""From this Cramer's V on, with p below 0.05, the class counts as tied to the site: Cohen's least effect."""
PARTS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Association:
    """Class against site."""

    v: float
    """Cramer's V with Bergsma's correction for small samples (2013): 0 unrelated, 1 the site tells the class."""
    p: float
    """Share of random deals of the classes to patients that are at least as strongly tied."""
    site_alone: float | None
    """Balanced accuracy of naming the class by the site, learned from other patients; None where a class is rare."""


def association(sites: Int64[np.ndarray, " patients"], labels: Int64[np.ndarray, " patients"]) -> Association | None:
    """Class against site, or None where either does not vary.

    The p is by permutation: with many small sites the chi-squared law does not hold.
    """
    table = _crossed(sites, labels)
    rows, columns = table.shape
    if rows < 2 or columns < 2:
        return None
    generator = np.random.default_rng(0)
    own = _phi_squared(table)
    drawn = np.array([_phi_squared(_crossed(sites, generator.permutation(labels))) for _ in range(PERMUTATIONS)])
    p = (1 + int((drawn >= own - 1e-12).sum())) / (1 + PERMUTATIONS)
    return Association(v=_cramers_v(own, len(labels), rows, columns), p=p, site_alone=_site_alone(sites, labels))


def _crossed(sites: Int64[np.ndarray, " patients"], labels: Int64[np.ndarray, " patients"]) -> np.ndarray:
    """Patients of each class at each site, as far as there are any."""
    rows, columns = (np.unique(values, return_inverse=True)[1] for values in (sites, labels))
    width = int(columns.max()) + 1
    return np.bincount(rows * width + columns, minlength=(int(rows.max()) + 1) * width).reshape(-1, width)


def _phi_squared(table: np.ndarray) -> float:
    """Pearson's chi-squared over the number of patients."""
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    return float((table**2 / expected).sum() - 1)


def _cramers_v(phi_squared: float, n: int, rows: int, columns: int) -> float:
    corrected = max(0.0, phi_squared - (rows - 1) * (columns - 1) / (n - 1))
    height, width = (count - (count - 1) ** 2 / (n - 1) for count in (rows, columns))
    return float(np.sqrt(corrected / max(min(height, width) - 1, 1e-12))) if corrected else 0.0


def _site_alone(sites: Int64[np.ndarray, " patients"], labels: Int64[np.ndarray, " patients"]) -> float | None:
    """Each fifth is named by the class that the other four over-represent at the patient's site."""
    classes, label = np.unique(labels, return_inverse=True)
    if np.bincount(label).min() < PARTS:
        return None
    part = np.zeros(len(labels), dtype=np.int64)
    for one in range(len(classes)):
        members = np.flatnonzero(label == one)
        part[members] = np.arange(len(members)) % PARTS
    site = np.unique(sites, return_inverse=True)[1]
    named = np.zeros(len(labels), dtype=np.int64)
    for asked in (part == index for index in range(PARTS)):
        named[asked] = _named(site, label, learned=~asked)[site[asked]]
    return float(np.mean([(named[label == one] == one).mean() for one in range(len(classes))]))


def _named(site: np.ndarray, label: np.ndarray, *, learned: np.ndarray) -> np.ndarray:
    """For each site the class whose share there most exceeds its share overall; half a patient is shrunk to overall."""
    counts = np.zeros((site.max() + 1, label.max() + 1), dtype=np.float64)
    np.add.at(counts, (site[learned], label[learned]), 1)
    share: Float64[np.ndarray, " classes"] = counts.sum(axis=0) / counts.sum()
    return ((counts + 0.5 * share) / share).argmax(axis=1)


def tied_finding(cohort: Cohort) -> tuple[Finding, ...]:
    """What a certificate says of class against site; nothing where all patients come from one site."""
    names = sorted({patient.site for patient in cohort.patients})
    sites = np.array([names.index(patient.site) for patient in cohort.patients])
    found = association(sites, np.array([patient.label for patient in cohort.patients]))
    if found is None:
        return ()
    tied = found.v >= TIED and found.p < 0.05
    told = f"Cramer's V {found.v:.2f}, permutation p {found.p:.3f}"
    sentence = f"The class is not strongly tied to the site ({told})."
    if tied:
        sentence = (
            f"The class is tied to the site ({told}): {_alone(found.site_alone, classes=len(cohort.classes))}; keep "
            "sites apart, and look at the scores of each site."
        )
    return (
        Finding(
            check="class tied to site",
            severity="amber" if tied else "green",
            repeat=None,
            fold=None,
            count=len(names),
            share=None,
            sentence=sentence,
        ),
    )


def _alone(balanced_accuracy: float | None, *, classes: int) -> str:
    if balanced_accuracy is None:
        return "a model that knows the site alone could use it"
    return (
        f"a model that knows the site alone names the class with a balanced accuracy of {balanced_accuracy:.2f}, where "
        f"guessing gives {1 / classes:.2f}"
    )
