"""Slides of one case: looked at before anything is computed, then cut and encoded as the run's own were."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np
from jaxtyping import Float32, UInt8

from core.config import StainName, TileSpec
from core.errors import InputError
from core.serving.checks import Checklist, QuestionError
from core.serving.loaded import Loaded
from core.slides.doctor import Examination, Unreadable, examined
from core.slides.encoders import TileEncoder
from core.slides.extraction import Order, extract_slide, features_key
from core.types import Bag, RunRecord

SOURCES = {
    "file": "stated by the file",
    "given": "as given",
    "override": "as given",
    "magnification": "from the objective's magnification",
}


class Counting:
    """An encoder that tells how many tiles it has encoded."""

    def __init__(self, encoder: TileEncoder, told: Callable[[int], None]) -> None:
        self._encoder, self._told, self._done = encoder, told, 0
        self.key, self.note, self.dim, self.batch = encoder.key, encoder.note, encoder.dim, encoder.batch

    def __call__(self, tiles: UInt8[np.ndarray, "n size size 3"]) -> Float32[np.ndarray, "n dim"]:
        features = self._encoder(tiles)
        self._done += len(tiles)
        self._told(self._done)
        return features


def check_slides(paths: Sequence[Path], record: RunRecord, checks: Checklist, *, um_per_px: float | None) -> int:
    """Look at each slide as `python -m core slides doctor` does; returns how many tiles they will give.

    Raises:
        InputError: a slide cannot be read, or gives no tile.
        QuestionError: nobody states its resolution.
    """
    if record.config.get("images") not in ("slides", "tiles"):
        raise InputError(
            f"run {record.name} was trained on {record.encoder_note}, so it cannot read a slide; "
            "choose a run that was trained on slides, or give --expression alone"
        )
    with checks.at("reader"):
        found = [_readable(one) for one in examined(paths, tiles=tile_spec(record), um_per_px=um_per_px)]
        checks.passed(
            "reader",
            _each([f"{one.width:,} × {one.height:,} px, {_levels(one)}, {one.reader} reader" for one in found]),
        )
    with checks.at("resolution"):
        for one in found:
            _stated(one)
        checks.passed(
            "resolution", _each([f"{one.um_per_px:.3g} µm per pixel, {SOURCES[one.um_source]}" for one in found])
        )
    with checks.at("tissue"):
        for one in found:
            if not one.usable:
                raise InputError(one.problems[0])
        checks.passed("tissue", _each([_tissue(one) for one in found]))
    with checks.at("quality"):
        problems = [problem for one in found for problem in one.problems]
        if problems:
            checks.warned("quality", " ".join(problems))
        else:
            checks.passed("quality", "Blur, ink, folds and stain lie within the usual.")
    return sum(one.tiles["kept"] for one in found)


def extracted_bags(
    paths: Sequence[Path], loaded: Loaded, checks: Checklist, *, planned: int, um_per_px: float | None
) -> tuple[Bag, ...]:
    """Features of every slide, made as the run's own were; `planned` tiles are expected.

    Raises:
        InputError: a slide gives no tile, or the encoder here is another than the run's.
    """
    if not paths:
        return ()
    with checks.at("features", "Tiles are cut and encoded; this takes longest."):
        record, encoder = loaded.record, loaded.encoder
        stain = cast(StainName, record.config["stain"])
        if (key := features_key(encoder, stain)) != record.encoder:
            raise InputError(
                f"the encoder here ({key}) is not the one run {record.name} was trained with ({record.encoder}); "
                "give the same weights file, on a machine of the same kind"
            )
        order = Order(
            tiles=tile_spec(record),
            encoder=Counting(encoder, lambda done: checks.going("features", f"{done:,} of {planned:,} tiles encoded.")),
            stain=stain,
            features=loaded.data / "features",
            device=loaded.device,
            # a person asks for this very slide, who may have mended it
            retry=True,
        )
        bags = tuple(extract_slide(path, order, um_per_px=um_per_px) for path in paths)
        tiles = sum(len(bag.features) for bag in bags)
        checks.passed("features", f"{tiles:,} tiles encoded by the run's own encoder.")
    return bags


def tile_spec(record: RunRecord) -> TileSpec:
    """How the run's slides were cut."""
    return TileSpec(**cast(Mapping[str, float], record.config["tiles"]))  # type: ignore[arg-type]


def _readable(found: Examination | Unreadable) -> Examination:
    if isinstance(found, Unreadable):
        raise InputError(found.reason)
    return found


def _stated(found: Examination) -> None:
    if found.um_per_px is None:
        raise QuestionError(
            "the slide does not state its resolution; type it in micrometres per pixel (--um-per-px): "
            "a scan at 40x has about 0.25, at 20x about 0.5",
            asks="um_per_px",
        )


def _levels(found: Examination) -> str:
    return f"{len(found.levels)} level{'' if len(found.levels) == 1 else 's'}"


def _tissue(found: Examination) -> str:
    lost = ", ".join(f"{count:,} {verdict}" for verdict, count in found.tiles.items() if count and verdict != "kept")
    left_out = f"; left out: {lost}" if lost else ""
    return f"{found.tissue_mm2:.3g} mm² of tissue, {found.tiles['kept']:,} tiles{left_out}"


def _each(sentences: Sequence[str]) -> str:
    if len(sentences) == 1:
        return f"{sentences[0][:1].upper()}{sentences[0][1:]}."
    return " ".join(f"Slide {number}: {one}." for number, one in enumerate(sentences, start=1))
