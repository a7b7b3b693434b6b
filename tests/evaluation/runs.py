"""What a small run would leave behind: any number of classes, folds and repeats, with inner predictions."""

from dataclasses import replace

import numpy as np

from core.evaluation import Evidence, main_mode
from core.types import Cohort, Fold, Patient, Prediction

TWO = ("Luminal", "Basal/HER2")


def evidence_of(
    labels, *, skill=2.0, folds=3, repeats=1, classes=TWO, models=("image",), seed=0, covariates=None, sharpness=1.0
) -> Evidence:
    """A run whose models' logits tell the true class by `skill` standard deviations.

    Args:
        covariates: of each patient.
        sharpness: by what the networks' own logits are too large.
    """
    rng = np.random.default_rng(seed)
    patients = tuple(
        Patient(
            id=f"p{row:04d}",
            label=int(label),
            site=f"s{row % 5}",
            covariates={} if covariates is None else covariates[row],
        )
        for row, label in enumerate(labels)
    )
    modes = [(model, main_mode(model)) for model in models]
    modes += [("fused", "image"), ("fused", "genes")] if "fused" in models else []
    dealt, predictions, inner = [], [], []
    for repeat in range(repeats):
        place = rng.permutation(len(patients)) % folds
        for fold in range(folds):
            test = [one for one, mine in zip(patients, place, strict=True) if mine == fold]
            train = [one for one, mine in zip(patients, place, strict=True) if mine != fold]
            ids = tuple(one.id for one in train)
            dealt.append(
                Fold(
                    repeat=repeat,
                    index=fold,
                    train=ids,
                    inner=(ids[::2], ids[1::2]),
                    test=tuple(one.id for one in test),
                )
            )
            for answered, kept in ((test, predictions), (train, inner)):
                for one in answered:
                    for model, mode in modes:
                        logits = skill * np.eye(len(classes))[one.label] + rng.normal(size=len(classes)) / np.sqrt(2)
                        kept.append(
                            Prediction(
                                model=model,
                                repeat=repeat,
                                fold=fold,
                                patient=one.id,
                                label=one.label,
                                mode=mode,
                                probabilities=_softmax(logits),
                                uncalibrated=_softmax(logits * sharpness),
                            )
                        )
    cohort = Cohort(name="tiny", outcome="pam50", classes=classes, patients=patients, fingerprint="0")
    return Evidence(
        cohort=cohort, folds=tuple(dealt), models=models, predictions=tuple(predictions), inner=tuple(inner), seed=0
    )


def relabelled(evidence, labels) -> Evidence:
    """The same out-of-fold answers for patients who turn out to be of other classes; inner predictions as they were."""
    of = {one.id: int(label) for one, label in zip(evidence.cohort.patients, labels, strict=True)}
    patients = tuple(replace(one, label=of[one.id]) for one in evidence.cohort.patients)
    return replace(
        evidence,
        cohort=replace(evidence.cohort, patients=patients),
        predictions=tuple(replace(one, label=of[one.patient]) for one in evidence.predictions),
    )


def _softmax(logits):
    raised = np.exp(logits - logits.max())
    return tuple((raised / raised.sum()).tolist())
