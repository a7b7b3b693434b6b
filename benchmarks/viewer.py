"""How fast the slide viewer shows a slide, follows the mouse, and serves tiles to twenty who look at once.

    .venv/bin/python -m benchmarks.viewer --slide CMU-1-Small-Region.svs --side 40000 --rounds 5

A run is written whose patients have a generated JPEG pyramid, a generated JPEG 2000 pyramid and, where one is given, a
real slide; the dashboard is served and looked at in headless Chromium (drawn by the processor, not by a graphics card):

- first picture: from the viewer's first question about the slide until tissue is on its canvas, and from the key that
  opens the next patient; the browser's cache is warm, the server's tiles are cold in the first round;
- panning: real mouse moves at one screen pixel a pixel of the scan, frames counted by requestAnimationFrame; beside it
  the same moves over an empty page, which is the most that this machine's browser can do;
- tiles: twenty viewers, each asking for eight tiles every half second, first for tiles nobody has had (cold), then the
  same once more (cached), each answer timed;
- the peer: tiles a second of openslide-python's DeepZoomGenerator with JPEG encoding, and of our reader, by turns in
  one process.
"""

import http.client
import io
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from unittest import mock
from urllib.parse import urlsplit

import numpy as np
import openslide.deepzoom
import tyro
from playwright.sync_api import Page, sync_playwright

from benchmarks.pages import ROOT, browser, served
from benchmarks.reading import pyramid, tissue
from core.results import Store
from dashboard.viewer.known import slide_id
from dashboard.viewer.pixels import Reader, open_reader
from tests.stores import write_store

PATIENTS = 24
VIEWERS, TILES_A_STEP, STEP_S, STEPS = 20, 8, 0.5, 12
PEER_TILES = 1000
PAN_MOVES, PAN_PX = 240, 6
TISSUE = ".tissue > .openseadragon-container > .openseadragon-canvas > canvas:not(.overlay)"
WATCH = """
(() => {
  // the viewer lies in a shadow root; a pixel of the middle that is not clear means that tissue has been drawn
  const canvas = () => {
    for (const host of document.querySelectorAll('[data-testid^="stBidiComponent"]')) {
      const found = (host.shadowRoot ?? host).querySelector(CANVAS) ?? [...host.querySelectorAll("*")]
        .map((one) => one.shadowRoot?.querySelector(CANVAS)).find(Boolean);
      if (found) return found;
    }
  };
  const CANVAS = '.tissue > .openseadragon-container > .openseadragon-canvas > canvas:not(.overlay)';
  const seen = (window.drawn = { canvas: null, at: null });
  const look = () => {
    const now = canvas();
    if (now && now !== seen.canvas) {
      const { width, height } = now;
      if (width && now.getContext("2d").getImageData(width >> 1, height >> 1, 1, 1).data[3]) {
        Object.assign(seen, { canvas: now, at: performance.now() });
      }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""
ASKED = """() => performance.getEntriesByType("resource").filter((one) => one.name.endsWith("/info"))
  .map((one) => one.startTime)[0]"""
FRAMES = """() => {
  window.frames_seen = [];
  const note = (at) => { window.frames_seen.push(at); requestAnimationFrame(note); };
  requestAnimationFrame(note);
}"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Looking:
    """Measure the slide viewer."""

    slide: Path | None = None
    """A real slide; generated ones then repeat its tissue."""
    side: int = 40_000
    """Pixels of the generated JPEG pyramid's side; the JPEG 2000 one has a quarter of it."""
    rounds: int = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A slide of the run, ready to be looked at."""

    name: str
    patient: str
    id: str
    path: Path
    width: int
    height: int
    tile_px: int
    levels: int


def main(asked: Looking) -> None:
    """Write the run, serve it, look at it, print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        slides = written(folder / "data", asked)
        looked_at(folder, slides, rounds=asked.rounds)
        for slide in slides:
            against_peer(slide, rounds=asked.rounds)


def looked_at(folder: Path, slides: Sequence[Shown], *, rounds: int) -> None:
    """All that needs a server."""
    with ExitStack() as stack:
        address = stack.enter_context(served(ROOT / "dashboard" / "app.py", cwd=ROOT, data=folder / "data"))
        with sync_playwright() as playwright, browser(playwright, folder / "profile") as context:
            page = context.new_page()
            page.add_init_script(WATCH)
            first_pictures(page, address, slides, rounds=rounds)
            for slide in slides:
                panned(page, address, slide, rounds=rounds)
        for slide in slides:
            load(address, slide, rounds=rounds)


