"""The dashboard's server: `streamlit run dashboard/app.py`."""

import importlib
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from dashboard.security import SecurityHeaders
from dashboard.workspace import Workspace

SLOW_IMPORTS = ("dashboard.visit", "lifelines")
"""Seconds to import, which the first visitor should not wait for."""


@asynccontextmanager
async def warmed_up(_: st.App) -> AsyncGenerator[None]:
    """Imports what the pages need while the server starts; lets go of open catalogues when it ends."""
    threading.Thread(target=lambda: [importlib.import_module(name) for name in SLOW_IMPORTS], daemon=True).start()
    yield
    st.cache_resource.clear()
    Workspace.close_all()


def our_fault(_: Exception) -> bool:
    """Shows an error that nobody foresaw without its details; Streamlit has written those to the server's log."""
    st.error(
        "This page failed, and the fault is Acinus's own, not yours. The terminal where the server runs says what "
        "happened; please report it with those lines.",
        icon=":material/bug_report:",
    )
    return True


app = st.App("main.py", lifespan=warmed_up, middleware=[Middleware(SecurityHeaders)], on_script_error=our_fault)
