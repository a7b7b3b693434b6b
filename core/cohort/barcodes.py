"""Which sample, slide or row belongs to which patient: by identifier, and by the levels of a TCGA barcode.

A barcode reads TCGA-A2-A0CM-01A-...: `A2` the tissue source site, `TCGA-A2-A0CM` the patient, `01` the sample type
(01 primary tumour, 06 metastasis, 10-14 normal, 20 control) and `A` the vial; slides go on as `-01Z-00-DX1`, where DX
is a diagnostic (formalin-fixed) slide, TS and BS are frozen ones.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.errors import InputError

_BARCODE = re.compile(
    r"^TCGA[-.](?P<site>[A-Z0-9]{2})[-.](?P<person>[A-Z0-9]{4})"
    r"(?:[-.](?P<type>\d{2})(?P<vial>[A-Z])?(?:[-.](?P<rest>[^\s]*))?)?$",
    re.IGNORECASE,
)
NORMAL_TYPES = range(10, 30)
"""Sample types of normal tissue and controls; never used."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Barcode:
    """The parts of a TCGA barcode; None below the level it was given at."""

    patient: str
    """Twelve characters, upper case, with hyphens (R turns them into dots)."""
    site: str
    sample_type: int | None = None
    vial: str | None = None
    rest: str = ""

    @property
    def is_normal(self) -> bool:
        return self.sample_type is not None and self.sample_type in NORMAL_TYPES

    @property
    def is_frozen(self) -> bool:
        return re.search(r"(^|[-.])[TBM]S", self.rest.upper()) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Join:
    """Identifiers of a file joined to patients."""

    chosen: Mapping[str, tuple[str, ...]]
    """Patient to their identifiers in the file; patients without any are left out."""
    normal_only: frozenset[str]
    """Patients of whom the file knows only normal tissue."""
    notes: tuple[str, ...]


def parse_barcode(text: str) -> Barcode | None:
    """Parts of a TCGA barcode at any level from the patient on, or None for any other identifier."""
    found = _BARCODE.match(text.strip())
    if not found:
        return None
    site, person = found["site"].upper(), found["person"].upper()
    return Barcode(
        patient=f"TCGA-{site}-{person}",
        site=site,
        sample_type=int(found["type"]) if found["type"] else None,
        vial=found["vial"].upper() if found["vial"] else None,
        rest=found["rest"] or "",
    )


def sample_rank(sample: str) -> tuple[int, str, str]:
    """Order of preference among the samples of one patient; the smallest is used.

    Primary tumour (01), then other tumour types, then metastasis (06, 07); then the lowest vial; then the alphabet.
    """
    code = parse_barcode(sample)
    if code is None or code.sample_type is None:
        return (0, "", sample)
    kind = {1: 0, 6: 2, 7: 2}.get(code.sample_type, 1)
    return (kind, code.vial or "", sample)


def join_samples(samples: Iterable[str], patients: Sequence[str], *, what: str) -> Join:
    """Join samples to patients, one sample a patient.

    A sample belongs to the patient of the same identifier, else to the patient whose TCGA barcode it starts with. Of
    several, the one of exactly the patient's identifier is used, else the first by `sample_rank`.

    Args:
        samples: identifiers of the file.
        patients: identifiers of the clinical table.
        what: how notes call the file, e.g. "expression".
    """
    found = _found(samples, patients, _sample_owner)
    tumour, normal_only = _without_normal(found)
    chosen = {
        patient: (patient,) if patient in names else (min(names, key=sample_rank),) for patient, names in tumour.items()
    }
    several = sum(len(names) > 1 for names in tumour.values())
    notes = _notes(found, tumour, what=what, unit="sample")
    if several:
        notes.append(
            f"{what}: patients with several samples: {several}; used: the patient's own identifier, else primary "
            "tumour (01) before other tumour, metastasis (06) last, then the lowest vial, then the alphabet"
        )
    return Join(chosen=chosen, normal_only=normal_only, notes=tuple(notes))


def require_some(join: Join, names: Sequence[str], patients: Sequence[str], *, where: str) -> None:
    """Refuse a file none of whose names belongs to a patient.

    Raises:
        InputError: shows one identifier of each side, because how they differ is what has to be mended.
    """
    if not join.chosen:
        raise InputError(
            f"{where}: none of its {len(names)} names belongs to a patient of the clinical table; "
            f'it has e.g. "{min(names)}", the clinical table "{min(patients)}"; make them agree'
        )


