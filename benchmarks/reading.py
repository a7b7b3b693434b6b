"""Tiles per second from slide to tensor: ours, openslide-python's loop, and the fastest decoder of the stored tiles.

All in one process with one allocator, taking turns; JPEG and JPEG2000, with and without resampling. The generated
pyramids repeat real tissue where the real slide is given, else painted tissue.

    OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.reading [--slide REAL.svs] [--side 20000] [--rounds 5]
"""

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import openslide
import PIL.Image
import simplejpeg
import tifffile

from core.config import TileSpec
from core.slides import open_slide
from core.slides.allocator import keep_memory
from core.slides.tiles import planned
from core.slides.tiles.cutting import Cutter

SPEC = TileSpec(max_tiles=100_000)
CHUNK = 32
STORED = 256
_APERIO_JPEG2000 = 33005


def main() -> None:
    """Prints one line a slide."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--slide", type=Path, default=None)
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--tiles", type=int, default=2000, help="most tiles of a slide")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    keep_memory()  # for all of them: they share the process
    with tempfile.TemporaryDirectory() as folder:
        texture = tissue(asked.slide)
        made = [
            ("generated, 0.25 um/px, levels halve, JPEG", pyramid(Path(folder) / "a.tif", texture, asked.side, 0.25)),
            ("generated, 0.2525 um/px, levels halve, JPEG", pyramid(Path(folder) / "b.tif", texture, 8192, 0.2525)),
            ("generated, 0.5 um/px, JPEG2000", pyramid(Path(folder) / "c.svs", texture, 4096, 0.5, codec="jpeg2000")),
        ]
        real = [(f"real, {asked.slide.name}", asked.slide)] if asked.slide else []
        for name, path in [*real, *made]:
            _compare(name, path, most=asked.tiles, rounds=asked.rounds)


def _compare(name: str, path: Path, *, most: int, rounds: int) -> None:
    origins, side = _places(path, most)
    ways: dict[str, Callable[[], int]] = {
        "acinus": lambda: _ours(path, origins, side, threads=1),
        "ahead": lambda: _ours(path, origins, side, threads=2),
        "openslide": lambda: _openslide(path, origins, side, exact=True),
        "inexact": lambda: _openslide(path, origins, side, exact=False),
        "decoder": lambda: _decoder(path, origins, side),
    }
    cpu: dict[str, list[float]] = {way: [] for way in ways}
    wall: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(rounds + 1):
        for way, run in ways.items():
            before = time.process_time(), time.perf_counter()
            run()
            if turn:  # the first warms up
                cpu[way].append(time.process_time() - before[0])
                wall[way].append(time.perf_counter() - before[1])
    cost = {way: statistics.median(every) for way, every in cpu.items()}
    took = {way: statistics.median(every) for way, every in wall.items()}
    print(
        f"{name}: {len(origins)} tiles; on one thread, by processor time: {len(origins) / cost['acinus']:.0f} tiles/s, "
        f"{cost['openslide'] / cost['acinus']:.2f} x openslide-python ({cost['inexact'] / cost['acinus']:.2f} x where "
        f"its scale may be off by half a pixel), {cost['decoder'] / cost['acinus']:.2f} of the decoder alone; decoding "
        f"ahead in two threads of the process, by wall time: {took['openslide'] / took['ahead']:.2f} x "
        f"({took['inexact'] / took['ahead']:.2f} x)"
    )


def _places(path: Path, most: int) -> tuple[np.ndarray, float]:
    with open_slide(path) as slide:
        plan = planned(slide, tiles=SPEC, stain="none")
    return plan.origins[:most], plan.side_px


def _ours(path: Path, origins: np.ndarray, side: float, *, threads: int) -> int:
    done = 0
    with open_slide(path) as slide:
        cutter = Cutter.of(slide, side_px=side, size_px=SPEC.size_px, threads=threads)
        for numbers, _ in cutter.in_parts(origins, most=CHUNK):
            done += len(numbers)
    return done


def _openslide(path: Path, origins: np.ndarray, side: float, *, exact: bool) -> int:
    """What the field's scripts do: best level, read_region, RGB, resize, array.

    Without `exact`, a scale that is off by less than half a pixel over the tile is let pass, as many scripts do.
    """
    slide = openslide.OpenSlide(path)
    size = SPEC.size_px
    level = slide.get_best_level_for_downsample(side / size * 1.001)
    wanted = side / slide.level_downsamples[level]
    resizes = abs(wanted - size) > (0.01 if exact else 0.5)
    read = math.ceil(wanted) if resizes else round(wanted)
    for x, y in origins.tolist():
        tile = slide.read_region((x, y), level, (read, read)).convert("RGB")
        if resizes:
            tile = tile.resize((size, size), PIL.Image.Resampling.BILINEAR, box=(0, 0, wanted, wanted))
        np.asarray(tile)
    slide.close()
    return len(origins)


def _decoder(path: Path, origins: np.ndarray, side: float) -> int:
    """Each stored tile under the wanted ones, read and decoded once; nothing else."""
    with tifffile.TiffFile(path) as file, path.open("rb") as raw:
        pages = [page for page in file.pages if page.is_tiled]
        width = pages[0].imagewidth
        step, page = max(
            (width / page.imagewidth, page) for page in pages if width / page.imagewidth <= side / SPEC.size_px * 1.001
        )
        across = -(-page.imagewidth // page.tilewidth)
        low, high = np.floor(origins / step).astype(int), np.ceil((origins + side) / step).astype(int) - 1
        wanted = {
            row * across + column
            for (x0, y0), (x1, y1) in zip(low.tolist(), high.tolist(), strict=True)
            for row in range(y0 // page.tilelength, min(y1, page.imagelength - 1) // page.tilelength + 1)
            for column in range(x0 // page.tilewidth, min(x1, page.imagewidth - 1) // page.tilewidth + 1)
        }
        tables = page.jpegtables
        for index in sorted(wanted):
            raw.seek(page.dataoffsets[index])
            data = raw.read(page.databytecounts[index])
            if page.compression == 7:
                simplejpeg.decode_jpeg(tables[:-2] + data[2:] if tables else data)
            else:
                page.decode(data, index)
    return len(wanted)


def tissue(slide: Path | None) -> np.ndarray:
    """2048 px of tissue that repeats without a seam."""
    if slide is None:
        random = np.random.default_rng(0)
        coarse = PIL.Image.fromarray(random.integers(90, 230, (256, 256, 3), dtype=np.uint8))
        part = np.asarray(coarse.resize((1024, 1024), PIL.Image.Resampling.BICUBIC))
    else:
        with open_slide(slide) as real:
            part = real.region(x=700, y=1100, side_px_w=1024, side_px_h=1024, out_w=1024, out_h=1024)
    half = np.concatenate([part, part[:, ::-1]], axis=1)
    return np.concatenate([half, half[::-1]], axis=0)


def pyramid(path: Path, texture: np.ndarray, side: int, um: float, *, codec: str = "jpeg") -> Path:
    """Tissue with a margin of glass; levels halve until 2,000 px. JPEG as scanners write it: YCbCr, 4:2:0."""
    steps = [step for step in (1, 2, 4, 8, 16) if side / step >= 2000 or step == 1]
    description = f"Aperio Image Library v12\r\n{side}x{side} |AppMag = 20|MPP = {um}"
    with tifffile.TiffWriter(path, bigtiff=True) as file:
        for step in steps:
            edge = side // step
            reduced = np.asarray(
                PIL.Image.fromarray(texture).resize((len(texture) // step,) * 2, PIL.Image.Resampling.BOX)
            )
            file.write(
                _encoded(reduced, edge, codec),
                shape=(edge, edge, 3),
                dtype=np.uint8,
                photometric="ycbcr" if codec == "jpeg" else "rgb",
                tile=(STORED, STORED),
                compression="jpeg" if codec == "jpeg" else _APERIO_JPEG2000,
                subsampling=(2, 2) if codec == "jpeg" else None,
                subfiletype=1 if step > 1 else 0,
                resolution=(1e4 / um / step,) * 2,
                resolutionunit="CENTIMETER",
                description=None if codec == "jpeg" else description,
                metadata=None,
            )
    return path


def _encoded(texture: np.ndarray, edge: int, codec: str) -> Iterator[bytes]:
    """Stored tiles row by row; equal ones are encoded once."""
    period, kept = len(texture), dict[tuple[int, int, bool], bytes]()
    for top in range(0, edge, STORED):
        for left in range(0, edge, STORED):
            glass = not (edge * 0.05 < left < edge * 0.95 and edge * 0.05 < top < edge * 0.95)
            place = (top % period, left % period, glass)
            if place not in kept:
                rows, columns = (np.arange(at, at + STORED) % period for at in place[:2])
                tile = np.full((STORED, STORED, 3), 243, np.uint8) if glass else texture[np.ix_(rows, columns)]
                kept[place] = _bytes(np.ascontiguousarray(tile), codec)
            yield kept[place]


def _bytes(tile: np.ndarray, codec: str) -> bytes:
    if codec == "jpeg":
        return simplejpeg.encode_jpeg(tile, quality=75, colorsubsampling="420")
    return imagecodecs.jpeg2k_encode(tile, level=30, reversible=False, codecformat="j2k", mct=False)


if __name__ == "__main__":
    main()
