"""A bundle as what answers for a case, on a machine that may know nothing else of the run."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import safetensors
import safetensors.numpy
from jaxtyping import Float32, Float64

from core.config import EncoderSpec
from core.errors import InputError
from core.evaluation.elsewhere import Own
from core.evaluation.rows import CalibrationScore, Threshold
from core.explain.familiarity import Familiarity
from core.results.encoding import folds_from_json, record_from_json
from core.results.familiar import Modality, read_familiar
from core.serving.bundle import layout
from core.serving.bundle.archive import COPY_AGAIN, Archive
from core.serving.bundle.patients import shared
from core.serving.decision import Bounds, Judge
from core.serving.source import Source, Weights, encoder_like
from core.slides.encoders import TileEncoder, load_encoder
from core.slides.encoders.loading import RESNET50
from core.types import Fold, Json, Mode, Score

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What a bundle says of itself to people."""

    id: str
    """Equal for equal content: compare it with the one that whoever made the bundle was told."""
    intended_use: str
    not_for: str
    licence: str
    metrics: tuple[Score, ...]
    """Of each model with all it was trained on, over all folds, out of fold."""
    patients: int


class Bundle(Source):
    """A verified bundle; nothing of it is unpacked, and nothing in it can run."""

    def __init__(self, archive: Archive, *, encoder_weights: Path | None = None, trunk: str = "") -> None:
        self._archive = archive
        self._given = encoder_weights
        self._trunk = trunk
        self._content = archive.read_json(layout.FACTS)
        super().__init__(
            self._read(lambda facts: record_from_json(facts["record"])),
            self._read(lambda facts: folds_from_json(facts["folds"])),
            bundle=archive.id,
        )
        self.about: About = self._read(self._about)
        self._own: Own = self._read(_own)
        # read at once: what is wrong with a bundle is told when it is opened
        self._judge: Judge = self._read(_judge)
        self._tested: Float64[np.ndarray, " tested"] = self._read(
            lambda facts: np.array([float(one) for one in facts["tested"]], dtype=np.float64)
        )

    def judge(self) -> Judge:
        return self._judge

    def tested(self) -> Float64[np.ndarray, " tested"]:
        return self._tested

    def familiarity(self) -> Mapping[Modality, Familiarity] | None:
        return self._familiarity

    @cached_property
    def _familiarity(self) -> Mapping[Modality, Familiarity] | None:
        if layout.REFERENCE not in self._archive.names:
            return None
        return self._arrays(layout.REFERENCE, read_familiar)

    def weights(self, model: str, fold: Fold) -> Weights:
        name = layout.weights_file(model, fold)
        if name not in self._archive.names:
            raise self._damaged(f"{name} is missing")
        arrays = self._arrays(name, safetensors.numpy.load)
        return arrays, cast(Mapping[str, Json], self._archive.read_json(layout.settings_file(model, fold)))

    def embeddings(self, fold: Fold) -> Float32[np.ndarray, "train members width"] | None:
        name = layout.embeddings_file(fold)
        return self._arrays(name, safetensors.numpy.load)["train"] if name in self._archive.names else None

    def encoder(self, *, device: str) -> TileEncoder:
        """The bundle's own; where it holds none, that of the weights that were given.

        Raises:
            InputError: a network of a user's module, which a file from elsewhere must not name by itself, or weights
                that are neither in the bundle nor given.
        """
        record = self.record
        trunk = str(record.config["trunk"])
        if trunk != RESNET50 and trunk != self._trunk:
            raise InputError(
                f"this bundle's slides were encoded by {trunk}, a module of its maker's; if it lies here and you trust "
                f"it, say so by --trunk {trunk}"
            )
        if trunk != RESNET50:
            return load_encoder(encoder_like(record), device=device)
        if layout.ENCODER in self._archive.names:
            from core.slides.encoders.resnet import frozen_resnet50

            name = record.encoder.split("-")[1]
            content = self._archive.read(layout.ENCODER)
            return frozen_resnet50(content, name=name, note=record.encoder_note, device=device)
        spec = encoder_like(record)
        if self._given is not None:
            spec = EncoderSpec(weights=self._given, trunk=trunk, stain=spec.stain)
        elif isinstance(spec.weights, Path):
            raise InputError(
                f"this bundle does not hold the weights of its encoder ({spec.weights.name}, key {record.encoder}); "
                "give them by --encoder-weights FILE"
            )
        return load_encoder(spec, device=device)

    def own(self) -> Own:
        return self._own

    def known(self, patients: Collection[str]) -> int:
        facts = cast(Mapping[str, Any], self._content["patients"])
        return shared(patients, facts["digests"], salt=str(facts["salt"]))

    def close(self) -> None:
        """Lets go of the file."""
        self._archive.close()

    def _about(self, facts: Mapping[str, Any]) -> About:
        return About(
            id=self._archive.id,
            intended_use=str(facts["intended_use"]),
            not_for=str(facts["not_for"]),
            licence=str(facts["licence"]),
            metrics=tuple(Score(**one) for one in facts["metrics"]),
            patients=int(facts["patients"]["count"]),
        )

    def _read(self, part: Callable[[Mapping[str, Any]], T]) -> T:
        """A part of the facts; whatever is not as it was written is told as damage."""
        try:
            return part(self._content)
        except (KeyError, TypeError, ValueError, AttributeError, AssertionError, IndexError) as error:
            raise self._damaged(f"{layout.FACTS} is not as it is written") from error

    def _arrays(self, name: str, read: Callable[[bytes], T]) -> T:
        try:
            return read(self._archive.read(name))
        except (safetensors.SafetensorError, KeyError, ValueError, TypeError) as error:
            raise self._damaged(f"{name} holds no tensors") from error

    def _damaged(self, what: str) -> InputError:
        return InputError(f"{self._archive.path.name} is damaged: {what}; {COPY_AGAIN}")


