"""What the browser gets before Streamlit has said a word: our style, a skeleton of the page, its scripts, early.

Streamlit sends every page as the same empty shell, and style and scripts only once a script has run. Then pages jump:
margins change under text that is read already, and the side bar pushes everything to the right. So the shell is sent
with them inside.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.server import rooms

FOLDER = Path(__file__).parents[1] / "front"
SHELL = Path(streamlit.__file__).with_name("static") / "index.html"
MODULES = SHELL.parent / "static" / "js"

FIRST = "cohort"
"""The page at the root: Streamlit knows it by no other address, and would say that there is none."""
CASE = "patients?patient"
"""In place of a path: the page of one patient, which begins with a chart and goes on with the slide viewer."""
EVERYWHERE = ("Selectbox", "Multiselect", "TextInput", "ButtonGroup", "Button", "DownloadButton", "Metric", "Progress")
"""Streamlit's names of what most pages begin with; it fetches each when it meets the first."""
COMPONENT, TABLE, HTML = "BidiComponent", "DataFrame", "Html"
BEGIN_WITH: Mapping[str, tuple[str, ...]] = {
    "": (COMPONENT, TABLE, HTML, "Checkbox"),
    "data": (TABLE,),
    "models": (COMPONENT, TABLE),
    "evaluation": (COMPONENT, HTML),
    "patients": (TABLE, "Checkbox"),
    CASE: (COMPONENT, HTML),
    "new-case": (HTML, "FileUploader", "NumberInput"),
    "about": ("Table",),
}
"""What pages of these paths begin with besides."""


def _ours(folder: str, *, files: str = "*.js") -> tuple[str, ...]:
    return tuple(f"{folder}/{file.name}" for file in sorted(FOLDER.parent.glob(f"{folder}/front/{files}")))


WATCHERS = ("front/opening.js", "front/tables.js", "front/boxes.js")
"""Our own scripts of every page."""
CHARTS = _ours("charts")
"""Our charts and plotly."""
PANELS = ("front/panel_files.js", "front/panels.js")
"""Charts that choose patients."""
VIEWER = tuple(file for file in _ours("viewer") if not file.endswith(".min.js"))
"""Our modules of the slide viewer, each of which names the next ones only once it is there."""
OWN: Mapping[str, tuple[str, ...]] = {
    "": (*PANELS, *(file for file in CHARTS if not file.endswith(".min.js"))),
    "models": CHARTS,
    "evaluation": CHARTS,
    CASE: (*CHARTS, *VIEWER),
}
"""Our own modules of these pages."""
FONTS = ("MaterialSymbols-Rounded",)
"""Beside the one that Streamlit's shell names; an icon is a word until its font is there."""
IMPORT = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")
IMPORTS_END = 20_000
"""Characters at a module's beginning among which all its imports stand."""
ASKED_ANEW = frozenset({b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"})


def routes() -> list[BaseRoute]:
    """For the server."""
    return [Mount("/front", StaticFiles(directory=FOLDER))]


@cache
def opening(path: str) -> str:
    """HTML of the page at a path: Streamlit's shell with our style, skeleton and scripts, and what it fetches next.

    It is fetched and compiled, and run only when it is needed: what runs early keeps Streamlit's own start waiting.
    Addresses are relative, so that they hold below any path that a proxy serves the pages at.
    """
    names = (*EVERYWHERE, *BEGIN_WITH.get(path, ()))
    own = (*WATCHERS, *OWN.get(path, ()))
    files = (*(f"static/js/{file}" for file in needed(names)), *own)
    early = "".join(f'<link rel="modulepreload" href="./{file}">' for file in files) + _fonts()
    scripts = "".join(f'<script type="module" src="./{address}"></script>' for address in WATCHERS)
    # after the head, in which Streamlit's own styles are put later: of two equal rules the last one holds
    style = _front("style.css") + _front("opening.css") + rooms.style() * (path == "")
    body = f"<style>{style}</style>{_front('opening.html')}"
    shell = SHELL.read_text(encoding="utf-8").replace("<title>Streamlit</title>", "<title>Acinus</title>", 1)
    return shell.replace("</head>", f"{early}{scripts}</head>", 1).replace("<body>", f"<body>{body}", 1)


def modules(name: str) -> tuple[str, ...]:
    """Files of Streamlit's module of this name; empty where a Streamlit names it otherwise."""
    return tuple(file.name for file in sorted(MODULES.glob(f"{name}.*.js")))


@cache
def needed(names: tuple[str, ...]) -> tuple[str, ...]:
    """Files of Streamlit's modules of these names and of all that they import, beyond what the shell brings itself."""
    shell = SHELL.read_text(encoding="utf-8")
    wanted = [file for name in names for file in modules(name)]
    found: dict[str, None] = {}
    while wanted:
        name = wanted.pop()
        if name not in found and name not in shell:
            found[name] = None
            wanted += _imported(name)
    return tuple(found)


def _imported(name: str) -> Iterable[str]:
    file = MODULES / name
    return IMPORT.findall(file.read_text(encoding="utf-8")[:IMPORTS_END]) if file.is_file() else ()


def _fonts() -> str:
    files = (file.name for name in FONTS for file in SHELL.parent.glob(f"static/media/{name}.*.woff2"))
    kind = 'rel="preload" as="font" type="font/woff2" crossorigin'
    return "".join(f'<link {kind} href="./static/media/{file}">' for file in files)


def _front(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


class Opening:
    """ASGI middleware that sends `opening` in place of Streamlit's empty shell, whatever path it stands at.

    The first page is also found under its own name, by which people write addresses.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _navigates(scope):
            await self._app(scope, receive, send)
            return
        if scope["path"].rpartition("/")[2] == FIRST:
            query = scope["query_string"].decode("latin-1")
            await RedirectResponse(f"./?{query}" if query else "./")(scope, receive, send)
            return
        is_shell = False

        async def send_ours(message: Message) -> None:
            nonlocal is_shell
            if message["type"] == "http.response.start":
                is_shell = _is_shell(message)
            if not is_shell:
                await send(message)
            elif message["type"] == "http.response.body" and not message.get("more_body"):
                page = opening(_place(scope))
                await HTMLResponse(page, headers={"Cache-Control": "no-cache"})(scope, receive, send)

        kept = [(name, value) for name, value in scope["headers"] if name not in ASKED_ANEW]
        await self._app({**scope, "headers": kept}, receive, send_ours)


def _place(scope: Scope) -> str:
    path = str(scope["path"]).rpartition("/")[2]
    asks = parse_qs(scope["query_string"].decode("latin-1"))
    return CASE if path == "patients" and "patient" in asks else path


def _navigates(scope: Scope) -> bool:
    """True where a browser opens an address, rather than a page fetches a file."""
    return (
        scope["type"] == "http" and scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
    )


def _is_shell(start: Message) -> bool:
    found = MutableHeaders(scope=start)
    size = found.get("content-length", "")
    is_html = found.get("content-type", "").startswith("text/html")
    return start["status"] == 200 and is_html and size == str(SHELL.stat().st_size)
