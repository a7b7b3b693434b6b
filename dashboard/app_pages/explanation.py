"""The part of a patient's page that shows what a model looked at: slide, tiles, gene sets."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from jaxtyping import Float, UInt8

from core.errors import InputError
from core.results import RunFolder, SlideTiles
from core.slides import read_thumbnail, read_tile
from core.types import Explanation
from dashboard import figures, parts, views
from dashboard.views.attention import GeneSet, SlideAttention, TopTile
from dashboard.views.patients import Answer

TOP_TILES = 8
TOP_SETS = 12
TILE_PX = 224
ATTENTION_NOTE = (
    "Attention of each tile, times the number of tiles: 1 is an even share, 2 twice as much. "
    "It shows what the model weighed, not that this tissue is of the decided class."
)
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
    widths = [3, 4, 3] if len(slides) == 1 else [3, 3, 3, 2]
    model_column, token_column, *slide_column, opacity_column = st.columns(widths, vertical_alignment="bottom")
    first = next(iter(explained))
    with model_column:
        model = st.segmented_control("Model", list(explained), default=first, key="map-model", required=True) or first
    found = explained[model]
    with token_column:
        chosen = st.selectbox(
            "Attention of", views.attention.maps(found), key=f"map-token-{model}", help="Each gene set has its own map."
        )
    place = 0
    for column in slide_column:
        with column:
            place = _slide(slides)
    with opacity_column:
        opacity = st.slider("Opacity", 0.0, 1.0, 0.55, 0.05, key="map-opacity")
    weights = views.attention.tile_weights(found, chosen)
    shares = views.attention.slide_parts(weights, [len(slide.origins) for slide in slides])
    _map(slides[place], shares[place], opacity=opacity, limits=(0.0, float(weights.max())))
    tiles = views.attention.top_tiles(
        shares, [slide.origins for slide in slides], [slide.side_px for slide in slides], count=TOP_TILES
    )
    gallery(tiles, [slide.source for slide in slides])


def _slide(slides: Sequence[SlideTiles]) -> int:
    return st.selectbox("Slide", range(len(slides)), format_func=lambda place: slides[place].slide, key="map-slide")


def _map(
    slide: SlideTiles, weights: Float[np.ndarray, " tiles"], *, opacity: float, limits: tuple[float, float]
) -> None:
    try:
        thumbnail, px_per_px = _thumbnail(slide.file)
    except InputError as error:
        st.warning(f"The slide's picture cannot be shown: {error}")
        return
    grid = views.attention.tile_grid(slide.origins, weights, side_px=slide.side_px)
    shown = SlideAttention(slide=slide.slide, thumbnail=thumbnail, px_per_px=px_per_px, grid=grid)
    figure = figures.patients.attention(shown, opacity=opacity, limits=limits)
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
