"""What the viewer in the browser asks for, under /slides: sizes, tiles, the quality mask, attention.

Every answer has an ETag that is known before the slide is opened, so that a browser that has a picture already costs
nothing. Answers hold no path, no file name and no patient.
"""

import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus

import numpy as np
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from core.errors import InputError
from dashboard.viewer.known import KnownSlide, TileMaps
from dashboard.viewer.masks import has_quality, quality_mask
from dashboard.viewer.pixels import Reader
from dashboard.viewer.readers import FileKey, Readers
from dashboard.viewer.recent import Recent
from dashboard.viewer.refusal import RefusedError

THREADS = 12
"""That answer at once; threads of their own, so that pages never wait for slides."""
HOUR_S, YEAR_S = 3600, 31_536_000
LONGEST_NUMBER = 9
OURS_ALONE = {"Cross-Origin-Resource-Policy": "same-origin"}
"""No page of another site shows a slide."""
UNKNOWN = "there is no such slide in the newest catalogue; open the page again"
NO_ADDRESS = "there is nothing at this address"
OUTSIDE = "there is no such tile"
NO_MAP = "this model keeps no attention over the tiles of this slide"
NO_GRID = "the places of this slide's tiles are not kept"
NO_QUALITY = "what covers this slide is not kept; extract its features again"
UNREADABLE = "the slide file cannot be read; the Data page says what is the matter with it"
DAMAGED = "what was kept of this slide is missing or damaged; rebuild the catalogue, or train again"

Find = Callable[[str], KnownSlide | None]
Answer = tuple[bytes, str]
"""Content and its media type."""
Made = Callable[[], Answer]


