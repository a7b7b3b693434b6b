"""What pages need in the browser and Streamlit has not: scripts of our own, served beside the pages."""

from pathlib import Path

from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).with_name("front")

CHARTS = '<script type="module" src="./front/charts.js"></script>'
"""Puts the downloads under every chart. Relative, so that it is found below any path that a proxy serves pages at."""


def routes() -> list[BaseRoute]:
    """For the server."""
    return [Mount("/front", StaticFiles(directory=FOLDER))]