def written(data: Path, asked: Looking) -> list[Shown]:
    """A run of drawn patients, the first of whom have slides worth looking at."""
    with mock.patch("core.results.artefacts.flush"):  # nothing here is worth waiting for the disk
        write_store(data, runs=1, patients=PATIENTS, models=("fused", "image"), slides=True)
    store = Store.open(data)
    assert store is not None
    keys = [key for key in store.slide_keys("run-0") if key[3].endswith("DX1")]
    store.close()
    texture = tissue(asked.slide)
    makers: list[tuple[str, Callable[[Path], object]]] = [
        (f"JPEG pyramid, {asked.side:,} px", lambda path: pyramid(path, texture, asked.side, 0.25)),
        (
            f"JPEG 2000 pyramid, {asked.side // 4:,} px",
            lambda path: pyramid(path, texture, asked.side // 4, 0.25, codec="jpeg2000"),
        ),
    ]
    if asked.slide is not None:
        real = asked.slide
        makers.append((f"real slide, {real.name}", lambda path: shutil.copy(real, path)))
    return [_shown(data, key, name, write) for key, (name, write) in zip(keys, makers, strict=False)]


def _shown(
    data: Path, key: tuple[str, str | None, str, str, str | None], name: str, write: Callable[[Path], object]
) -> Shown:
    path = data / "slides" / f"{key[3]}.tiff"
    path.unlink()
    write(path)
    reader = open_reader(path)
    facts = reader.facts
    reader.close()
    return Shown(
        name=name,
        patient=key[2],
        id=slide_id(*key),
        path=path,
        width=facts.width,
        height=facts.height,
        tile_px=facts.tile_px,
        levels=facts.levels,
    )


def first_pictures(page: Page, address: str, slides: Sequence[Shown], *, rounds: int) -> None:
    """By turns over the slides, and once before, so that the browser has compiled the viewer's scripts."""
    opened: dict[str, list[float]] = {slide.name: [] for slide in slides}
    whole: dict[str, list[float]] = {slide.name: [] for slide in slides}
    following: list[float] = []
    for turn in range(rounds + 2):
        for slide in slides:
            page.goto(f"{address}/patients?run=run-0&patient={slide.patient}", wait_until="commit")
            page.wait_for_function("window.drawn?.at", timeout=60_000)
            at, began = page.evaluate("window.drawn.at"), page.evaluate(ASKED)
            if turn >= 2:
                opened[slide.name].append(at - began)
                whole[slide.name].append(at)
        if turn >= 2:
            following.append(_next(page))
    for slide in slides:
        print(
            f"first picture, {slide.name}: {_middle(opened[slide.name]):.0f} ms after the viewer began "
            f"(at most {max(opened[slide.name]):.0f}), {_middle(whole[slide.name]):.0f} ms after the page was asked "
            f"for, n = {rounds}"
        )
    print(f"first picture of the next patient: {_middle(following):.0f} ms after the key, n = {rounds}")


def _next(page: Page) -> float:
    page.wait_for_load_state("networkidle")
    page.locator("h1").first.click()
    page.evaluate("() => { window.drawn.at = null; window.pressed = performance.now(); }")
    page.keyboard.press("j")
    page.wait_for_function("window.drawn.at", timeout=60_000)
    return float(page.evaluate("window.drawn.at - window.pressed"))


def panned(page: Page, address: str, slide: Shown, *, rounds: int) -> None:
    """Frames a second while the mouse drags the slide at full size, with map and grid over it."""
    view = f"55.raw.Viridis.g--{slide.id[:8]}_{slide.width // 2}_{slide.height // 2}_1_fused.0.0"
    page.goto(f"{address}/patients?run=run-0&patient={slide.patient}&view={view}")
    page.wait_for_function("window.drawn?.at", timeout=60_000)
    page.locator(".viewer").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    box = page.locator(".stage").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    rates, longest = list[float](), list[float]()
    for _ in range(rounds):
        rate, slowest = _drag(page, middle)
        rates.append(rate)
        longest.append(slowest)
    page.goto("about:blank")
    empty = [_drag(page, middle)[0] for _ in range(rounds)]
    print(
        f"panning, {slide.name}: {_middle(rates):.0f} frames/s (fewest {min(rates):.0f}), 95 % of frames within "
        f"{_middle(longest):.0f} ms; an empty page {_middle(empty):.0f} frames/s; ratio "
        f"{_middle(rates) / _middle(empty):.2f}, n = {rounds} drags of {PAN_MOVES} moves"
    )


def _drag(page: Page, middle: tuple[float, float]) -> tuple[float, float]:
    """Frames a second, and how long 95 % of frames took at most, milliseconds."""
    page.mouse.move(*middle)
    page.mouse.down()
    page.evaluate(FRAMES)
    for move in range(PAN_MOVES):
        # to and fro over 720 px, a little downwards, as somebody who looks through tissue does
        along = abs((move * PAN_PX) % 720 - 360) - 180
        page.mouse.move(middle[0] + along, middle[1] - move * 0.5)
    frames = np.array(page.evaluate("window.frames_seen"))
    page.mouse.up()
    steps = np.diff(frames)
    return 1000 / float(steps.mean()), float(np.percentile(steps, 95))


def load(address: str, slide: Shown, *, rounds: int) -> None:
    """Twenty viewers at once; tiles nobody asked for, then the same again."""
    host, everyone = urlsplit(address).netloc, _tiles(slide)
    cold, cached, one = list[float](), list[float](), list[float]()
    share = VIEWERS * TILES_A_STEP * STEPS
    for turn in range(rounds):
        part = everyone[turn * share : (turn + 1) * share]
        if len(part) < share:
            break
        cold += _looked(host, slide, part)
        cached += _looked(host, slide, part)
    left = everyone[len(cold) :]
    one += _one_after_the_other(host, slide, left[:400])
    for name, found in ((f"cold, {VIEWERS} viewers", cold), (f"cached, {VIEWERS} viewers", cached), ("cold, one", one)):
        if found:
            print(
                f"tiles, {slide.name}, {name}: p50 {1000 * _middle(found):.1f} ms, "
                f"p95 {1000 * float(np.percentile(found, 95)):.1f} ms, n = {len(found):,}"
            )


def _tiles(slide: Shown) -> list[str]:
    """Tiles of the three finest levels, neighbours together as a viewer asks for them, areas in random order."""
    areas: list[list[str]] = []
    for level in range(max(0, slide.levels - 3), slide.levels):
        side = slide.tile_px * 2 ** (slide.levels - 1 - level)
        columns, rows = -(-slide.width // side), -(-slide.height // side)
        for top in range(0, rows, 2):
            for left in range(0, columns, 4):
                inside = ((c, r) for r in range(top, min(top + 2, rows)) for c in range(left, min(left + 4, columns)))
                areas.append([f"{level}/{column}_{row}" for column, row in inside])
    order = np.random.default_rng(0).permutation(len(areas))
    return [tile for place in order.tolist() for tile in areas[place]]


def _looked(host: str, slide: Shown, tiles: Sequence[str]) -> list[float]:
    """Seconds of each answer; every viewer keeps its connection, and looks for a moment between its steps."""
    start = threading.Barrier(VIEWERS)

    def look(viewer: int) -> list[float]:
        mine = tiles[viewer::VIEWERS] if len(tiles) < VIEWERS * TILES_A_STEP else _block(tiles, viewer)
        line, took = http.client.HTTPConnection(host, timeout=60), list[float]()
        start.wait(60)
        time.sleep(viewer * STEP_S / VIEWERS)
        for step in range(0, len(mine), TILES_A_STEP):
            began = time.perf_counter()
            took += [_asked(line, slide, tile) for tile in mine[step : step + TILES_A_STEP]]
            time.sleep(max(0.0, STEP_S - (time.perf_counter() - began)))
        line.close()
        return took

    with ThreadPoolExecutor(VIEWERS) as pool:
        return [one for found in pool.map(look, range(VIEWERS)) for one in found]


def _block(tiles: Sequence[str], viewer: int) -> Sequence[str]:
    share = len(tiles) // VIEWERS
    return tiles[viewer * share : (viewer + 1) * share]


def _one_after_the_other(host: str, slide: Shown, tiles: Sequence[str]) -> list[float]:
    line = http.client.HTTPConnection(host, timeout=60)
    return [_asked(line, slide, tile) for tile in tiles]


def _asked(line: http.client.HTTPConnection, slide: Shown, tile: str) -> float:
    began = time.perf_counter()
    line.request("GET", f"/slides/{slide.id}/tiles/{tile}.jpg")
    answer = line.getresponse()
    content = answer.read()
    assert answer.status == 200 and content[:3] == b"\xff\xd8\xff", (answer.status, content[:200])
    return time.perf_counter() - began


def against_peer(slide: Shown, *, rounds: int) -> None:
    """Tiles a second in one process and thread, by turns, on the same places of the full scan."""
    ours, theirs = list[float](), list[float]()
    reader = open_reader(slide.path)
    peer = openslide.deepzoom.DeepZoomGenerator(openslide.OpenSlide(slide.path), tile_size=slide.tile_px, overlap=0)
    places = list(_places(slide))[:PEER_TILES]
    for turn in range(rounds + 1):
        a, b = _timed(lambda: _our_tiles(reader, places)), _timed(lambda: _their_tiles(peer, places))
        if turn:  # the first warms up
            ours.append(len(places) / a)
            theirs.append(len(places) / b)
    reader.close()
    print(
        f"tiles/s of the full scan, {slide.name}: ours {_middle(ours):.0f} ({reader.facts.name}), DeepZoomGenerator "
        f"{_middle(theirs):.0f}; ratio {_middle(ours) / _middle(theirs):.1f}, {len(places)} tiles, n = {rounds}"
    )


def _places(slide: Shown) -> Iterator[tuple[int, int]]:
    columns, rows = slide.width // slide.tile_px, slide.height // slide.tile_px
    every = [(column, row) for row in range(rows) for column in range(columns)]
    order = np.random.default_rng(0).permutation(len(every))
    yield from (every[place] for place in order.tolist())


def _our_tiles(reader: Reader, places: Sequence[tuple[int, int]]) -> None:
    level = reader.facts.levels - 1
    for column, row in places:
        reader.tile(level, column, row)


def _their_tiles(peer: openslide.deepzoom.DeepZoomGenerator, places: Sequence[tuple[int, int]]) -> None:
    level = peer.level_count - 1
    for place in places:
        peer.get_tile(level, place).save(io.BytesIO(), format="JPEG", quality=90)


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _middle(values: Sequence[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main(tyro.cli(Looking))
