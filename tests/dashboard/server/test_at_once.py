"""No answer waits until the browser has confirmed the part before."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.request import urlopen

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from websockets.sync.client import connect

from dashboard.app import app
from dashboard.server.at_once import AtOnce, connection


def told(receive: object) -> int:
    """What TCP_NODELAY is set to on the connection of a request."""
    found = connection(receive)  # type: ignore[arg-type]
    return -1 if found is None else int(found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0)


async def answer(request: Request) -> JSONResponse:
    return JSONResponse(told(request.receive))


class Echo:
    """Tells it over http and over a websocket."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "websocket":
            return await self._app(scope, receive, send)
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": str(told(receive))})
        await send({"type": "websocket.close"})
        return None


@contextmanager
def served(middleware: Sequence[Middleware]) -> Iterator[str]:
    """A uvicorn on a socket made as Streamlit makes it."""
    asked = Starlette(routes=[Route("/", answer)], middleware=[*middleware, Middleware(Echo)])
    with socket.socket(family=socket.AF_INET) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(asked, log_level="error", lifespan="off", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.mark.parametrize(("middleware", "expected"), [((), 0), ((Middleware(AtOnce),), 1)])
def test_only_with_the_middleware_small_parts_are_sent_at_once(middleware: Sequence[Middleware], expected: int):
    with served(middleware) as host:
        with urlopen(f"http://{host}/", timeout=20) as found:
            assert int(found.read()) == expected
        with connect(f"ws://{host}/") as line:
            assert int(line.recv(timeout=20)) == expected


def test_servers_without_a_socket_are_left_alone():
    asked = Starlette(routes=[Route("/", answer)], middleware=[Middleware(AtOnce)])
    assert TestClient(asked).get("/").json() == -1


def test_the_dashboard_has_it_before_everything_else():
    assert app._user_middleware[0].cls is AtOnce
