"""The API as the server mounts it. Light: what predictions need is imported when somebody first asks."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

if TYPE_CHECKING:
    from starlette.routing import Router


class Api:
    """/healthz and /api/v1."""

    def __init__(self, data: Callable[[], Path]) -> None:
        self._data = data
        self._lock = threading.Lock()
        self._router: Router | None = None

    def routes(self) -> list[BaseRoute]:
        """For the server."""
        return [Route("/healthz", _Endpoint(self)), Route("/api/{rest:path}", _Endpoint(self))]

    def ready(self) -> "Router":
        """Imports what takes seconds the first time."""
        with self._lock:
            if self._router is None:
                from dashboard.api.routes import ApiRoutes

                self._router = ApiRoutes(self._data).router()
            return self._router

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands a request to the routes."""
        router = self._router or await to_thread.run_sync(self.ready)
        await router(scope, receive, send)


class _Endpoint:
    """A route's own end, which Starlette calls with what came, whatever the method."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._api.answer(scope, receive, send)
