"""What pages need in the browser and Streamlit has not: scripts of our own beside the pages; plotly, early."""

from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOLDER = Path(__file__).with_name("front")
STREAMLIT = Path(streamlit.__file__).with_name("static") / "static" / "js"

WITH_CHARTS = frozenset({"", "cohort", "models", "evaluation"})
"""Paths of the pages that open with charts."""


def routes() -> list[BaseRoute]:
    """For the server."""
    return [Mount("/front", StaticFiles(directory=FOLDER))]


def scripts(path: str) -> str:
    """HTML that brings the downloads of charts and, to a page that opens with charts, plotly before it is asked for.

    Streamlit fetches plotly (4.7 MB) when the first chart arrives; the browser can load and run it while the server is
    still at the page. The same address loads a module once. Addresses are relative, so that they hold below any path
    that a proxy serves the pages at.
    """
    wanted = (*(plotly() if path in WITH_CHARTS else ()), "./front/charts.js")
    return "".join(f'<script type="module" src="{address}"></script>' for address in wanted)


@cache
def plotly() -> tuple[str, ...]:
    """Address of Streamlit's own module with plotly in it; empty where a Streamlit names it otherwise."""
    return tuple(f"./static/js/{file.name}" for file in STREAMLIT.glob("PlotlyChart.*.js"))


class EarlyPlotly:
    """ASGI middleware that lets the browser fetch plotly along with a page that opens with charts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].strip("/") not in WITH_CHARTS:
            await self._app(scope, receive, send)
            return

        async def send_with_link(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for address in plotly():
                    headers.append("Link", f"<{address}>; rel=modulepreload")
            await send(message)

        await self._app(scope, receive, send_with_link)
