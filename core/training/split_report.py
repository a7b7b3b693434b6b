"""What published splits are worth: whom and which sites their parts share, fold by fold."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.cohort.published_splits import PARTS, Part, PublishedFold, PublishedSplit
from core.errors import InputError
from core.evaluation.split_checks import Share, seen_sites, shared_persons

MOST_SITES = 60
"""Most sites whose classes are listed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PartCheck:
    """One part of a fold against those it must have nothing in common with."""

    fold: str
    part: Part
    shared: Share
    """Patients who are learned from, or for the test part in validation, too."""
    seen: Share
    """Patients whose site is learned from, of those whose site is known."""


def checked(split: PublishedSplit) -> tuple[PartCheck, ...]:
    """Validation and test part of every fold.

    Sites are compared with train alone, since models do not learn from validation; patients with both, since weights
    are usually chosen on validation.
    """
    return tuple(
        PartCheck(
            fold=fold.name,
            part=part,
            shared=shared_persons(_before(fold, part), fold.parts[part]),
            seen=seen_sites(fold.parts["train"], fold.parts[part], split.site),
        )
        for fold in split.folds
        for part in PARTS[1:]
        if fold.parts.get(part)
    )


def _before(fold: PublishedFold, part: Part) -> tuple[str, ...]:
    return tuple(patient for other in PARTS[: PARTS.index(part)] for patient in fold.parts.get(other, ()))


def report(split: PublishedSplit) -> tuple[str, ...]:
    """Lines for people: every fold, then classes by site where the split states classes."""
    lines: list[str] = []
    found = checked(split)
    for fold in split.folds:
        sizes = ", ".join(f"{len(fold.parts[part])} {part}" for part in PARTS if part in fold.parts)
        lines.append(f"{fold.name}: {sizes}")
        for one in (one for one in found if one.fold == fold.name):
            lines += [f"  {one.part}: {_shared(one)}", f"  {one.part}: {_seen(one)}"]
    return (*lines, *_by_site(split))


def _shared(one: PartCheck) -> str:
    others = "train" if one.part == "validation" else "train or validation"
    return f"{one.shared.told('patients')} are also in {others}"


def _seen(one: PartCheck) -> str:
    unknown = one.shared.of - one.seen.of
    if not one.seen.of:
        return "no patient's site is known, so sites could not be compared; add a column site"
    without = f"; {unknown} patients of unknown site" if unknown else ""
    return f"{one.seen.told('patients')} come from a site that is in train{without}"


def _by_site(split: PublishedSplit) -> list[str]:
    counts = Counter((split.site[patient], split.label[patient]) for patient in split.label if patient in split.site)
    if not counts:
        return []
    labels, sites = sorted({label for _, label in counts}), Counter[str]()
    for (site, _), count in counts.items():
        sites[site] += count
    lines = [
        f"  {site}: " + ", ".join(f"{counts[site, label]} {label}" for label in labels)
        for site, _ in sites.most_common(MOST_SITES)
    ]
    rest = len(sites) - len(lines)
    return ["classes by site:", *lines, *([f"  and {rest} smaller sites"] if rest else [])]


def verdict(split: PublishedSplit) -> str:
    """One sentence for a split without a leak.

    Raises:
        InputError: patients or sites are on both sides; the sentence says how many and what to do.
    """
    found = checked(split)
    shared, seen = _summed([one.shared for one in found]), _summed([one.seen for one in found])
    if shared.count:
        raise InputError(
            f"this split leaks: {shared.told('validation and test patients')} are on both sides of a fold; scores "
            "on it are not those of unseen patients, so deal the patients again"
        )
    if seen.count:
        parts = " and ".join(
            f"{_summed([one.seen for one in found if one.part == part]).told(f'{part} patients')}"
            for part in PARTS[1:]
            if any(one.part == part and one.seen.of for one in found)
        )
        raise InputError(
            f"this split does not keep sites apart: {parts} come from a site that is in train; scores on it say "
            "nothing of a new hospital, so deal whole sites"
        )
    if not seen.of:
        return "no patient is on both sides; sites are unknown, so whether they are kept apart could not be checked"
    return f"clean: no patient and no site is on both sides of any of the {len(split.folds)} folds"


def _summed(shares: Sequence[Share]) -> Share:
    return Share(count=sum(share.count for share in shares), of=sum(share.of for share in shares))
