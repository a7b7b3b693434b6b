"""Answers leave when they are written, not when the browser has confirmed the part before.

Streamlit makes its listening socket without naming TCP as its protocol, so asyncio does not set TCP_NODELAY on it. An
answer's head and body are two writes: without the option the second waits until the first is confirmed, which the other
side puts off by 40 ms. It costs that for nearly every tile of a slide, and several times for every page.
"""

import socket
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send


class AtOnce:
    """ASGI middleware that sets TCP_NODELAY on every connection; the first of all, as others hide the connection."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = connection(receive)
        if found is not None:
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self._app(scope, receive, send)


def connection(receive: Receive) -> Any | None:
    """The socket that an ASGI server reads from; None for another server than uvicorn, and on Unix sockets."""
    # ASGI hands no socket over; uvicorn's `receive` is a method of what holds the connection
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    found = transport.get_extra_info("socket") if transport is not None else None
    return found if found is not None and found.family in (socket.AF_INET, socket.AF_INET6) else None
