"""The charts of the Cohort page as a Streamlit component: every bar is a button, and a press reaches Python.

Twelve charts of plotly take a browser seconds to draw; these are plain elements, reached by the keyboard as they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components import v2

from dashboard import palette
from dashboard.views.cohort.selection import panel_name
from dashboard.views.cohort.summary import Panel

FRONT = Path(__file__).parents[2] / "front"
START = """
const panels = import(new URL("front/panels.js", document.baseURI).href);
export default async ({ data, parentElement, setTriggerValue }) =>
  (await panels).mount(parentElement, data, (picked) => setTriggerValue("picked", picked));
"""
"""Only the way to our own module: it is served as a file, so that it is cached."""

_component = v2.component(
    "acinus_panels",
    html='<div class="panels"></div>',
    css=(FRONT / "panels.css").read_text(encoding="utf-8"),
    js=START,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Picked:
    """Bars that were pressed: one by a click, or neighbours by a box drawn over them."""

    name: str
    """Of the chart, as the address has it."""
    values: tuple[str, ...]
    boxed: bool


def show(panels: Sequence[Panel], *, classes: Sequence[str], key: str, picked: Callable[[Picked], None]) -> None:
    """The charts, one beside the other as the page is wide; `picked` is called before the page runs again."""

    def follow() -> None:
        found = read(st.session_state[key]["picked"])
        if found is not None:
            picked(found)

    # the style sheet keeps their room until they are there: dashboard/server/rooms.py
    with st.container(key=f"room-{len(panels)}"):
        _component(data=told(panels, classes=classes), key=key, on_picked_change=follow)


def told(panels: Sequence[Panel], *, classes: Sequence[str]) -> dict[str, Any]:
    """What the browser is handed."""
    return {
        "classes": [{"name": name, "colour": palette.class_colour(place)} for place, name in enumerate(classes)],
        "panels": [_panel(panel) for panel in panels],
    }


def read(told: Any) -> Picked | None:
    """What the browser tells; None for what our charts do not say, as anyone can send something."""
    match told:
        case {"name": str(name), "values": [*values], "how": "click" | "box" as how} if values:
            texts = tuple(value for value in values if isinstance(value, str))
            return Picked(name=name, values=texts, boxed=how == "box") if texts else None
        case _:
            return None


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "name": panel_name(panel),
        "title": panel.title,
        "note": f"the largest of {len(panel.values) + panel.left_out:,}" if panel.left_out else "",
        "upright": panel.facet is None,
        "narrowed": not all(panel.kept),
        "groups": [
            {"value": value, "label": label, "counts": list(counts), "kept": kept}
            for value, label, counts, kept in zip(
                panel.values, panel.counts.groups, panel.counts.counts, panel.kept, strict=True
            )
        ],
    }
