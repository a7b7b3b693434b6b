"""Small cohorts of which it is known what tells the label."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.evaluation import pooled, score
from core.slides.bags import write_bag
from core.slides.quality import SlideQuality, StainStrength
from core.types import Bag, Cohort, Dataset, Expression, Fold, Patient, Prediction


def cohort_of(labels, sites, *, values=None, genes=(), bags=None, classes=("no", "yes")) -> Dataset:
    """A dataset of patients in the order given; nothing but what is given tells the label."""
    ids = tuple(f"P{row:03d}" for row in range(len(labels)))
    people = tuple(
        Patient(id=patient, label=int(label), site=str(site), covariates={})
        for patient, label, site in zip(ids, labels, sites, strict=True)
    )
    cohort = Cohort(name="drawn", outcome="class", classes=classes, patients=people, fingerprint="0" * 64)
    expression = None
    if values is not None:
        expression = Expression(patients=ids, genes=tuple(genes), values=values.astype(np.float32), unit="log2")
    return Dataset(cohort=cohort, expression=expression, gene_sets=None, bags=bags)


def noise(patients, columns, *, seed=0):
    return np.random.default_rng(seed).normal(size=(patients, columns)).astype(np.float32)


def alternating(patients):
    """Labels 0, 1, 0, 1, ..."""
    return np.arange(patients) % 2


def changed(dataset: Dataset, patients, *, by: float) -> Dataset:
    """The same dataset with the expression of some patients overwritten."""
    assert dataset.expression is not None
    values = dataset.expression.values.copy()
    values[[dataset.expression.patients.index(patient) for patient in patients]] = np.float32(by)
    return replace(dataset, expression=replace(dataset.expression, values=values))


def auroc(rows, name, *, draw=None):
    """Pooled AUROC of one control."""
    mine = [
        Prediction(
            model="control",
            repeat=0,
            fold=0,
            patient=one.patient,
            label=one.label,
            mode="both",
            probabilities=one.probabilities,
        )
        for one in rows
        if one.name == name and draw in (None, one.draw)
    ]
    return score(pooled(mine, classes=2), resamples=100)["auroc"].value


def halves(dataset: Dataset) -> tuple[Fold, ...]:
    """Two folds of neighbouring patients, with two inner parts each."""
    ids = [patient.id for patient in dataset.cohort.patients]
    half = len(ids) // 2
    parts = ids[:half], ids[half:]
    return tuple(
        Fold(repeat=0, index=index, train=tuple(train), inner=(tuple(train[::2]), tuple(train[1::2])), test=tuple(test))
        for index, (test, train) in enumerate((parts, parts[::-1]))
    )


def slide_of(folder: Path, patient: str, *, haematoxylin: float, tissue: float = 1.0) -> Bag:
    """A bag on disk with its record of quality."""
    quality = SlideQuality(
        um_per_px=8.0,
        area_mm2={"tissue": tissue, "glass": 2.0},
        tiles={"kept": 4},
        sharpness=None,
        stain=StainStrength(haematoxylin=haematoxylin, haematoxylin_spread=0.1, eosin=0.2, eosin_spread=0.1),
        glass=None,
        problems=(),
    )
    file = folder / f"{patient}.h5"
    bag = Bag(
        slide=patient,
        features=noise(4, 3),
        origins=np.zeros((4, 2), np.int32),
        side_px=224.0,
        encoder="test",
        file=file,
    )
    write_bag(
        file,
        bag=bag,
        thumbnail=np.zeros((4, 4, 3), np.uint8),
        thumbnail_px=9.0,
        provenance={"slide_um_per_px": 0.5, "quality": json.dumps(quality.as_json())},
    )
    return bag
