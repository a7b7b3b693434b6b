"""The part of a patient's page that shows what a model looked at: slide, tiles, gene sets."""

from collections.abc import Mapping, Sequence
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
from dashboard.views.attention import Gene, GeneSet, SlideAttention, TileGrid, TopTile
from dashboard.views.patients import Answer

TOP_TILES = 8
TOP_SETS = 12
TOP_GENES = 15
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

GENES_NOTE = (
    "Integrated gradients: what each gene adds to the log-odds of the decided class, from the middle of the training "
    "patients to this patient. The Evaluation page, Trust, says how far they add up."
)


def tissue(run: RunFolder, patient: str, answers: Sequence[Answer], *, doubts: Mapping[str, str]) -> None:
    """Attention on the slide and the tiles that got most of it; `doubts` says why a model's map is drawn in greys."""
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
        _attention(slides, explained, doubts)


def genes(run: RunFolder, patient: str, answers: Sequence[Answer]) -> None:
    """The gene sets and the genes that moved the decision."""
    found = _explained(run, patient, answers)
    decisions = {answer.model: answer.decision for answer in reversed(answers)}
    sets = {model: views.attention.top_gene_sets(one, count=TOP_SETS) for model, one in found.items()}
    sets = {model: one for model, one in sets.items() if one}
    if sets:
        _gene_sets(sets, decisions)
    single = {model: views.attention.top_genes(one, run.record.genes, count=TOP_GENES) for model, one in found.items()}
    single = {model: one for model, one in single.items() if one}
    if single:
        _genes(single, decisions)


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
def _attention(slides: Sequence[SlideTiles], explained: dict[str, Explanation], doubts: Mapping[str, str]) -> None:
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
    doubt = doubts.get(model)
    trusted = doubt is None or st.toggle("Colours all the same", key="map-doubted", help=doubt)
    if doubt is not None:
        st.warning(doubt, icon=":material/visibility_off:")
    _map(slide, grid, opacity=opacity, colours=colours, largest=float(weights.max()), trusted=trusted)
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
    slide: SlideTiles,
    grid: TileGrid,
    *,
    opacity: float,
    colours: Literal["share", "rank"],
    largest: float,
    trusted: bool,
) -> None:
    try:
        thumbnail, px_per_px = _thumbnail(slide.file)
    except InputError as error:
        st.warning(f"The slide's picture cannot be shown: {error}")
        return
    shown = SlideAttention(slide=slide.slide, thumbnail=thumbnail, px_per_px=px_per_px, grid=grid)
    figure = figures.patients.attention(shown, opacity=opacity, colours=colours, largest=largest, trusted=trusted)
    told = "" if trusted else ", in greys: low trust"
    parts.chart(figure, key="attention", alt=f"Attention on slide {slide.slide}{told}")


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


@st.fragment
def _genes(found: dict[str, tuple[Gene, ...]], decisions: dict[str, str]) -> None:
    parts.section("Genes that moved the decision", note=GENES_NOTE)
    first = next(iter(found))
    model = st.segmented_control("Model", list(found), default=first, key="genes-model", required=True) or first
    told = ", ".join(f"{one.name} {one.attribution:+.2f}" for one in found[model])
    parts.chart(
        figures.patients.genes(found[model], decision=decisions[model]),
        key="genes",
        alt=f"Genes by attribution: {told}",
    )


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
