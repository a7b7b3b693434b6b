"""Findings of a split certificate about the parts of folds: who and what is on both sides."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from core.evaluation.rows import Finding, Severity
from core.evaluation.split_checks import Share, doubled, seen_sites, shared_content, shared_persons
from core.types import Cohort, Fold


def patients_shared(folds: Sequence[Fold]) -> tuple[Finding, ...]:
    """Whether someone is tested who is learned from, under another sample's or slide's name."""
    return _leaks(
        folds,
        "patients shared",
        lambda fold: shared_persons(fold.train, fold.test),
        red="are also learned from, under another name of theirs; give all samples of a patient one identifier",
        green="No test patient of any fold is learned from, under whatever sample or slide name.",
    )


def content_shared(folds: Sequence[Fold], content: Mapping[str, tuple[str, ...]]) -> tuple[Finding, ...]:
    """Whether the same slide or expression row stands under two patients, and on both sides of a fold."""
    if not content:
        return (_run("content shared", "amber", "Copies of slides and expression rows were not looked for."),)
    twice = doubled(content)
    if not twice:
        sentence = "No slide and no expression row stands under two patients."
        return (_run("content shared", "green", sentence, Share(count=0, of=len(content))),)
    found = _leaks(
        folds,
        "content shared",
        lambda fold: shared_content(fold.train, fold.test, content),
        red="bring a slide or an expression row identical to that of someone who is learned from; find out whose it is "
        "and remove the copies",
        green="",
    )
    if found[0].severity == "red":
        return found
    concerned = Share(count=len(twice), of=len(content))
    sentence = (
        f"{concerned.told('patients')} bring a slide or an expression row that another one brings too; no fold has it "
        "on both sides, but they count double: find out whose it is and remove the copies."
    )
    return (_run("content shared", "amber", sentence, concerned),)


def sites_shared(
    folds: Sequence[Fold], site: Mapping[str, str], *, split: Literal["site", "random"]
) -> tuple[Finding, ...]:
    """Whether test patients come from sites that are learned from."""
    names = set(site.values())
    if len(names) == 1:
        stated = "All patients come from one site" if names != {""} else "No site of any patient is stated"
        sentence = (
            f"{stated}, so site transfer cannot be tested: the scores say nothing of another hospital; validate the "
            "run on a cohort from elsewhere before claiming that."
        )
        return (_run("sites shared", "amber", sentence, Share(count=len(names - {""}), of=0)),)
    mended = "train with --split site" if split == "random" else "deal the folds again, sites were to be kept apart"
    return _leaks(
        folds,
        "sites shared",
        lambda fold: seen_sites(fold.train, fold.test, site),
        red="come from a site that is learned from, so the score may come from recognising the hospital by stain or "
        f"case mix; {mended}",
        green=f"No test patient of any fold comes from a site that is learned from: over {len(names)} sites, the "
        "scores are those at hospitals the models never saw.",
    )


def inner_sites(folds: Sequence[Fold], site: Mapping[str, str]) -> tuple[Finding, ...]:
    """Whether inner parts, on which networks are stopped and calibrated, share sites; nothing with one site."""
    if len(set(site.values())) == 1:
        return ()
    sharing = Share(count=sum(_share_sites(fold, site) for fold in folds), of=len(folds))
    if not sharing.count:
        sentence = "Networks are stopped and calibrated on sites they did not learn from, as the test meets new ones."
        return (_run("inner sites shared", "green", sentence, sharing),)
    sentence = (
        f"In {sharing.told('folds')} inner parts share sites: networks are stopped and calibrated on hospitals they "
        "know, so their probabilities will be too sure at a new one; train with --split site."
    )
    return (_run("inner sites shared", "amber", sentence, sharing),)


def classes_missing(cohort: Cohort, folds: Sequence[Fold]) -> tuple[Finding, ...]:
    """Test parts without any patient of a class, whose own AUROC cannot be computed."""
    label = {patient.id: patient.label for patient in cohort.patients}
    found: list[Finding] = []
    for fold in folds:
        there = {label[patient] for patient in fold.test}
        missing = [name for index, name in enumerate(cohort.classes) if index not in there]
        if missing:
            sentence = (
                f"{_called(fold, folds)}: nobody in the test part is {' or '.join(missing)}, so the fold has no score "
                "of its own; its patients count in the pooled scores. Use fewer --folds to avoid it."
            )
            share = Share(count=len(missing), of=len(cohort.classes))
            found.append(_of(fold, "class missing", "amber", sentence, share))
    green = _run(
        "class missing", "green", "Every test part holds patients of every class.", Share(count=0, of=len(folds))
    )
    return tuple(found) or (green,)


def _share_sites(fold: Fold, site: Mapping[str, str]) -> bool:
    parts = [{site[patient] for patient in part} for part in fold.inner]
    return sum(map(len, parts)) > len(set[str]().union(*parts))


def _leaks(
    folds: Sequence[Fold], check: str, measured: Callable[[Fold], Share], *, red: str, green: str
) -> tuple[Finding, ...]:
    """A red finding for each fold where someone is concerned, or a green one for all."""
    shares = [(fold, measured(fold)) for fold in folds]
    found = tuple(
        _of(fold, check, "red", f"{_called(fold, folds)}: {share.told('test patients')} {red}.", share)
        for fold, share in shares
        if share.count
    )
    return found or (_run(check, "green", green, Share(count=0, of=sum(share.of for _, share in shares))),)


def _called(fold: Fold, folds: Sequence[Fold]) -> str:
    repeated = any(other.repeat for other in folds)
    return f"Fold {fold.index + 1}" + (f" of repeat {fold.repeat + 1}" if repeated else "")


def _of(fold: Fold, check: str, severity: Severity, sentence: str, share: Share) -> Finding:
    return Finding(
        check=check,
        severity=severity,
        repeat=fold.repeat,
        fold=fold.index,
        count=share.count,
        share=share.share,
        sentence=sentence,
    )


def _run(check: str, severity: Severity, sentence: str, share: Share | None = None) -> Finding:
    return Finding(
        check=check,
        severity=severity,
        repeat=None,
        fold=None,
        count=share.count if share else None,
        share=share.share if share else None,
        sentence=sentence,
    )
