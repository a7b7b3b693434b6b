"""Further outcomes of the same patients: what a ladder of a label made from genes is held against."""

from pathlib import Path

import numpy as np

from core.cohort.clinical import read_clinical, read_labels
from core.cohort.manifest import read_manifest
from core.training.controls.patients import Target
from core.training.controls.splits import UNKNOWN
from core.types import Dataset


def other_targets(folder: Path, outcome: str) -> tuple[str, ...]:
    """Columns that the manifest declares as outcomes besides `outcome`, the run's own.

    Raises:
        InputError: a fault in the manifest.
    """
    manifest = read_manifest(folder)
    return tuple(column for column in (manifest.outcome.column, *manifest.other_outcomes) if column != outcome)


def read_target(folder: Path, column: str, dataset: Dataset) -> Target:
    """A declared outcome of a dataset's patients; UNKNOWN for those of whom the clinical table does not know it.

    Raises:
        InputError: a fault in the manifest, or the column holds none of the classes it declares.
    """
    manifest = read_manifest(folder)
    labels = read_labels(read_clinical(manifest.clinical), manifest.outcome_for(column))
    label = [labels.label.get(patient.id, UNKNOWN) for patient in dataset.cohort.patients]
    return Target(name=column, classes=len(labels.classes), label=np.array(label, np.int64))
