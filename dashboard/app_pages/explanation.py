"""The part of a patient's page that shows what a model looked at: slide, tiles, gene sets."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from jaxtyping import Float, UInt8

from core.results import RunFolder, SlideTiles
from core.slides import read_thumbnail, read_tile
from core.types import Explanation
from dashboard import figures, parts, views
from dashboard.views.attention import SlideAttention, TopTile
from dashboard.views.patients import Answer

TOP_TILES = 8
TOP_SETS = 12
TILE_PX = 160


def render(run: RunFolder, patient: str, answers: Sequence[Answer]) -> None:
    """Attention on the slide, the tiles that got most of it, and the gene sets that moved the decision."""
    explained = {model: found for model in _models(answers) if (found := run.explanation(model, patient)) is not None}
    if not explained:
        st.info("No explanation was kept for this patient: only the fused, image and genes models keep one.")
        return
    _tissue(run, patient, explained)
    _genes(explained, answers)


def _models(answers: Sequence[Answer]) -> tuple[str, ...]:
    return views.predictions.model_order(answer.model for answer in answers)


def _tissue(run: RunFolder, patient: str, explained: dict[str, Explanation]) -> None:
    parts.section(
        "Where the model looked",
        note="Attention of each tile, times the number of tiles: 1 is an even share, 2 twice as much. It shows what "
        "the model weighed, not that this tissue is of the decided class.",
    )
    slides = run.slides(patient)
    models = [model for model, found in explained.items() if views.attention.maps(found)]
    if not slides:
        st.info("This cohort brings image features that were computed elsewhere: there is no slide to show.")
    elif not models:
        st.info("No model of this run keeps attention over tiles.")
    else:
        _attention(slides, {model: explained[model] for model in models})


@st.fragment
def _attention(slides: Sequence[SlideTiles], explained: dict[str, Explanation]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        model = st.segmented_control(
            "Model", list(explained), default=next(iter(explained)), key="map-model", required=True
        )
        found = explained[model or next(iter(explained))]
        choices = views.attention.maps(found)
        chosen = st.selectbox(
            "Attention of", choices, key="map-token", width=240, help="Each gene set asks the tissue its own question."
        )
        opacity = st.slider("Opacity of the map", 0.0, 1.0, 0.55, 0.05, key="map-opacity", width=180)
        place = _slide(slides)
    weights = views.attention.tile_weights(found, chosen)
    shares = views.attention.slide_parts(weights, [len(slide.origins) for slide in slides])
    _map(slides[place], shares[place], opacity=opacity, limits=(0.0, float(weights.max())))
    tiles = views.attention.top_tiles(
        shares, [slide.origins for slide in slides], [slide.side_px for slide in slides], count=TOP_TILES
    )
    _tiles(tiles, slides)


def _slide(slides: Sequence[SlideTiles]) -> int:
    if len(slides) == 1:
        return 0
    return st.selectbox(
        "Slide", range(len(slides)), format_func=lambda place: slides[place].slide, key="map-slide", width=240
    )


def _map(
    slide: SlideTiles, weights: Float[np.ndarray, " tiles"], *, opacity: float, limits: tuple[float, float]
) -> None:
    if slide.file is None or not slide.file.is_file():
        st.info(f"The features file of slide {slide.slide} is gone, and its picture with it; the numbers below remain.")
        return
    thumbnail, px_per_px = _thumbnail(slide.file)
    grid = views.attention.tile_grid(slide.origins, weights, side_px=slide.side_px)
    shown = SlideAttention(slide=slide.slide, thumbnail=thumbnail, px_per_px=px_per_px, grid=grid)
    figure = figures.patients.attention(shown, opacity=opacity, limits=limits)
    parts.chart(figure, key="attention", alt=f"Attention on slide {slide.slide}")


def _tiles(tiles: Sequence[TopTile], slides: Sequence[SlideTiles]) -> None:
    st.markdown("**Tiles with the most attention**")
    columns = st.columns(4)
    for place, tile in enumerate(tiles):
        slide = slides[tile.slide]
        with columns[place % 4]:
            if slide.source is None or not slide.source.is_file():
                st.caption("The slide file is not where it was.")
            else:
                crop = _tile(slide.source, (tile.x, tile.y), tile.side_px)
                st.image(crop, width="stretch", alt=f"Tile at {tile.x}, {tile.y}")
            st.caption(f"{tile.attention:.1f} × even share, at ({tile.x:,}, {tile.y:,}) px")


def _genes(explained: dict[str, Explanation], answers: Sequence[Answer]) -> None:
    sets = {model: views.attention.top_gene_sets(found, count=TOP_SETS) for model, found in explained.items()}
    sets = {model: found for model, found in sets.items() if found}
    if not sets:
        return
    parts.section(
        "Gene sets that moved the decision",
        note="How much the log-odds of the decided class drop when the set is put at the mean of the training "
        "patients. To the right: speaks for the decision; to the left: against it.",
    )
    model = st.segmented_control("Model", list(sets), default=next(iter(sets)), key="sets-model", required=True)
    model = model or next(iter(sets))
    decision = next(answer.decision for answer in answers if answer.model == model)
    parts.chart(figures.patients.gene_sets(sets[model], decision=decision), key="sets", alt="Contribution of gene sets")


@st.cache_data(max_entries=64, show_spinner=False)
def _thumbnail(file: Path) -> tuple[UInt8[np.ndarray, "h w 3"], float]:
    return read_thumbnail(file)


@st.cache_data(max_entries=512, show_spinner=False)
def _tile(source: Path, origin: tuple[int, int], side_px: float) -> UInt8[np.ndarray, "h w 3"]:
    return read_tile(source, origin=origin, side_px=side_px, out_px=TILE_PX)