def join_slides(names: Iterable[str], patients: Sequence[str], *, what: str, unit: str = "slide") -> Join:
    """Join slides (or other things of which a patient may have many) to patients, keeping them all.

    A name belongs to the patient whose identifier it is, or whose identifier it starts with, followed by a character
    that is neither letter nor digit; the longest such identifier wins, so `P1` never takes what is `P10`'s or `P1-2`'s.
    TCGA slides of normal tissue are left out. Diagnostic slides (DX) come first, then the alphabet.
    """
    found = _found(names, patients, _slide_owner)
    tumour, normal_only = _without_normal(found)
    chosen = {patient: tuple(sorted(slides, key=_slide_rank)) for patient, slides in tumour.items()}
    notes = _notes(found, tumour, what=what, unit=unit)
    mixed = sum(len({_slide_rank(slide)[0] for slide in slides}) > 1 for slides in chosen.values())
    if mixed:
        notes.append(f"{what}: patients with frozen sections besides diagnostic slides: {mixed}; all are kept")
    return Join(chosen=chosen, normal_only=normal_only, notes=tuple(notes))


def owners(names: Iterable[str], patients: Sequence[str]) -> dict[str, str]:
    """Patient of each slide name that tells one, by the rule of `join_slides`; normal tissue is told too."""
    found = _found(names, patients, _slide_owner)
    return {name: patient for patient, owned in found.items() if patient is not None for name in owned}


def _slide_rank(slide: str) -> tuple[int, str]:
    code = parse_barcode(slide)
    return (int(code is not None and code.is_frozen), slide)


_Owner = Callable[[str, Mapping[str, str]], str | None]


def _found(names: Iterable[str], patients: Sequence[str], owner: _Owner) -> dict[str | None, list[str]]:
    """Patient (or None) to the names that belong to them."""
    index = {patient: patient for patient in patients}
    for patient in patients:
        code = parse_barcode(patient)
        if code is not None:
            index.setdefault(_stem(code), patient)
    found: dict[str | None, list[str]] = defaultdict(list)
    for name in names:
        found[owner(name, index)].append(name)
    return found


def _stem(code: Barcode) -> str:
    kind = "" if code.sample_type is None else f"-{code.sample_type:02d}{code.vial or ''}"
    return code.patient + kind


def _sample_owner(sample: str, index: Mapping[str, str]) -> str | None:
    if sample in index:
        return index[sample]
    code = parse_barcode(sample)
    if code is None:
        return None
    stems = [_stem(code), code.patient]
    if code.sample_type is not None:
        stems.insert(1, f"{code.patient}-{code.sample_type:02d}")
    return next((index[stem] for stem in stems if stem in index), None)


def _slide_owner(name: str, index: Mapping[str, str]) -> str | None:
    owner = _sample_owner(name, index)
    if owner is not None:
        return owner
    cuts = [place for place, character in enumerate(name) if not character.isalnum()]
    return next((index[name[:cut]] for cut in reversed(cuts) if name[:cut] in index), None)


def _without_normal(found: Mapping[str | None, list[str]]) -> tuple[dict[str, list[str]], frozenset[str]]:
    tumour: dict[str, list[str]] = {}
    normal_only: set[str] = set()
    for patient, names in found.items():
        if patient is None:
            continue
        kept = [name for name in names if name == patient or not _is_normal(name)]
        if kept:
            tumour[patient] = kept
        else:
            normal_only.add(patient)
    return tumour, frozenset(normal_only)


def _is_normal(name: str) -> bool:
    code = parse_barcode(name)
    return code is not None and code.is_normal


def _notes(
    found: Mapping[str | None, list[str]], tumour: Mapping[str, list[str]], *, what: str, unit: str
) -> list[str]:
    total = sum(len(names) for names in found.values())
    strangers = len(found.get(None, []))
    kept = sum(len(names) for names in tumour.values())
    kinds = Counter({"of no patient of the clinical table": strangers, "of normal tissue": total - strangers - kept})
    left_out = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
    return [
        f"{what}: {unit}s: {total}, patients found: {len(tumour)}" + (f", left out: {left_out}" if left_out else "")
    ]
