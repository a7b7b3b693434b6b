"""What a run rests on, fixed before its first fold: dataset.json (cohort and folds), tiles.h5 (tile places) and
reference.safetensors (what its patients look like).
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from core.errors import InputError
from core.explain.familiarity import Familiarity
from core.results.artefacts import read_sealed, read_verified, replace_file, sealed, verify
from core.results.encoding import (
    check_format,
    cohort_from_json,
    cohort_key,
    cohort_to_json,
    folds_from_json,
    folds_to_json,
    stamped,
)
from core.results.familiar import Modality, familiar_file, read_familiar
from core.results.places import SlideEntry, SlideTiles, places_file, read_entries, read_places
from core.types import Cohort, Dataset, Fold, Json

DATASET, TILES, REFERENCE = "dataset.json", "tiles.h5", "reference.safetensors"


class Basis:
    """Cohort, folds and tile places of the run in `folder`; read once, as they never change."""

    def __init__(self, folder: Path, *, data: Path) -> None:
        self.folder = folder
        self.data = data

    @property
    def exists(self) -> bool:
        """True once cohort and folds are written."""
        return (self.folder / DATASET).exists()

    @cached_property
    def cohort(self) -> Cohort:
        """The cohort as it was analysed."""
        return cohort_from_json(cast(Mapping[str, Any], self._content["cohort"]))

    @cached_property
    def folds(self) -> tuple[Fold, ...]:
        """The deals of the patients, in order."""
        return folds_from_json(cast(Sequence[Any], self._content["folds"]))

    def write(self, dataset: Dataset, folds: Sequence[Fold]) -> None:
        """Write all of it; where it is there already, check that it is the same.

        Raises:
            InputError: the run was begun with other patients or folds.
        """
        if self.exists:
            self._check(dataset.cohort, folds)
            return
        content: dict[str, Json] = {
            "cohort": cohort_to_json(dataset.cohort),
            "folds": folds_to_json(folds),
            "files": {
                TILES: replace_file(self.folder / TILES, places_file(dataset, data=self.data)),
                REFERENCE: replace_file(self.folder / REFERENCE, familiar_file(dataset, folds)),
            },
        }
        replace_file(self.folder / DATASET, sealed(stamped(content)))

    def slides(self, patient: str) -> tuple[SlideTiles, ...]:
        """Where the tiles of a patient lie; empty without places."""
        return read_places(self._tiles(), patient=patient, data=self.data)

    def slide_entries(self) -> tuple[SlideEntry, ...]:
        """All slides whose tile places are known."""
        return read_entries(self._tiles())

    def familiarity(self) -> Mapping[Modality, Familiarity] | None:
        """What the run's patients look like; None for runs of older versions, which did not keep it."""
        files = cast(Mapping[str, str], self._content["files"])
        if REFERENCE not in files:
            return None
        mend = f"restore it from a backup, or delete {self.folder} and train again"
        return read_familiar(read_verified(self.folder / REFERENCE, sha256=files[REFERENCE], mend=mend))

    def _check(self, cohort: Cohort, folds: Sequence[Fold]) -> None:
        if cohort_key(self.cohort) != cohort_key(cohort) or self.folds != tuple(folds):
            raise InputError(
                f"run {self.folder.name!r} was begun with other patients or folds than these; "
                "restore the cohort folder and options it began with, or choose another --run name"
            )

    def _tiles(self) -> Path:
        files = cast(Mapping[str, str], self._content["files"])
        mend = f"restore it from a backup, or delete {self.folder} and train again"
        verify(self.folder / TILES, sha256=files[TILES], mend=mend)
        return self.folder / TILES

    @cached_property
    def _content(self) -> dict[str, Json]:
        path = self.folder / DATASET
        mend = f"continue run {self.folder.name!r} with --resume, or delete {self.folder} and train again"
        content = read_sealed(path, mend=mend)
        check_format(content, path=path)
        return content
