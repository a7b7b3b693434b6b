"""The split certificate: what is to be known of a run's folds before a number of theirs is believed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.errors import InputError
from core.evaluation.circularity import derived_finding
from core.evaluation.fold_findings import classes_missing, content_shared, inner_sites, patients_shared, sites_shared
from core.evaluation.rows import Finding, FittedOn, FoldBalance, SiteClass
from core.evaluation.site_association import tied_finding
from core.types import Cohort, Fold

FITTED_ON = "fitted on"
"""The check that can be made only when everything is fitted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """What was found of a run's folds."""

    findings: tuple[Finding, ...]
    site_classes: tuple[SiteClass, ...]
    balance: tuple[FoldBalance, ...]

    @property
    def red(self) -> tuple[Finding, ...]:
        """What stops a run unless it is accepted."""
        return tuple(finding for finding in self.findings if finding.severity == "red")


def certificate(
    cohort: Cohort,
    folds: Sequence[Fold],
    *,
    split: Literal["site", "random"],
    content: Mapping[str, tuple[str, ...]],
    derived: str,
    how: str,
) -> Certificate:
    """Everything that is checked of the folds; nothing is trained.

    Args:
        cohort: who is dealt.
        folds: of all repeats.
        split: how they were to be dealt.
        content: patient to digests of what they bring: each slide's features, the expression row.
        derived: why the outcome is a function of the inputs, as `core.evaluation.circularity.derivation` tells it; ""
            where it is not known to be.
        how: how the folds were dealt, and whether the deal is proven best.
    """
    site = {patient.id: patient.site for patient in cohort.patients}
    findings = (
        *patients_shared(folds),
        *content_shared(folds, content),
        *sites_shared(folds, site, split=split),
        *inner_sites(folds, site),
        *classes_missing(cohort, folds),
        *tied_finding(cohort),
        derived_finding(derived),
    )
    return Certificate(findings=findings, site_classes=_site_classes(cohort), balance=_balance(cohort, folds, how))


def require_accepted(certificate: Certificate, accept: str) -> None:
    """Let a run with red findings go on only when somebody says why.

    Raises:
        InputError: there are red findings and `accept` is blank.
    """
    red = certificate.red
    if red and not accept.strip():
        checks = Counter(finding.check for finding in red)
        named = ", ".join(f"{check} ({count} {'fold' if count == 1 else 'folds'})" for check, count in checks.items())
        raise InputError(
            f"the split certificate has red findings: {named}; the first says: {red[0].sentence} "
            'To go on all the same, state why with --accept "reason"; every report will print it'
        )


def fitted_findings(fitted: Sequence[FittedOn]) -> tuple[Finding, ...]:
    """Whether anything was fitted on patients that its fold tests."""
    leaks = [one for one in fitted if one.holds_test]
    if not leaks:
        kinds = ", ".join(dict.fromkeys(one.what for one in fitted))
        sentence = f"Nothing that is fitted saw a test patient of its fold: {kinds}." if fitted else _NOT_RECORDED
        return (_whole_run(FITTED_ON, "green" if fitted else "amber", sentence, count=0 if fitted else None),)
    return tuple(
        Finding(
            check=FITTED_ON,
            severity="red",
            repeat=leak.repeat,
            fold=leak.fold,
            count=leak.patients,
            share=None,
            sentence=f"Fold {leak.fold + 1}: the {leak.what} of {leak.model} was fitted on {leak.part}, with test "
            "patients among them; its scores are not out of fold, so do not report them.",
        )
        for leak in leaks
    )


_NOT_RECORDED = "On whom scalers and networks were fitted was not recorded; train again to have it checked."


def _whole_run(check: str, severity: Literal["amber", "green"], sentence: str, *, count: int | None) -> Finding:
    return Finding(check=check, severity=severity, repeat=None, fold=None, count=count, share=None, sentence=sentence)


def _site_classes(cohort: Cohort) -> tuple[SiteClass, ...]:
    counts = Counter((patient.site, patient.label) for patient in cohort.patients)
    return tuple(
        SiteClass(site=site, label=name, patients=counts[site, label])
        for site in sorted({patient.site for patient in cohort.patients})
        for label, name in enumerate(cohort.classes)
    )


def _balance(cohort: Cohort, folds: Sequence[Fold], how: str) -> tuple[FoldBalance, ...]:
    known = {patient.id: patient for patient in cohort.patients}
    totals = Counter(patient.label for patient in cohort.patients)
    per_repeat = Counter(fold.repeat for fold in folds)
    rows: list[FoldBalance] = []
    for fold in folds:
        tested = [known[patient] for patient in fold.test]
        counts, sites = Counter(patient.label for patient in tested), len({patient.site for patient in tested})
        rows += [
            FoldBalance(
                repeat=fold.repeat,
                fold=fold.index,
                label=name,
                patients=counts[label],
                even=totals[label] / per_repeat[fold.repeat],
                sites=sites,
                how=how,
            )
            for label, name in enumerate(cohort.classes)
        ]
    return tuple(rows)
