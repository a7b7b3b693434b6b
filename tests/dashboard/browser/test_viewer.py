"""The slide viewer in a real browser: what is drawn on its canvases, and where clicks, keys and addresses lead."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import pytest
import simplejpeg
from playwright.sync_api import Browser, Page, expect

from core.results import Store
from core.slides.quality.drawing import COLOURS
from core.slides.quality.surfaces import Surface
from dashboard import views
from tests.dashboard.browser.browsing import WAIT_MS, Heard, served
from tests.slides.conftest import write_pyramid
from tests.stores import GENE_SETS, GRID, SIDE_PX, write_store

DEEP, TWO_SLIDES, GONE, DAMAGED = "TCGA-BH-0001", "TCGA-A2-0000", "TCGA-AR-0003", "TCGA-E2-0002"
WIDTH, HEIGHT = 4096, 3072
MARK_PX = 2
"""Side of black and white squares over the right half, in pairs of any order: grey at a quarter of the scan's size."""
TISSUE = ".tissue > .openseadragon-container > .openseadragon-canvas > canvas:not(.overlay)"
OVERLAY = ".overlay"
SEEN = 4
"""Decimals of a view that can be told apart: animations end within a hair of where they go."""


def drawn_scan() -> np.ndarray:
    """Grey on the left, tissue in the corner where tiles lie; on the right marks, of which no two places are alike."""
    scan = np.full((HEIGHT, WIDTH, 3), 210, np.uint8)
    first = np.random.default_rng(0).random((HEIGHT // MARK_PX, WIDTH // 4 // MARK_PX)) < 0.5
    marks = np.stack([first, ~first], axis=-1).reshape(HEIGHT // MARK_PX, -1)
    scan[:, WIDTH // 2 :] = 255 * np.kron(marks, np.ones((MARK_PX, MARK_PX)))[..., None]
    scan[: HEIGHT // 8, : WIDTH // 8] = (200, 120, 180)
    return scan


@pytest.fixture(scope="module")
def deep_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with one slide that is worth zooming into, and one whose file is gone."""
    data = write_store(tmp_path_factory.mktemp("deep"), runs=1, patients=24, models=("fused", "image"), slides=True)
    write_pyramid(data / "slides" / f"{DEEP}-01Z-00-DX1.tiff", drawn_scan(), compression="lzw", levels=4)
    (data / "slides" / f"{GONE}-01Z-00-DX1.tiff").unlink()
    for bag in (data / "features").rglob(f"{TWO_SLIDES}-*.h5"):
        with h5py.File(bag, "r+") as file:
            scale = file["thumbnail"].attrs["level0_px_per_px"]
            del file["thumbnail"]
            jpeg = simplejpeg.encode_jpeg(marked_thumbnail(), quality=95)
            file.create_dataset("thumbnail", data=np.frombuffer(jpeg, np.uint8)).attrs["level0_px_per_px"] = scale
    return data


def marked_thumbnail() -> np.ndarray:
    """Tissue on glass, with a line of blue ink over it."""
    height, width = (SIDE_PX * count // 2 for count in reversed(GRID))
    picture = np.full((height, width, 3), 243, np.uint8)
    tissue = picture[height // 6 : -height // 8, width // 10 : -width // 10]
    nuclei = np.random.default_rng(0).random(tissue.shape[:2]) < 0.2
    tissue[:] = np.where(nuclei[..., None], (120, 60, 150), (215, 130, 190))
    picture[height // 3 : height // 2, width // 5 : -width // 5] = (20, 40, 160)
    return picture


@pytest.fixture(scope="module")
def address(deep_data: Path) -> Iterator[str]:
    with served(deep_data) as found:
        yield found


@pytest.fixture
def case(page: Page, address: str) -> Callable[..., Page]:
    """Opens a patient's page and waits until the map is drawn."""

    def opened(patient: str = DEEP, *, query: str = "", panes: int = 1) -> Page:
        page.goto("about:blank")
        page.goto(f"{address}/patients?run=run-0&patient={patient}{query}")
        drawn(page, panes)
        return page

    return opened


def drawn(page: Page, panes: int = 1) -> None:
    """Slide and map of all panes are there."""
    expect(page.locator(".pane[data-view]")).to_have_count(panes)
    expect(page.locator(".pane .crop").first).to_be_visible()
    for place in range(panes):
        expect(page.locator(".pane").nth(place).locator(".crop")).to_have_count(12)
    page.locator(".viewer").scroll_into_view_if_needed()


def view(page: Page, pane: int = 0) -> tuple[float, ...]:
    """Middle of what is seen, level-0 pixels, and screen pixels a level-0 pixel; once it rests."""
    told = page.locator(".pane").nth(pane)
    found = told.get_attribute("data-view")
    while True:
        page.wait_for_timeout(700)
        before, found = found, told.get_attribute("data-view")
        if before == found:
            assert found is not None
            return tuple(float(value) for value in found.split())


def picture(page: Page, canvas: str, pane: int = 0) -> np.ndarray:
    """RGBA of a canvas, as it stands on the screen."""
    flat = (
        page.locator(".pane")
        .nth(pane)
        .locator(canvas)
        .first.evaluate(
            """(canvas) => {
                const { width, height } = canvas;
                const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
                let text = "";
                for (let at = 0; at < data.length; at += 32768) {
                    text += String.fromCharCode(...data.subarray(at, at + 32768));
                }
                return [width, height, btoa(text)];
            }"""
        )
    )
    import base64

    width, height, told = flat
    return np.frombuffer(base64.b64decode(told), np.uint8).reshape(height, width, 4)


def colours(seen: np.ndarray) -> set[tuple[int, ...]]:
    """Colours that cover more than a hair."""
    found, counts = np.unique(seen.reshape(-1, 4), axis=0, return_counts=True)
    return {tuple(colour) for colour, count in zip(found.tolist(), counts.tolist(), strict=True) if count > 30}


def test_zooming_in_draws_the_tiles_of_the_full_scan(case: Callable[..., Page], heard: Heard):
    page = case()
    x, y, zoom = view(page)
    assert (x, y) == pytest.approx((WIDTH / 2, HEIGHT / 2), abs=2) and zoom < 0.26
    afar = picture(page, TISSUE)
    seen = afar[afar[..., 3] == 255][:, 0]
    assert seen.min() > 60 and seen.max() < 240, "marks are grey from afar"
    stage = page.locator(".stage").bounding_box()
    assert stage is not None
    page.mouse.move(stage["x"] + 0.7 * stage["width"], stage["y"] + 0.5 * stage["height"])
    for _ in range(16):
        page.mouse.wheel(0, -240)
        page.wait_for_timeout(60)
    x, y, zoom = view(page)
    assert zoom > 2 and x > WIDTH / 2
    expect(page.locator(".stage.loading")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    close = picture(page, TISSUE)[..., 0]
    here, beside = (slide_under(close.shape, x=x + shift, y=y, zoom=zoom) for shift in (0, 4 * MARK_PX))
    assert ((close > 128) == (here > 128)).mean() > 0.85, "marks of the scan stand at their places"
    assert ((close > 128) == (beside > 128)).mean() < 0.6, "and would not at others"
    assert heard.console == [] and heard.elsewhere == []


def slide_under(shape: tuple[int, ...], *, x: float, y: float, zoom: float) -> np.ndarray:
    """What the scan holds under each pixel of a canvas with this view."""
    rows, columns = (
        (middle + (np.arange(length) + 0.5 - length / 2) / zoom).astype(int)
        for middle, length in zip((y, x), shape, strict=True)
    )
    assert rows[0] >= 0 and rows[-1] < HEIGHT and columns[0] >= 0 and columns[-1] < WIDTH, "all of it is slide"
    return drawn_scan()[np.ix_(rows, columns)][..., 0]


def test_the_map_has_several_colours_that_follow_opacity_scale_and_gene_set(case: Callable[..., Page], heard: Heard):
    page = case(TWO_SLIDES)
    # its map is of low trust, hence grey at first
    page.get_by_label("Colours all the same").check()
    first = colours(picture(page, OVERLAY))
    solid = {colour[:3] for colour in first if colour[3]}
    assert len(solid) > 5
    assert {colour[3] for colour in first} == {0, 140}, "clear beside the tiles, 55 % over them"
    page.locator("input[name=opacity]").fill("100")
    page.wait_for_timeout(100)
    opaque = colours(picture(page, OVERLAY))
    assert {colour[3] for colour in opaque} == {0, 255}
    page.locator("select[name='attention of']").select_option(label=next(iter(GENE_SETS)))
    page.wait_for_timeout(500)
    other = colours(picture(page, OVERLAY))
    assert other != opaque
    page.locator("select[name=scale]").select_option("rank")
    ranked = colours(picture(page, OVERLAY))
    assert ranked != other
    expect(page.locator(".pane .legend")).to_contain_text("% of the patient's tiles")
    page.locator("select[name=colours]").select_option("Cividis")
    assert colours(picture(page, OVERLAY)).isdisjoint({colour for colour in ranked if colour[3]})
    page.locator("button[name=tissueOnly]").click()
    assert {colour[3] for colour in colours(picture(page, OVERLAY))} == {0}
    assert heard.console == [] and heard.elsewhere == []


def test_a_map_of_low_trust_is_grey_until_colours_are_asked_for(case: Callable[..., Page], deep_data: Path):
    patient, sentence = doubted(deep_data)
    page = case(patient)
    expect(page.locator(".doubt")).to_contain_text(sentence)
    grey = [colour for colour in colours(picture(page, OVERLAY)) if colour[3]]
    assert len(grey) > 5 and all(max(colour[:3]) - min(colour[:3]) <= 2 for colour in grey)
    page.get_by_label("Colours all the same").check()
    bright = [colour for colour in colours(picture(page, OVERLAY)) if colour[3]]
    assert any(max(colour[:3]) - min(colour[:3]) > 60 for colour in bright)
    expect(page.get_by_label("Colours all the same")).to_be_checked()


def doubted(data: Path) -> tuple[str, str]:
    """A patient whose fused map is of low trust, and why."""
    store = Store.open(data)
    assert store is not None
    try:
        scrutiny = store.scrutiny("run-0")
    finally:
        store.close()
    for patient in scrutiny["patient"].unique():
        found = views.evaluation.trust.doubts(scrutiny, patient=patient).get("fused")
        if found is not None and patient not in (GONE, TWO_SLIDES, DAMAGED) and not patient.endswith("0"):
            return patient, found
    raise AssertionError("the drawn runs have maps of low trust")


def test_a_click_on_a_top_tile_goes_there_and_outlines_it(case: Callable[..., Page], heard: Heard):
    page = case()
    for place in (0, 3):
        tile = page.locator(".crop").nth(place)
        tile.click()
        x, y, zoom = view(page)
        assert x % SIDE_PX == pytest.approx(SIDE_PX / 2, abs=1) and y % SIDE_PX == pytest.approx(SIDE_PX / 2, abs=1)
        assert zoom > 1
        expect(tile).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".crop[aria-pressed=true]")).to_have_count(1)
        over = picture(page, OVERLAY)
        middle, half = (over.shape[1] // 2, over.shape[0] // 2), SIDE_PX * zoom / 2
        rim = over[middle[1], round(middle[0] - half) - 4 : round(middle[0] - half) + 5]
        assert rim[:, :3].min() < 40 and rim[:, :3].min(axis=1).max() > 215, "dark within white"
        told = tile.locator("span").inner_text()
        expect(page.locator(".readout")).to_contain_text(f"{told} an even share")
    assert heard.console == []


def test_pictures_of_tiles_show_the_slide(case: Callable[..., Page]):
    page = case()
    page.wait_for_timeout(500)
    for place in range(12):
        crop = page.locator(".crop canvas").nth(place)
        seen = crop.evaluate("canvas => Array.from(canvas.getContext('2d').getImageData(48, 48, 1, 1).data)")
        assert seen[:3] == pytest.approx([200, 120, 180], abs=12), "what is painted where the tiles lie"


def test_the_keyboard_moves_zooms_and_walks_the_tiles(case: Callable[..., Page], heard: Heard):
    page = case()
    start = view(page)
    page.locator(".stage").focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    closer = view(page)
    assert closer[2] == pytest.approx(2.25 * start[2], rel=0.02)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    moved = view(page)
    assert moved[0] > closer[0] + 50 and moved[1] > closer[1] + 50
    page.keyboard.press("0")
    assert view(page) == pytest.approx(start, rel=0.01)
    for key, place in (("n", 0), ("n", 1), ("p", 0), ("p", 11)):
        page.keyboard.press(key)
        expect(page.locator(".crop").nth(place)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("[")
    page.keyboard.press("[")
    expect(page.locator("input[name=opacity]")).to_have_value("35")
    page.keyboard.press("t")
    expect(page.locator("button[name=tissueOnly]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    expect(page.get_by_role("button", name="Whole slide")).to_be_visible()
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement === null")
    assert heard.console == []


def test_every_control_is_reached_by_tab(case: Callable[..., Page]):
    page = case(TWO_SLIDES)
    page.get_by_role("button", name="Compare").click()
    drawn(page, 2)
    selector = ".viewer :is(button, select:not(:disabled), input, .stage)"
    wanted = page.locator(f"{selector}:visible").count()
    page.locator(f"{selector}:visible").first.focus()
    reached = []
    for _ in range(wanted):
        reached.append(page.evaluate(FOCUSED, selector))
        page.keyboard.press("Tab")
    assert sorted(reached) == sorted(set(reached)) and len(reached) == wanted and -1 not in reached
    unnamed = page.locator(selector).evaluate_all(
        "all => all.filter(n => !(n.getAttribute('aria-label') || n.textContent.trim() || n.labels?.length)).length"
    )
    assert unnamed == 0


FOCUSED = """(selector) => {
    const root = document.activeElement.shadowRoot;
    const seen = root?.activeElement && getComputedStyle(root.activeElement).outlineStyle !== "none";
    return seen ? [...root.querySelectorAll(selector)].indexOf(root.activeElement) : -1;
}"""
"""The place of the control that has the keyboard, and shows that it has."""


def test_a_copied_address_opens_the_same_place_in_a_fresh_browser(case: Callable[..., Page], heard: Heard):
    page = case()
    page.get_by_role("button", name="Grid").click()
    page.locator("select[name=scale]").select_option("rank")
    page.locator("select[name='attention of']").select_option(label=list(GENE_SETS)[2])
    page.locator(".crop").nth(2).click()
    page.locator(".stage").focus()
    page.keyboard.press("ArrowLeft")
    place = view(page)
    page.wait_for_function("location.search.includes('view=')")
    page.wait_for_timeout(600)
    copied = page.url
    fresh = browser(page).new_page(viewport={"width": 1440, "height": 900})
    fresh.set_default_timeout(WAIT_MS)
    try:
        fresh.goto(copied)
        drawn(fresh)
        assert view(fresh) == pytest.approx(place, rel=0.01)
        expect(fresh.locator("select[name=scale]")).to_have_value("rank")
        expect(fresh.locator("select[name='attention of'] option:checked")).to_have_text(list(GENE_SETS)[2])
        expect(fresh.get_by_role("button", name="Grid")).to_have_attribute("aria-pressed", "true")
        assert fresh.url == copied
    finally:
        fresh.close()
    assert heard.console == []


def browser(page: Page) -> Browser:
    found = page.context.browser
    assert found is not None
    return found


@pytest.mark.parametrize("told", ["view=", "view=55", "view=x.y.z--q", "view=55.raw.Viridis.--nobody_1_2_3_fused.0.0"])
def test_an_address_that_means_nothing_opens_the_whole_slide(case: Callable[..., Page], heard: Heard, told: str):
    page = case(query=f"&{told}")
    assert view(page)[:2] == pytest.approx((WIDTH / 2, HEIGHT / 2), abs=2)
    assert heard.console == []


def test_panning_adds_nothing_to_the_history(case: Callable[..., Page]):
    page = case()
    before = page.evaluate("history.length")
    page.locator(".stage").focus()
    for key in ("+", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
        view(page)
    assert "view=" in page.url and page.evaluate("history.length") == before


def test_a_run_of_the_page_keeps_the_viewer_where_it_is(case: Callable[..., Page], heard: Heard):
    page = case()
    page.locator(".crop").first.click()
    place = view(page)
    page.locator(".stage").evaluate("stage => { stage.dataset.kept = 'yes'; }")
    beside = page.get_by_role("combobox", name="Compare with another patient")
    beside.fill(TWO_SLIDES)
    beside.press("Enter")
    expect(page.locator(".pane")).to_have_count(2)
    drawn(page, 2)
    expect(page.locator(".stage").first).to_have_attribute("data-kept", "yes")
    assert view(page) == pytest.approx(place, rel=0.02)
    assert f"beside={TWO_SLIDES}" in page.url and "view=" in page.url
    assert heard.console == []


def test_linked_panes_move_together_and_others_do_not(case: Callable[..., Page], heard: Heard):
    page = case()
    page.get_by_role("button", name="Compare").click()
    drawn(page, 2)
    models = [page.locator("select[name=model]").nth(place).evaluate("s => s.value") for place in (0, 1)]
    assert len(set(models)) == 2, "the second pane begins with another model"
    page.locator(".crop").first.click()
    one, other = view(page, 0), view(page, 1)
    assert one == pytest.approx(other, rel=0.01) and one[2] > 1
    page.locator(".stage").nth(1).focus()
    page.keyboard.press("ArrowDown")
    one_moved, other_moved = view(page, 0), view(page, 1)
    assert other_moved[1] > other[1] + 10 and one_moved == pytest.approx(other_moved, rel=0.01)
    page.get_by_role("button", name="Link").click()
    page.locator(".stage").nth(1).focus()
    page.keyboard.press("ArrowUp")
    assert view(page, 1)[1] < other_moved[1] - 10
    assert view(page, 0) == pytest.approx(one_moved, rel=1e-6)
    assert heard.console == []


def test_two_patients_are_seen_side_by_side_from_the_address(case: Callable[..., Page], heard: Heard):
    page = case(query=f"&beside={TWO_SLIDES}", panes=2)
    names = [
        page.locator("select[name=patient]").nth(place).evaluate("s => s.selectedOptions[0].text") for place in (0, 1)
    ]
    assert names == [DEEP, TWO_SLIDES]
    expect(page.locator("select[name=slide]").nth(1).locator("option")).to_have_count(2)
    assert heard.console == [] and heard.elsewhere == []


def test_a_patient_who_is_not_in_the_run_is_told_and_the_first_stays(case: Callable[..., Page]):
    page = case(query="&beside=NOBODY")
    expect(page.get_by_text("No slide of the patient to compare with")).to_be_visible()


def test_hovering_shows_what_a_tile_got_here_and_beside(case: Callable[..., Page], heard: Heard):
    page = case()
    page.get_by_role("button", name="Compare").click()
    drawn(page, 2)
    page.locator(".crop").first.click()
    view(page)
    stage = page.locator(".stage").first.bounding_box()
    assert stage is not None
    page.mouse.move(stage["x"] + stage["width"] / 2 + 30, stage["y"] + stage["height"] / 2)
    for place in (0, 1):
        told = page.locator(".readout").nth(place)
        expect(told).to_contain_text("an even share")
        expect(told).to_contain_text(re.compile(r"x [\d.,]+"))
    assert heard.console == []


def test_each_slide_of_a_patient_can_be_chosen(case: Callable[..., Page], heard: Heard):
    page = case(TWO_SLIDES)
    first = [tile.inner_text() for tile in page.locator(".crop span").all()]
    page.locator("select[name=slide]").select_option("1")
    drawn(page)
    expect(page.locator(".crop span").first).not_to_have_text(first[0])
    assert heard.console == []


def test_the_quality_mask_is_laid_over_with_a_legend(case: Callable[..., Page], heard: Heard):
    page = case(TWO_SLIDES)
    page.locator("button[name=tissueOnly]").click()
    page.get_by_role("button", name="Quality").click()
    expect(page.locator(".surfaces")).to_contain_text("pen marks")
    page.wait_for_timeout(800)
    laid = colours(picture(page, OVERLAY))
    assert any(colour[:3] == (0, 0, 0) and colour[3] > 60 for colour in laid), "tissue is outlined"
    ink = [colour for colour in laid if colour[:3] == pytest.approx(COLOURS[Surface.INK], abs=3)]
    assert ink and all(100 < colour[3] < 200 for colour in ink), "ink is covered, and seen through"
    assert heard.console == []


def test_a_slide_file_that_is_gone_is_told_in_place(page: Page, address: str):
    page.goto(f"{address}/patients?run=run-0&patient={GONE}")
    expect(page.locator(".message")).to_contain_text("The slide file is not where it was")
    expect(page.get_by_text("Gene sets that moved the decision")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    drawn(page)
    expect(page.locator(".message")).to_be_hidden()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda whole: whole[: len(whole) // 3], "cannot be read"),
        (lambda whole: b"II*\0" + bytes(2000), "cannot be read"),
        (lambda whole: b"", "cannot be read"),
    ],
    ids=["torn", "zeros", "empty"],
)
def test_a_damaged_slide_is_told_in_place(
    page: Page, address: str, deep_data: Path, content: Callable[[bytes], bytes], sentence: str
):
    file = deep_data / "slides" / f"{DAMAGED}-01Z-00-DX1.tiff"
    whole = file.read_bytes()
    file.write_bytes(content(whole))
    try:
        page.goto(f"{address}/patients?run=run-0&patient={DAMAGED}")
        expect(page.locator(".message")).to_contain_text(sentence)
        expect(page.locator(".stage.loading")).to_have_count(0)
    finally:
        file.write_bytes(whole)


def test_the_viewer_takes_its_place_at_once(page: Page, address: str):
    page.goto("about:blank")
    page.goto(f"{address}/patients?run=run-0&patient={DEEP}")
    expect(page.locator(".viewer")).to_be_visible()
    before = page.locator(".viewer").bounding_box()
    drawn(page)
    after = page.locator(".viewer").bounding_box()
    assert before is not None and after is not None and before["height"] == after["height"]


def test_tiles_find_their_place_and_points_find_their_tile(case: Callable[..., Page]):
    page = case()
    generator = np.random.default_rng(0)
    for _ in range(20):
        side, left, top = generator.uniform(50, 900), int(generator.integers(0, 5000)), int(generator.integers(0, 5000))
        columns, rows = generator.integers(1, 9, 2).tolist()
        grid = [(left + round(side * x), top + round(side * y)) for y in range(rows) for x in range(columns)]
        kept = [place for place in grid if generator.random() < 0.7 or place == grid[0]]
        told = page.evaluate(PLACES, [[value for place in kept for value in place], side])
        assert told == list(range(len(kept)))


PLACES = """async ([origins, side]) => {
    const { Tiles } = await import(new URL("viewer/attention.js", document.baseURI));
    const tiles = new Tiles(Int32Array.from(origins), side);
    const middle = (tile) => tiles.at(tiles.x(tile) + side / 2, tiles.y(tile) + side / 2);
    return Array.from({ length: tiles.count }, (_, tile) => middle(tile));
}"""


def test_an_even_map_has_no_tile_above_another(case: Callable[..., Page]):
    told = case().evaluate(
        """async () => {
            const { Attention } = await import(new URL("viewer/attention.js", document.baseURI));
            const even = new Float32Array([1, 1, 1, 1, 1]);
            const found = new Attention(even, [even]);
            const [first, second] = [new Float32Array([3, 0.5]), new Float32Array([1, 2])];
            const part = new Attention(first, [first, second]);
            const { top, bottom } = found.extremes(8);
            const parts = [[...part.percentiles], part.largest, top.concat(bottom)];
            return [[...found.percentiles], found.level(0, "raw"), ...parts];
        }"""
    )
    assert told[:4] == [[0] * 5, 0.5, [75, 0], 3] and sorted(told[4]) == [0, 1, 2, 3, 4]


def test_scale_bars_are_of_round_length_and_fit(case: Callable[..., Page]):
    lengths = np.geomspace(0.003, 90_000, 40).tolist()
    steps = case().evaluate(
        """async (lengths) => {
            const { stepBelow } = await import(new URL("viewer/scale_bar.js", document.baseURI));
            return lengths.map(stepBelow);
        }""",
        lengths,
    )
    for length, step in zip(lengths, steps, strict=True):
        assert length / 2.5 <= step <= length * (1 + 1e-6)
        assert f"{step:.0e}"[0] in "125"
    assert all(before <= after for before, after in pairwise(steps))