def open_bundle(path: Path, *, encoder_weights: Path | None = None, trunk: str = "") -> Bundle:
    """A bundle, every byte of it verified.

    Args:
        path: the file.
        encoder_weights: of the slides' encoder, for a bundle that does not hold them.
        trunk: a user's module that the bundle may load, as `module:function`.

    Raises:
        InputError: it is no bundle, of another version, damaged, changed, or holds what no bundle holds.
    """
    return Bundle(Archive(path), encoder_weights=encoder_weights, trunk=trunk)


def described(bundle: Bundle) -> tuple[str, ...]:
    """What it says of itself, in lines."""
    record, about = bundle.record, bundle.about
    facts = {
        "bundle": about.id,
        "run": f"{record.name}, begun {record.started}",
        "cohort": f"{record.cohort_name}, {about.patients:,} patients" + (", synthetic" if record.synthetic else ""),
        "outcome": f"{record.outcome}: {' against '.join(record.classes)}",
        "models": ", ".join(record.models),
        "tissue": record.encoder_note,
        "genes": f"{len(record.genes):,}, in {record.unit}" if record.genes else "none",
        "use": about.intended_use,
        "not for": about.not_for,
        "licence": about.licence,
    }
    scores = [
        f"{one.model:10} {one.metric:18} {one.value:.3f} [{one.low:.3f}, {one.high:.3f}], n = {one.n}"
        for one in about.metrics
        if one.value is not None and one.low is not None and one.high is not None
    ]
    return (*(f"{name:8} {text}" for name, text in facts.items()), "out of fold, with 95 % intervals:", *scores)


def _own(facts: Mapping[str, Any]) -> Own:
    """Older bundles tell of calibration and of the sizes of classes nothing."""
    return Own(
        scores=tuple(Score(**one) for one in facts["metrics"]),
        calibration=tuple(CalibrationScore(**one) for one in facts.get("calibration", ())),
        classes={str(name): int(count) for name, count in facts.get("classes", {}).items()},
    )


def _judge(facts: Mapping[str, Any]) -> Judge:
    by_model: dict[tuple[str, str], dict[tuple[int, int], np.ndarray]] = {}
    for one in cast(Sequence[Mapping[str, Any]], facts["conformal"]["bounds"]):
        place = (int(one["repeat"]), int(one["fold"]))
        found = by_model.setdefault((str(one["model"]), str(one["mode"])), {})
        # a text where it is infinite
        found[place] = np.array([float(largest) for largest in one["largest"]], dtype=np.float64)

    def bounds(model: str, mode: Mode) -> Bounds:
        return by_model.get((model, mode), {})

    return Judge(
        bounds=bounds,
        thresholds=tuple(replace(Threshold(**one), value=float(one["value"])) for one in facts["thresholds"]),
        wanted=float(facts["conformal"]["wanted"]),
    )
