"""Ready-made bags of a whole cohort: each file once, all by one encoder."""

from collections.abc import Mapping, Sequence

from core.errors import InputError
from core.slides.bags.foreign import read_foreign_bag
from core.types import Bag, Exclusion, Patient


def read_bags(patients: Sequence[Patient]) -> tuple[dict[str, tuple[Bag, ...]], tuple[Exclusion, ...]]:
    """The bags that patients' slides name, in any layout that `read_foreign_bag` knows.

    Args:
        patients: their slides' paths are files of features.

    Returns:
        Patient id to bags, in the order of their slides; and an exclusion at stage "tiles" for each patient none of
        whose files is a bag.

    Raises:
        InputError: two bags are by different encoders, or of different length.
    """
    bags: dict[str, tuple[Bag, ...]] = {}
    lost: list[Exclusion] = []
    for patient in patients:
        found, faults = _of(patient)
        if found:
            bags[patient.id] = found
        else:
            lost.append(Exclusion(patient=patient.id, stage="tiles", reason="; ".join(faults) or "no file of features"))
    _check_alike(bags)
    return bags, tuple(lost)


def _of(patient: Patient) -> tuple[tuple[Bag, ...], list[str]]:
    found: list[Bag] = []
    faults: list[str] = []
    for ref in patient.slides:
        try:
            found.append(read_foreign_bag(ref.path))
        except InputError as error:
            faults.append(str(error))
    return tuple(found), faults


def _check_alike(bags: Mapping[str, tuple[Bag, ...]]) -> None:
    every = [bag for mine in bags.values() for bag in mine]
    for bag in every[1:]:
        first = every[0]
        if (bag.encoder, bag.features.shape[1]) != (first.encoder, first.features.shape[1]):
            raise InputError(
                f"bags of two encoders cannot be mixed, but there are {_made(first)} and {_made(bag)}; "
                "keep those of one encoder"
            )


def _made(bag: Bag) -> str:
    return f"{bag.features.shape[1]} features a tile by {bag.encoder}"
