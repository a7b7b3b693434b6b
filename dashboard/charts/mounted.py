"""The component's files, on the server that serves the pages."""

from pathlib import Path

from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

FRONT = Path(__file__).parent / "front"
PLOTLY = "plotly-cartesian.min.js"
"""plotly.js with bars, lines and heat maps only; of the version that the Python package of plotly is made for."""


def routes() -> list[BaseRoute]:
    """For the server."""
    return [Mount("/charts", StaticFiles(directory=FRONT))]
