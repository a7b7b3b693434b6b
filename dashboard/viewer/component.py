"""The viewer as a Streamlit component: hands the browser what may be shown; everything else happens there.

What is seen (place, zoom, map, colours) never comes back to Python: the browser keeps it in the page's address, so that
panning reruns nothing, and a copied address opens the same place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import plotly.colors
from streamlit.components import v2

from core.slides.quality.drawing import COLOURS
from core.slides.quality.surfaces import Surface
from dashboard import palette
from dashboard.viewer.mounted import address
from dashboard.views.slides import SURFACE_WORDS

FRONT = Path(__file__).parent / "front"
SKELETON = '<div class="viewer"><div class="skeleton" role="status" aria-label="The slide is being opened"></div></div>'
START = """
const viewer = import(new URL("viewer/viewer.js", document.baseURI).href);
export default async ({ data, parentElement }) => (await viewer).mount(parentElement, data);
"""
"""Only the way to the viewer's own modules: they are served as files, so that they are cached and can import others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AttentionMap:
    """Attention of one model in one repeat, to choose from."""

    model: str
    repeat: int
    label: str
    doubted: str | None = None
    """Why the map is of low trust, one sentence; it is then drawn in greys."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pane:
    """A patient with slides to look at, in a pane of the viewer."""

    title: str
    slides: tuple[tuple[str, str], ...]
    """Name and id of each."""
    maps: tuple[AttentionMap, ...] = ()


_component = v2.component(
    "acinus_viewer", html=SKELETON, css=(FRONT / "viewer.css").read_text(encoding="utf-8"), js=START
)


def show(panes: Sequence[Pane], *, key: str) -> None:
    """The viewer, as high as the window has room for; two panes are shown side by side, and linked."""
    assert panes and all(pane.slides for pane in panes), "there is a slide to show"
    # its style sheet says how high it is, before anything is in it
    _component(data=told(panes), key=key, height="content")


def told(panes: Sequence[Pane]) -> dict[str, object]:
    """What the browser is handed: nothing but names, ids and colours."""
    return {
        "panes": [_pane(pane) for pane in panes],
        "OpenSeadragon": address("openseadragon.min.js"),
        "scales": {name: _stops(name) for name in palette.ATTENTION_SCALES},
        "doubted": _stops(palette.DOUBTED_SCALE),
        "surfaces": [
            {
                "word": SURFACE_WORDS[surface.name.lower()],
                "colour": "#{:02x}{:02x}{:02x}".format(*COLOURS[surface]),
                "line": surface == Surface.TISSUE,
            }
            for surface in COLOURS
        ],
    }


def _pane(pane: Pane) -> dict[str, object]:
    return {
        "title": pane.title,
        "slides": [{"name": name, "id": found} for name, found in pane.slides],
        "maps": [
            {"model": one.model, "repeat": one.repeat, "label": one.label, "doubted": one.doubted} for one in pane.maps
        ],
    }


def _stops(name: str) -> list[str]:
    """The colours of a scale from low to high, as `#rrggbb`."""
    colours = [str(colour) for _, colour in plotly.colors.get_colorscale(name)]
    return [colour if colour.startswith("#") else _hex(colour) for colour in colours]


def _hex(colour: str) -> str:
    red, green, blue = plotly.colors.unlabel_rgb(colour)
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"