class SlideRoutes:
    """The routes over slides that `find` knows."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._threads = CapacityLimiter(THREADS)
        self._sent = Recent()
        self.readers = Readers()

    def router(self) -> Router:
        """For the server, to be mounted at /slides."""
        answers: dict[str, Callable[[Request], Response]] = {
            "/{slide}/info": self.info,
            "/{slide}/tiles/{level}/{column}_{row}.jpg": self.tile,
            "/{slide}/thumbnail.jpg": self.thumbnail,
            "/{slide}/quality.png": self.quality,
            "/{slide}/grid": self.grid,
            "/{slide}/grid.bin": self.grid_values,
            "/{slide}/maps/{model}/{repeat}": self.maps,
            "/{slide}/maps/{model}/{repeat}/{place}.bin": self.map_values,
        }
        routes = [Route(path, self._in_a_thread(answer)) for path, answer in answers.items()]
        return Router(routes, default=_nothing_here, redirect_slashes=False)

    def info(self, request: Request) -> Response:
        """Size, tiles, resolution, and what else can be asked for."""

        def told(slide: KnownSlide, key: FileKey) -> Answer:
            facts = self.readers.facts(key)
            return _json(
                {
                    "width": facts.width,
                    "height": facts.height,
                    "tile_px": facts.tile_px,
                    "levels": facts.levels,
                    "um_per_px": slide.um_per_px() or facts.um_per_px,
                    "tiles_from": facts.name,
                    "quality": _has_quality(slide),
                    "grid": slide.grid() is not None,
                }
            )

        return self._of_file(request, told)

    def tile(self, request: Request) -> Response:
        """One tile of the pyramid."""

        def told(_: KnownSlide, key: FileKey) -> Answer:
            level, column, row = (_number(request, name, OUTSIDE) for name in ("level", "column", "row"))
            if not self.readers.facts(key).holds(level, column, row):
                raise RefusedError(OUTSIDE)
            return self._picture(key, (level, column, row), lambda reader: reader.tile(level, column, row))

        return self._of_file(request, told)

    def thumbnail(self, request: Request) -> Response:
        """The whole slide."""

        def told(_: KnownSlide, key: FileKey) -> Answer:
            return self._picture(key, "thumbnail", lambda reader: reader.thumbnail())

        return self._of_file(request, told)

    def quality(self, request: Request) -> Response:
        """What covers the slide, transparent where that is glass."""

        def told(slide: KnownSlide) -> Answer:
            mask = quality_mask(FileKey.of(slide.bag)) if _has_quality(slide) else None
            if mask is None:
                raise RefusedError(NO_QUALITY)
            return mask, "image/png"

        return self._of_run(request, told)

    def grid(self, request: Request) -> Response:
        """Side of the tiles and their number."""

        def told(slide: KnownSlide) -> Answer:
            origins, side_px = _grid(slide)
            return _json({"side_px": side_px, "tiles": len(origins)})

        return self._of_run(request, told)

    def grid_values(self, request: Request) -> Response:
        """Corners of the tiles, int32, x and y in turn."""
        return self._of_run(request, lambda slide: _binary(_grid(slide)[0].astype("<i4")), age_s=YEAR_S)

    def maps(self, request: Request) -> Response:
        """Names of the attention maps of a model, the fold they are from, and the largest value of all."""

        def told(slide: KnownSlide) -> Answer:
            found = _maps(slide, request)
            return _json({"tokens": found.tokens, "fold": found.fold, "largest": float(found.values.max())})

        return self._of_run(request, told)

    def map_values(self, request: Request) -> Response:
        """One attention map, float32, a value for each tile of the slide."""

        def told(slide: KnownSlide) -> Answer:
            values, place = _maps(slide, request).values, _number(request, "place", NO_MAP)
            if place >= len(values):
                raise RefusedError(NO_MAP)
            return _binary(values[place].astype("<f4"))

        return self._of_run(request, told)

    def _in_a_thread(self, answer: Callable[[Request], Response]):
        async def answered(request: Request) -> Response:
            return await to_thread.run_sync(answer, request, limiter=self._threads)

        return answered

    def _picture(self, key: FileKey, what: object, read: Callable[[Reader], bytes]) -> Answer:
        content = self._sent.get((key, what))
        if content is None:
            with self.readers.borrowed(key) as reader:
                content = read(reader)
            self._sent.put((key, what), content)
        return content, "image/jpeg"

    def _of_file(self, request: Request, told: Callable[[KnownSlide, FileKey], Answer]) -> Response:
        """What is read from the slide file itself: its tag changes when the file does."""

        def tagged(slide: KnownSlide) -> tuple[str, Made]:
            key = FileKey.of(slide.path)
            return f"{slide.version} {key.version}", lambda: told(slide, key)

        return self._answered(request, tagged, fault=UNREADABLE, age_s=HOUR_S)

    def _of_run(self, request: Request, told: Callable[[KnownSlide], Answer], *, age_s: int = HOUR_S) -> Response:
        """What a run keeps of the slide."""
        return self._answered(request, lambda slide: (slide.version, lambda: told(slide)), fault=DAMAGED, age_s=age_s)

    def _answered(
        self, request: Request, tagged: Callable[[KnownSlide], tuple[str, Made]], *, fault: str, age_s: int
    ) -> Response:
        try:
            slide = self._find(str(request.path_params["slide"]))
            if slide is None:
                return _refused(UNKNOWN)
            version, made = tagged(slide)
            headers = _headers(_tag(request.url.path, version), age_s)
            if _has_it(request, headers["ETag"]):
                return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
            content, kind = made()
        except RefusedError as refusal:
            return _refused(str(refusal))
        except InputError:
            # its sentence names files, which are none of the browser's business
            return _refused(fault)
        return Response(content, media_type=kind, headers=headers)


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    await _refused(NO_ADDRESS)(scope, receive, send)


def _number(request: Request, name: str, sentence: str) -> int:
    """A number of the address: plain digits, and not so many that they are none."""
    text = str(request.path_params[name])
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise RefusedError(sentence)
    return int(text)


def _grid(slide: KnownSlide) -> tuple[np.ndarray, float]:
    found = slide.grid()
    if found is None:
        raise RefusedError(NO_GRID)
    return found


def _maps(slide: KnownSlide, request: Request) -> TileMaps:
    found = slide.maps(str(request.path_params["model"]), _number(request, "repeat", NO_MAP))
    if found is None:
        raise RefusedError(NO_MAP)
    return found


def _has_quality(slide: KnownSlide) -> bool:
    bag = slide.bag
    return bag is not None and bag.is_file() and has_quality(FileKey.of(bag))


def _has_it(request: Request, tag: str) -> bool:
    """Whether the browser names the tag among those it has; proxies may have marked it as weak."""
    named = request.headers.get("if-none-match", "")
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in named.split(","))


def _tag(path: str, version: str) -> str:
    return f'"{hashlib.sha256(f"{path} {version}".encode()).hexdigest()[:32]}"'


def _headers(tag: str, age_s: int) -> dict[str, str]:
    # what is kept for a year is named by its id: it can be no other
    lasting = ", immutable" if age_s == YEAR_S else ""
    return {"ETag": tag, "Cache-Control": f"private, max-age={age_s}{lasting}", **OURS_ALONE}


def _refused(sentence: str) -> Response:
    content, kind = _json({"error": sentence})
    return Response(content, media_type=kind, status_code=HTTPStatus.NOT_FOUND, headers={"Cache-Control": "no-store"})


def _json(content: object) -> Answer:
    return json.dumps(content).encode(), "application/json"


def _binary(values: np.ndarray) -> Answer:
    return values.tobytes(), "application/octet-stream"
