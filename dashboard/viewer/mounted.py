"""The viewer's routes as the server mounts them. Light: what reads slides is imported when it is first needed."""

import hashlib
import threading
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

if TYPE_CHECKING:
    from starlette.routing import Router

    from dashboard.viewer.routes import SlideRoutes

FRONT = Path(__file__).with_name("front")


class Viewer:
    """Tiles and maps under /slides, the browser's part of the viewer under /viewer."""

    def __init__(self, data: Callable[[], Path]) -> None:
        self._data = data
        self._lock = threading.Lock()
        self._routes: SlideRoutes | None = None
        self._router: Router | None = None

    def routes(self) -> list[BaseRoute]:
        """For the server."""
        return [Mount("/slides", app=self._slides), Mount("/viewer", app=FrontFiles(directory=FRONT, check_dir=False))]

    def ready(self) -> "Router":
        """Imports what reads slides, which takes seconds the first time."""
        with self._lock:
            if self._router is None:
                from dashboard.viewer.known import find
                from dashboard.viewer.known_cases import find_case_slide
                from dashboard.viewer.libtiff import has_libtiff
                from dashboard.viewer.routes import SlideRoutes

                has_libtiff()
                self._routes = SlideRoutes(
                    lambda asked: find(self._data(), asked) or find_case_slide(self._data(), asked)
                )
                self._router = self._routes.router()
            return self._router

    def close(self) -> None:
        """Lets go of open slides."""
        if self._routes is not None:
            self._routes.readers.close()

    async def _slides(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Streamlit looks at this for its own socket only; without it any page could have a browser ask us by a name
        # that it made point here
        if not is_host_allowed(Headers(scope=scope).get("host")):
            await Response(status_code=HTTPStatus.FORBIDDEN)(scope, receive, send)
            return
        router = self._router or await to_thread.run_sync(self.ready)
        await router(scope, receive, send)


class FrontFiles(StaticFiles):
    """Files of the front end. Browsers keep those that `address` names; of others they ask whether they changed."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        named_by_content = scope["query_string"].startswith(b"v=")
        MutableHeaders(raw=response.raw_headers)["Cache-Control"] = (
            # modules import each other by bare names: after an update none may be older than the others
            "public, max-age=31536000, immutable" if named_by_content else "no-cache"
        )
        return response


@cache
def address(name: str) -> str:
    """Where the page finds a file of the front end, relative to the server's root: another content, another address."""
    return f"viewer/{name}?v={hashlib.sha256((FRONT / name).read_bytes()).hexdigest()[:16]}"
