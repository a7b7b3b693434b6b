"""The dashboard's server: `streamlit run dashboard/app.py`."""

import importlib
import sys
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from core.errors import InputError
from dashboard import charts
from dashboard.api.mounted import Api
from dashboard.cases.sweeping import Sweeper
from dashboard.folders.data import data_folder
from dashboard.server import front_files
from dashboard.server.at_once import AtOnce
from dashboard.server.bound import require_closed
from dashboard.server.gate import Gate
from dashboard.server.security import SecurityHeaders
from dashboard.viewer.mounted import Viewer

try:
    require_closed(data_folder())
except InputError as error:
    sys.exit(f"error: {error}")

SLOW_IMPORTS = ("dashboard.visit", "lifelines")
"""Seconds to import, which the first visitor should not wait for."""
VIEWER = Viewer(data_folder)
"""Tiles and maps that the slide viewer in the browser asks for; beside the pages, on the same port."""
API = Api(data_folder)
"""Programs that ask by token, where that is enabled."""
SWEEPER = Sweeper(data_folder)


@asynccontextmanager
async def warmed_up(_: st.App) -> AsyncGenerator[None]:
    """Imports what the pages need while the server starts; lets go of open catalogues when it ends."""
    threading.Thread(target=warm_up, daemon=True).start()
    SWEEPER.begin()
    yield
    SWEEPER.end()
    VIEWER.close()
    st.cache_resource.clear()
    # imported late: it needs what takes seconds, which a server that starts must not wait for
    from dashboard.workspace import Workspace

    Workspace.close_all()


def warm_up() -> None:
    """What takes seconds once."""
    for name in SLOW_IMPORTS:
        importlib.import_module(name)
    VIEWER.ready()


def our_fault(error: Exception) -> bool:
    """Shows an error that nobody foresaw without its details; Streamlit has written those to the server's log.

    What a button does is done before its page is drawn, which shows the sentence otherwise.
    """
    if isinstance(error, InputError):
        st.error(str(error), icon=":material/error:")
        return True
    st.error(
        "This page failed, and the fault is Acinus's own, not yours. The terminal where the server runs says what "
        "happened; please report it with those lines.",
        icon=":material/bug_report:",
    )
    return True


app = st.App(
    Path(__file__).with_name("main.py"),
    routes=[*VIEWER.routes(), *API.routes(), *charts.routes(), *front_files.routes()],
    lifespan=warmed_up,
    middleware=[
        Middleware(AtOnce),
        Middleware(SecurityHeaders),
        Middleware(Gate, data=data_folder),
        Middleware(front_files.Opening),
    ],
    on_script_error=our_fault,
)
