"""A finished run -> one file. Equal runs make equal bundles, byte for byte."""

import hashlib
import json
import math
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import get_args

import numpy as np
import safetensors.numpy as safetensors

from core.errors import InputError
from core.results import RunFolder
from core.results.artefacts import put_in_place, written
from core.results.encoding import folds_to_json, plain, record_to_json
from core.results.familiar import familiar_bytes
from core.serving.bundle import layout
from core.serving.bundle.patients import digests, salt_of
from core.serving.source import FinishedRun, encoder_like
from core.slides.encoders.loading import RESNET50
from core.types import Fold, Json, Mode, RunRecord

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip file can state; when it was written is nobody's business but the file system's."""
NO_LICENCE = "Not stated: ask whoever made this bundle before you use it."
NOT_FOR = "Diagnosis, prognosis or choice of treatment of any patient; patients unlike those it was trained on."
SETTINGS = ("model", "members", "modes", "network", "shape", "tokens")
"""Of a fold's settings; how the fit went stays with the run."""
CONFIG = ("seed", "split", "folds", "repeats", "accept", "images", "trunk", "stain", "tiles", "fit")
"""Of a run's options; others may name folders."""
FROM_FILES = ("slides", "tiles")
MODES: tuple[Mode, ...] = get_args(Mode)


def write_bundle(run: RunFolder, out: Path, *, licence: str = "", with_encoder: bool = True) -> str:
    """Freeze a finished run; returns the bundle's id.

    Args:
        run: with its evaluation.
        out: file to write; it appears whole or not at all.
        licence: under which the weights may be used.
        with_encoder: whether the weights of the slides' encoder go along, where they are not drawn from a seed.

    Raises:
        InputError: the run is not finished, `out` is there already or cannot be written, weights cannot be had.
    """
    if not run.finished_run:
        raise InputError(f"run {run.record.name} is not finished; continue it with --resume before it is frozen")
    if out.exists():
        raise InputError(f"--out {out} is there already; name a new file")
    files = dict(_files(run, licence=licence, with_encoder=with_encoder))
    manifest = {
        "kind": layout.KIND,
        "format": layout.FORMAT,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    content = _json(manifest)
    fresh = out.with_name(f".{out.name}.tmp-{os.getpid()}")
    with written(out.parent):
        out.parent.mkdir(parents=True, exist_ok=True)
    try:
        with written(fresh), zipfile.ZipFile(fresh, "w", zipfile.ZIP_STORED) as archive:
            for name, member in [(layout.MANIFEST, content), *sorted(files.items())]:
                archive.writestr(zipfile.ZipInfo(name, EPOCH), member)
        put_in_place(fresh, out)
    finally:
        fresh.unlink(missing_ok=True)
    return hashlib.sha256(content).hexdigest()[:16]


def _files(run: RunFolder, *, licence: str, with_encoder: bool) -> Iterator[tuple[str, bytes]]:
    source = FinishedRun(run)
    encoder = _encoder(run.record) if with_encoder else None
    yield layout.FACTS, _json(_facts(source, licence=licence, frozen_encoder=encoder is not None))
    if encoder is not None:
        yield layout.ENCODER, encoder
    if familiarity := source.familiarity():
        yield layout.REFERENCE, familiar_bytes(familiarity)
    for fold in source.folds:
        known = source.embeddings(fold) if "fused" in run.record.models else None
        if known is not None:
            yield layout.embeddings_file(fold), _arrays({"train": known})
        for model in run.record.models:
            weights, settings = source.weights(model, fold)
            yield layout.weights_file(model, fold), _arrays(weights)
            kept = {name: plain(settings[name]) for name in SETTINGS if name in settings}
            yield layout.settings_file(model, fold), _json(kept)


def _facts(source: FinishedRun, *, licence: str, frozen_encoder: bool) -> dict[str, Json]:
    record, judge, run, own = source.record, source.judge(), source.run, source.own()
    patients = [patient.id for patient in run.cohort().patients]
    bounds = [
        {"model": model, "mode": mode, "repeat": repeat, "fold": fold, "largest": [_number(one) for one in largest]}
        for model in record.models
        for mode in MODES
        for (repeat, fold), largest in judge.bounds(model, mode).items()
    ]
    salt = salt_of(record.cohort)
    between = " against ".join(record.classes)
    return {
        "record": record_to_json(_public(record, frozen_encoder=frozen_encoder)),
        "folds": folds_to_json(_numbered(source.folds, patients)),
        "conformal": {"wanted": judge.wanted, "bounds": bounds},
        "thresholds": [{**asdict(one), "value": _number(one.value)} for one in judge.thresholds],
        "tested": [float(one) for one in source.tested()],
        "patients": {"count": len(patients), "salt": salt, "digests": [*digests(patients, salt=salt)]},
        "metrics": [asdict(one) for one in own.scores],
        "calibration": [asdict(one) for one in own.calibration],
        "classes": dict(own.classes),
        "intended_use": f"Research on telling {between} in cohorts like the one it was trained on.",
        "not_for": NOT_FOR,
        "licence": " ".join(licence.split()) or NO_LICENCE,
    }


def _public(record: RunRecord, *, frozen_encoder: bool) -> RunRecord:
    """Without what names folders and machines."""
    weights = str(record.config["encoder_weights"])
    stated = weights if weights in ("imagenet", "random") else Path(weights).name
    kept = {name: record.config[name] for name in CONFIG if name in record.config}
    config = {**kept, "encoder_weights": layout.ENCODER if frozen_encoder else stated}
    return replace(record, command="", cohort_folder="", hardware={}, config=config)


def _numbered(folds: Sequence[Fold], patients: Sequence[str]) -> list[Fold]:
    """The folds, in which patients are called by their place in the cohort, from 1."""
    number = {patient: str(place) for place, patient in enumerate(patients, start=1)}
    return [
        replace(
            fold,
            train=tuple(number[one] for one in fold.train),
            inner=tuple(tuple(number[one] for one in part) for part in fold.inner),
            test=tuple(number[one] for one in fold.test),
        )
        for fold in folds
    ]


def _encoder(record: RunRecord) -> bytes | None:
    """Its weights; None where there are none to take along."""
    if record.config.get("images") not in FROM_FILES or str(record.config["encoder_weights"]) == "random":
        return None
    if record.config["trunk"] != RESNET50:
        return None
    from core.slides.encoders.resnet import trunk_bytes

    return trunk_bytes(encoder_like(record))


def _number(value: float) -> float | str:
    """JSON knows no infinity: `inf` as a text, which reads back as one."""
    return float(value) if math.isfinite(value) else str(float(value))


def _json(content: Mapping[str, object]) -> bytes:
    return (json.dumps(content, indent=1, allow_nan=False) + "\n").encode()


def _arrays(arrays: Mapping[str, np.ndarray]) -> bytes:
    # safetensors writes the memory as it lies
    return safetensors.save({name: np.array(values, order="C") for name, values in sorted(arrays.items())})
