"""Tiles per second from slide to tensor: ours, openslide-python's loop, and the fastest decoder of the stored tiles.

All in one process on one thread, taking turns; figures are ratios of processor time. JPEG and JPEG2000, with and
without resampling. The generated pyramid repeats real tissue where the real slide is given, else painted tissue.

    OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.reading [--slide REAL.svs] [--side 20000] [--rounds 5]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import openslide
import PIL.Image
import simplejpeg
import tifffile

from core.config import TileSpec
from core.slides import open_slide, tile_origins, tissue_mask
from core.slides.tiles.cutting import Cutter, reading_order

SPEC = TileSpec(max_tiles=100_000)
CHUNK = 32
STORED = 256


def main() -> None:
    """Prints one line a slide."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--slide", type=Path, default=None)
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--tiles", type=int, default=2000, help="most tiles of a slide")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tissue = _tissue(asked.slide)
        made = [
            ("generated, 0.25 um/px, levels halve, JPEG", _pyramid(Path(folder) / "a.tif", tissue, asked.side, 0.25)),
            ("generated, 0.2525 um/px, levels halve, JPEG", _pyramid(Path(folder) / "b.tif", tissue, 8192, 0.2525)),
            ("generated, 0.5 um/px, JPEG2000", _pyramid(Path(folder) / "c.svs", tissue, 4096, 0.5, codec="jpeg2000")),
        ]
        real = [(f"real, {asked.slide.name}", asked.slide)] if asked.slide else []
        for name, path in [*real, *made]:
            _compare(name, path, most=asked.tiles, rounds=asked.rounds)


def _compare(name: str, path: Path, *, most: int, rounds: int) -> None:
    origins, side = _places(path, most)
    ways: dict[str, Callable[[], int]] = {
        "acinus": lambda: _ours(path, origins, side),
        "openslide": lambda: _openslide(path, origins, side),
        "decoder": lambda: _decoder(path, origins, side),
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, run in ways.items():
            before = time.process_time()
            run()
            times[way].append(time.process_time() - before)
    cost = {way: statistics.median(every) for way, every in times.items()}
    print(
        f"{name}: {len(origins)} tiles; {len(origins) / cost['acinus']:.0f} tiles per second of processor time; "
        f"{cost['openslide'] / cost['acinus']:.2f} x openslide-python; "
        f"{cost['decoder'] / cost['acinus']:.2f} of the decoder alone"
    )


def _places(path: Path, most: int) -> tuple[np.ndarray, float]:
    with open_slide(path) as slide:
        mask = tissue_mask(slide.thumbnail(1024))
        origins, side = tile_origins(mask, width=slide.width, height=slide.height, um_per_px=slide.um_per_px, spec=SPEC)
    return origins[:most], side


def _ours(path: Path, origins: np.ndarray, side: float) -> int:
    done = 0
    with open_slide(path) as slide:
        cutter = Cutter.of(slide, side_px=side, size_px=SPEC.size_px)
        for numbers in reading_order(origins, side_px=side, most=CHUNK):
            done += len(cutter.cut(origins[numbers]))
    return done


def _openslide(path: Path, origins: np.ndarray, side: float) -> int:
    """What the field's scripts do: best level, read_region, RGB, resize where the size differs, array."""
    slide = openslide.OpenSlide(path)
    size = SPEC.size_px
    level = slide.get_best_level_for_downsample(side / size * 1.001)
    read = round(side / slide.level_downsamples[level])
    for x, y in origins.tolist():
        tile = slide.read_region((x, y), level, (read, read)).convert("RGB")
        if read != size:
            tile = tile.resize((size, size), PIL.Image.Resampling.BILINEAR)
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


def _tissue(slide: Path | None) -> np.ndarray:
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


def _pyramid(path: Path, tissue: np.ndarray, side: int, um: float, *, codec: str = "jpeg") -> Path:
    """Tissue with a margin of glass; levels halve until 2,000 px."""
    steps = [step for step in (1, 2, 4, 8, 16) if side / step >= 2000 or step == 1]
    reduced = {
        step: np.asarray(PIL.Image.fromarray(tissue).resize((2048 // step,) * 2, PIL.Image.Resampling.BOX))
        for step in steps
    }
    description = f"Aperio Image Library v12\r\n{side}x{side} |AppMag = 20|MPP = {um}"
    with tifffile.TiffWriter(path, bigtiff=True) as file:
        for step in steps:
            edge = side // step
            file.write(
                _tiles(reduced[step], edge),
                shape=(edge, edge, 3),
                dtype=np.uint8,
                photometric="ycbcr" if codec == "jpeg" else "rgb",
                tile=(STORED, STORED),
                compression=codec,
                compressionargs={"level": 75} if codec == "jpeg" else {"level": 30, "reversible": False},
                subfiletype=1 if step > 1 else 0,
                resolution=(1e4 / um / step,) * 2,
                resolutionunit="CENTIMETER",
                description=description if codec != "jpeg" else None,
                metadata=None,
            )
    return path


def _tiles(tissue: np.ndarray, edge: int) -> Iterator[np.ndarray]:
    period = len(tissue)
    for top in range(0, edge, STORED):
        for left in range(0, edge, STORED):
            rows = np.arange(top, top + STORED) % period
            columns = np.arange(left, left + STORED) % period
            tile = tissue[np.ix_(rows, columns)]
            inside = edge * 0.05 < left < edge * 0.95 and edge * 0.05 < top < edge * 0.95
            yield tile if inside else np.full_like(tile, 243)


if __name__ == "__main__":
    main()
