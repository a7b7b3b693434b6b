"""The part of a patient's page that shows what a model looked at: slide, tiles, gene sets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import streamlit as st
from jaxtyping import UInt8

from core.errors import InputError
from core.results import RunFolder, SlideTiles
from core.slides import read_thumbnail, read_tile
from core.types import Explanation
from dashboard import figures, parts, views
from dashboard.views.attention import GeneSet, SlideAttention, TileGrid, TopTile
from dashboard.views.patients import Answer

TOP_TILES = 8
TOP_SETS = 12
TILE_PX = 224
ATTENTION_NOTE = (
    "Attention of each tile, times the number of tiles: 1 is an even share, 2 twice as much. "
    "It shows what the model weighed, not that this tissue is of the decided class."
)
COLOURS_NOTE = (
    "share: how much attention each tile got; an even map looks even. "
    "rank: tiles in order, which shows small differences as large ones."
)
NEARLY_EVEN = 1.5
SETS_NOTE = (
    "How much the log-odds of the decided class drop when the set is put at the mean of the training patients. "
    "To the right: speaks for the decision; to the left: against it. "
    "Attention: the set's weight among all gene sets, which says nothing about direction."
)


def tissue(run: RunFolder, patient: str, answers: Sequence[Answer]) -> None:
    """Attention on the slide and the tiles that got most of it."""
    parts.section("Where the model looked", note=ATTENTION_NOTE)
    slides = run.slides(patient)
    explained = {
        model: found for model, found in _explained(run, patient, answers).items() if views.attention.maps(found)
    }
    if not slides:
        st.info("There is no slide to show: this cohort's image features were computed elsewhere, or it has no images.")
    elif not explained:
        st.info("No attention over tiles was kept for this patient: only the fused and the image model keep one.")
    else:
        _attention(slides, explained)


def genes(run: RunFolder, patient: str, answers: Sequence[Answer]) -> None:
    """The gene sets that moved the decision."""
    found = _explained(run, patient, answers)
    sets = {model: views.attention.top_gene_sets(one, count=TOP_SETS) for model, one in found.items()}
    sets = {model: one for model, one in sets.items() if one}
    if sets:
        _gene_sets(sets, {answer.model: answer.decision for answer in reversed(answers)})


def gallery(tiles: Sequence[TopTile], sources: Sequence[Path | None]) -> None:
    """Crops of the slides; `sources` are the slide files that the tiles name by place."""
    st.markdown("**Tiles with the most attention**")
    columns = st.columns(4)
    for place, tile in enumerate(tiles):
        with columns[place % 4]:
            _crop(tile, sources[tile.slide])


def gene_sets_chart(sets: Sequence[GeneSet], *, decision: str, key: str) -> None:
    """Contribution and attention of gene sets."""
    parts.chart(figures.patients.gene_sets(sets, decision=decision), key=key, alt="Contribution of gene sets")


def _explained(run: RunFolder, patient: str, answers: Sequence[Answer]) -> dict[str, Explanation]:
    models = views.predictions.model_order(answer.model for answer in answers)
    return {model: found for model in models if (found := run.explanation(model, patient)) is not None}


@st.fragment
def _attention(slides: Sequence[SlideTiles], explained: dict[str, Explanation]) -> None:
    model_column, token_column, colour_column, opacity_column = st.columns([3, 5, 4, 4], vertical_alignment="bottom")
    model = model_column.selectbox("Model", list(explained), key="map-model")
    found = explained[model]
    chosen = token_column.selectbox(
        "Attention of", views.attention.maps(found), key=f"map-token-{model}", help="Each gene set has its own map."
    )
    colours = colour_column.selectbox("Colours", ("share", "rank"), key="map-colours", help=COLOURS_NOTE)
    opacity = opacity_column.slider("Opacity", 0.0, 1.0, 0.55, 0.05, key="map-opacity")
    place = _slide(slides)
    weights = views.attention.tile_weights(found, chosen)
    counts = [len(slide.origins) for slide in slides]
    shares = views.attention.slide_parts(weights, counts)
    ranks = views.attention.slide_parts(views.attention.ranks(weights), counts)
    slide = slides[place]
    grid = views.attention.tile_grid(slide.origins, shares[place], ranks[place], side_px=slide.side_px)
    _map(slide, grid, opacity=opacity, colours=colours, largest=float(weights.max()))
    if weights.max() < NEARLY_EVEN:
        st.caption(f"Nearly even: no tile got more than {weights.max():.1f} times an even share.")
    tiles = views.attention.top_tiles(
        shares, [slide.origins for slide in slides], [slide.side_px for slide in slides], count=TOP_TILES
    )
    gallery(tiles, [slide.source for slide in slides])


def _slide(slides: Sequence[SlideTiles]) -> int:
    if len(slides) == 1:
        return 0
    return (
        st.segmented_control(
            f"Slide ({len(slides)} of this patient)",
            range(len(slides)),
            default=0,
            format_func=lambda place: slides[place].slide,
            key="map-slide",
            required=True,
        )
        or 0
    )


def _map(
    slide: SlideTiles, grid: TileGrid, *, opacity: float, colours: Literal["share", "rank"], largest: float
) -> None:
    try:
        thumbnail, px_per_px = _thumbnail(slide.file)
    except InputError as error:
        st.warning(f"The slide's picture cannot be shown: {error}")
        return
    shown = SlideAttention(slide=slide.slide, thumbnail=thumbnail, px_per_px=px_per_px, grid=grid)
    figure = figures.patients.attention(shown, opacity=opacity, colours=colours, largest=largest)
    parts.chart(figure, key="attention", alt=f"Attention on slide {slide.slide}")


def _crop(tile: TopTile, source: Path | None) -> None:
    try:
        pixels = _tile(source, (tile.x, tile.y), tile.side_px)
    except InputError as error:
        st.caption(f"No picture: {error}")
    else:
        st.image(pixels, width="stretch", alt=f"Tile at {tile.x}, {tile.y}")
    st.caption(f"**{tile.attention:.1f} ×** · x {tile.x:,}, y {tile.y:,}")


@st.fragment
def _gene_sets(sets: dict[str, tuple[GeneSet, ...]], decisions: dict[str, str]) -> None:
    parts.section("Gene sets that moved the decision", note=SETS_NOTE)
    first = next(iter(sets))
    model = st.segmented_control("Model", list(sets), default=first, key="sets-model", required=True) or first
    gene_sets_chart(sets[model], decision=decisions[model], key="sets")


@st.cache_data(max_entries=64, show_spinner=False)
def _thumbnail(file: Path | None) -> tuple[UInt8[np.ndarray, "h w 3"], float]:
    if file is None:
        raise InputError("no cached features were kept for it; train with slides to have them")
    return read_thumbnail(file)


@st.cache_data(max_entries=512, show_spinner=False)
def _tile(source: Path | None, origin: tuple[int, int], side_px: float) -> UInt8[np.ndarray, "h w 3"]:
    if source is None:
        raise InputError("the slide file is not known")
    return read_tile(source, origin=origin, side_px=side_px, out_px=TILE_PX)
