"""Slides to bags, end to end: its rate against that of the slower of reading and encoding, each alone.

The three take turns in one run; figures are medians of wall time over the rounds. Needs a machine that is otherwise
idle: the encoder uses all cores.

    .venv/bin/python -m benchmarks.extraction [--slide REAL.svs] [--slides 6] [--side 6000] [--rounds 3]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.reading import pyramid, tissue
from core.config import EncoderSpec, TileSpec
from core.slides.encoders import TileEncoder, load_encoder
from core.slides.extraction import Order, extract_features
from core.slides.extraction.messages import Ended, Job, Tiles
from core.slides.extraction.readers import Readers
from core.types import Patient, SlideRef

SPEC = TileSpec(max_tiles=100_000)


def main() -> None:
    """Prints one line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--slide", type=Path, default=None)
    parser.add_argument("--slides", type=int, default=6)
    parser.add_argument("--side", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--readers", type=int, default=1)
    asked = parser.parse_args()
    encoder = load_encoder(EncoderSpec(weights="random"), device=asked.device)
    with tempfile.TemporaryDirectory() as folder:
        texture = tissue(asked.slide)
        refs = [
            SlideRef(id=f"s{number}", path=pyramid(Path(folder) / f"s{number}.tif", texture, asked.side, 0.25))
            for number in range(asked.slides)
        ]
        reading, pixels = _read(refs, asked.readers)
        times: dict[str, list[float]] = {"reading": [], "encoding": [], "both": []}
        for turn in range(asked.rounds):
            times["reading"].append(_timed(lambda: _read(refs, asked.readers)))
            times["encoding"].append(_timed(lambda: _encode(encoder, pixels, reading)))
            features = Path(folder) / f"features-{turn}"
            times["both"].append(_timed(lambda to=features: _both(refs, encoder, to, asked.readers, asked.device)))
        medians = {name: statistics.median(every) for name, every in times.items()}
    rates = {name: reading / took for name, took in medians.items()}
    slower = min(rates["reading"], rates["encoding"])
    print(
        f"{asked.slides} slides, {reading} tiles: reading {rates['reading']:.0f} tiles/s, encoding "
        f"{rates['encoding']:.1f}, end to end {rates['both']:.1f}: {rates['both'] / slower:.1%} of the slower alone"
    )


def _timed(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def _read(refs: list[SlideRef], count: int) -> tuple[int, np.ndarray]:
    """How many tiles all slides have, and a few of them."""
    waiting, read, some = list(refs), 0, np.empty(0)
    with Readers(count) as readers:
        while waiting or readers.busy:
            while waiting and readers.room:
                ref = waiting.pop()
                folder = Path("/nonexistent")
                readers.give(Job(ref=ref, tiles=SPEC, stain="none", encoder="none", folder=folder, threads=1))
            for _, message in readers.messages(wait_s=1.0):
                if isinstance(message, Tiles):
                    some = message.pixels
                if isinstance(message, Ended):
                    read += message.sent
    return read, some


def _encode(encoder: TileEncoder, tiles: np.ndarray, count: int) -> None:
    batch = np.resize(tiles, (encoder.batch, *tiles.shape[1:]))
    for _ in range(0, count, encoder.batch):
        encoder(batch)


def _both(refs: list[SlideRef], encoder: TileEncoder, features: Path, readers: int, device: str) -> None:
    patients = [Patient(id=ref.id, label=0, site="A", slides=(ref,), covariates={}) for ref in refs]
    order = Order(tiles=SPEC, encoder=encoder, features=features, readers=readers, device=device)
    summary = extract_features(patients, order, progress=False)
    assert summary.made == len(refs), summary.failures


if __name__ == "__main__":
    main()
