"""Lets in who may: every request is looked at before it is answered, pages' sockets as well as tiles and uploads.

Pages ask again who is there each time they are drawn (`dashboard.access.here`); what is not a page is decided here.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import InputError
from dashboard.access.current import current_settings
from dashboard.access.here import PEER
from dashboard.access.roles import Action
from dashboard.access.visitors import Asked, UnknownError, visitor

GUARDED: Mapping[str, Action] = {
    "/slides": "see",
    "/media": "see",
    "/_stcore/upload_file": "predict",
}
"""What holds something of patients, or takes something in. All else is the program itself, the same for everybody."""
VISITOR = "acinus.visitor"
"""Key of the scope that tells routes who asks."""


class Gate:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, data: Callable[[], Path]) -> None:
        self._app, self._data = app, data

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        peer = scope["client"][0] if scope.get("client") else None
        scope["headers"] = _with_peer(scope["headers"], peer)
        wanted = guarded(scope["path"])
        try:
            who = visitor(_asked(scope, peer), current_settings(self._data()))
            if wanted is not None:
                who.require(wanted)
            scope[VISITOR] = who
        except UnknownError as error:
            # they may see the page that lets them sign in, and nothing else
            if wanted is not None:
                await _refuse(scope, receive, send, HTTPStatus.UNAUTHORIZED, str(error))
                return
        except InputError as error:
            if wanted is not None or self._nobody_else():
                await _refuse(scope, receive, send, HTTPStatus.FORBIDDEN, str(error))
                return
        await self._app(scope, receive, send)

    def _nobody_else(self) -> bool:
        """Whether those without a name get no page at all: where nobody signs in, or nobody can tell who may."""
        try:
            return current_settings(self._data()).sign_in == "none"
        except InputError:
            return True


def guarded(path: str) -> Action | None:
    """What it takes to ask for this path; None where anybody may."""
    return next((action for start, action in GUARDED.items() if path == start or path.startswith(f"{start}/")), None)


def _with_peer(headers: list[tuple[bytes, bytes]], peer: str | None) -> list[tuple[bytes, bytes]]:
    """The headers with who sends them, as this server knows it: nobody else's word is taken for that."""
    name = PEER.encode()
    kept = [(key, value) for key, value in headers if key.lower() != name]
    return [*kept, (name, peer.encode())] if peer else kept


def _asked(scope: Scope, peer: str | None) -> Asked:
    headers = Headers(scope=scope)
    return Asked(
        headers={name.lower(): value for name, value in headers.items()},
        cookies=cookie_parser(headers.get("cookie", "")),
        peer=peer,
    )


async def _refuse(scope: Scope, receive: Receive, send: Send, status: HTTPStatus, sentence: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence[:100]})
        return
    content = json.dumps({"error": sentence})
    answer = Response(content, status_code=status, media_type="application/json", headers={"Cache-Control": "no-store"})
    await answer(scope, receive, send)
