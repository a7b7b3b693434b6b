"""What one part of a split has in common with another: patients, sites, and what patients bring."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_BARCODE = re.compile(r"^(TCGA[-.][A-Z0-9]{2}[-.][A-Z0-9]{4})(?![A-Z0-9])", re.IGNORECASE)


def person(patient: str) -> str:
    """Whose identifier it is: samples and slides of one TCGA patient (-01A, -06A, -01Z-00-DX1) are one person."""
    found = _BARCODE.match(patient.strip())
    return found[1].upper().replace(".", "-") if found else patient.strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """How many of a part are concerned."""

    count: int
    of: int

    @property
    def share(self) -> float | None:
        """None of an empty part."""
        return self.count / self.of if self.of else None

    def told(self, what: str) -> str:
        """Like "12 of 34 test patients (35 %)"."""
        return f"{self.count} of {self.of} {what}" + (f" ({100 * self.count / self.of:.0f} %)" if self.of else "")


def shared_persons(learned: Iterable[str], asked: Sequence[str]) -> Share:
    """Patients of a part who are learned from too, under whatever identifier."""
    known = {person(patient) for patient in learned}
    return Share(count=sum(person(patient) in known for patient in asked), of=len(asked))


def seen_sites(learned: Iterable[str], asked: Sequence[str], site: Mapping[str, str]) -> Share:
    """Patients of a part whose site is learned from too; patients without a known site are left out."""
    known = {site[patient] for patient in learned if patient in site}
    placed = [patient for patient in asked if patient in site]
    return Share(count=sum(site[patient] in known for patient in placed), of=len(placed))


def shared_content(learned: Iterable[str], asked: Sequence[str], content: Mapping[str, Iterable[str]]) -> Share:
    """Patients of a part who bring a slide or an expression row that someone else who is learned from brings too."""
    known = {digest for patient in learned for digest in content.get(patient, ())}
    return Share(count=sum(not known.isdisjoint(content.get(patient, ())) for patient in asked), of=len(asked))


def doubled(content: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Patients who bring something that another patient brings too."""
    owners: dict[str, set[str]] = {}
    for patient, digests in content.items():
        for digest in digests:
            owners.setdefault(digest, set()).add(patient)
    return tuple(sorted({patient for found in owners.values() if len(found) > 1 for patient in found}))
