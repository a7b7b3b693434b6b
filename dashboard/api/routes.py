"""What programs ask under /api/v1. The same case folder and command as the page's, so the numbers are the same."""

import json
import re
import shutil
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Any

from anyio import sleep as pause
from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import Message

from core.errors import InputError
from core.serving.bundle import open_bundle
from dashboard.access import tokens
from dashboard.access.audit import AuditLog
from dashboard.access.current import current_settings
from dashboard.access.roles import Action
from dashboard.access.visitors import RefusedError, UnknownError, Visitor
from dashboard.api import asking
from dashboard.api.document import FILES, LONGEST_WAIT_S, V1, document
from dashboard.cases.folder import CaseFolder
from dashboard.folders.bundles import bundle_files
from dashboard.views.cases.predictors import of_bundle
from dashboard.words.wording import RESEARCH_USE_ONLY

FRAME = 1_000_000
"""Bytes that a form may have beside its files."""
SPARE = 1_000_000_000
"""Bytes of the disk that stay free."""
EVERY_S = 0.2
OFF = "the API is off; an admin enables it in access.toml ([api] enabled = true)"
NO_CASE = "there is no such case, or it is not yours, or it was deleted"
NO_FILE = "the case has no such file"
Answer = Callable[[Request, Visitor], Awaitable[Response]]


class TooLargeError(InputError):
    """More was sent than may be."""


class NoCaseError(InputError):
    """There is none, or none for this visitor."""


class NoRoomError(InputError):
    """The disk is full."""


class ApiRoutes:
    """The routes over a data folder."""

    def __init__(self, data: Callable[[], Path]) -> None:
        self._data = data

    def router(self) -> Router:
        """All of them."""
        case = f"{V1}/predict/{{id}}"
        return Router(
            [
                Route("/healthz", self._open(_health)),
                Route(f"{V1}/openapi.json", self._open(_described)),
                Route(f"{V1}/bundles", self._asked("see", self.bundles)),
                Route(f"{V1}/predict", self._asked("predict", self.predict), methods=["POST"]),
                Route(case, self._asked("predict", self.case), methods=["GET"]),
                Route(case, self._asked("predict", self.delete), methods=["DELETE"]),
                Route(f"{case}/files/{{name}}", self._asked("predict", self.file)),
            ],
            redirect_slashes=False,
        )

    async def bundles(self, _: Request, __: Visitor) -> Response:
        """Every bundle that opens, with what it is for and how well it does."""
        found = await to_thread.run_sync(lambda: [_bundle(path) for path in bundle_files(self._data())])
        return JSONResponse({"bundles": [one for one in found if one is not None]})

    async def predict(self, request: Request, visitor: Visitor) -> Response:
        """Takes a case, begins with it, and waits for the answer as long as asked."""
        data = self._data()
        case, wait = await self._taken(request, visitor)

        def begin() -> None:
            AuditLog(data).note(visitor, "prediction begun", run=case.request().run, case=case.id)
            case.start(case.request())

        await to_thread.run_sync(begin)
        over = await _over(case, wait)
        return JSONResponse(_told(case), HTTPStatus.OK if over else HTTPStatus.ACCEPTED, headers=_at(case))

    async def case(self, request: Request, visitor: Visitor) -> Response:
        """How it stands; with `wait`, once it has ended or the time is over."""
        found = self._found(request, visitor)
        await _over(found, asking.seconds(request.query_params.get("wait"), most=LONGEST_WAIT_S))
        return JSONResponse(await to_thread.run_sync(_told, found))

    async def delete(self, request: Request, visitor: Visitor) -> Response:
        """Removes it with all that came of it."""
        found = self._found(request, visitor)
        AuditLog(self._data()).note(visitor, "case deleted", case=found.id)
        await to_thread.run_sync(found.delete)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def file(self, request: Request, visitor: Visitor) -> Response:
        """One file of the prediction."""
        found, name = self._found(request, visitor), str(request.path_params["name"])
        path = found.result / name
        if not re.fullmatch(FILES, name) or not path.is_file():
            return _refused(NO_FILE, HTTPStatus.NOT_FOUND)
        return FileResponse(path, filename=name, headers={"Cache-Control": "no-store"})

    async def _taken(self, request: Request, visitor: Visitor) -> tuple[CaseFolder, float]:
        """The case of a form, which is read no further than it may be long."""
        most = current_settings(self._data()).upload_mb * 1_000_000 + FRAME
        _room(self._data(), request.headers.get("content-length"), most=most)
        async with aclosing(request.stream()) as stream:
            limited = Request(request.scope, _limited(stream, most))
            async with limited.form(max_files=2, max_fields=20) as form:
                wait = asking.seconds(str(form.get("wait", "0")), most=LONGEST_WAIT_S)
                case, _ = await to_thread.run_sync(asking.case_of, self._data(), form, visitor)
        return case, wait

    def _found(self, request: Request, visitor: Visitor) -> CaseFolder:
        found = CaseFolder.find(self._data(), str(request.path_params["id"]))
        if found is None or not found.open_to(visitor):
            raise NoCaseError(NO_CASE)
        return found

    def _open(self, answer: Callable[[], Response]) -> Callable[[Request], Awaitable[Response]]:
        """For anybody, while the API is on."""

        async def answered(_: Request) -> Response:
            on = current_settings(self._data()).api
            return answer() if on else _refused(OFF, HTTPStatus.NOT_FOUND)

        return answered

    def _asked(self, action: Action, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """For tokens whose role may; what is wrong is told in a sentence."""

        async def answered(request: Request) -> Response:
            try:
                if not current_settings(self._data()).api:
                    return _refused(OFF, HTTPStatus.NOT_FOUND)
                visitor = tokens.bearer(self._data(), request.headers.get("authorization", ""))
                visitor.require(action)
                return await answer(request, visitor)
            except InputError as error:
                return _refused(str(error), _status(error))
            except ClientDisconnect:
                return Response(status_code=HTTPStatus.BAD_REQUEST)

        return answered


def _health() -> Response:
    return JSONResponse({"status": "ok"})


def _described() -> Response:
    return JSONResponse(document(version=version("acinus")))


def _bundle(path: Path) -> dict[str, Any] | None:
    """What a bundle says of itself; None for one that does not open, of which `bundle --show` says why."""
    try:
        bundle = open_bundle(path)
    except InputError:
        return None
    about, record, able = bundle.about, bundle.record, of_bundle(path.name, bundle)
    return {
        "name": path.name,
        "id": about.id,
        "run": record.name,
        "cohort": record.cohort_name,
        "outcome": record.outcome,
        "classes": [*record.classes],
        "models": [*record.models],
        "reads_slides": able.reads_slides,
        "reads_expression": able.reads_genes,
        "synthetic": record.synthetic,
        "intended_use": about.intended_use,
        "licence": about.licence,
        "metrics": [
            {
                "model": one.model,
                "metric": one.metric,
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "n": one.n,
            }
            for one in about.metrics
        ],
    }


def _told(case: CaseFolder) -> dict[str, Any]:
    status = case.status()
    done = status.state == "done"
    checks = [
        {
            "name": one.name,
            "state": one.state,
            "sentence": case.plain(one.sentence),
            "asks": one.asks,
            "choices": [*one.choices],
            "seconds": one.seconds,
        }
        for one in case.checks()
    ]
    files = sorted(path.name for path in case.result.iterdir() if re.fullmatch(FILES, path.name)) if done else []
    return {
        "id": case.id,
        "state": status.state,
        "problem": status.problem,
        "checks": checks,
        "prediction": case.prediction() if done else None,
        "files": files,
        "research_use_only": RESEARCH_USE_ONLY,
    }


async def _over(case: CaseFolder, wait_s: float) -> bool:
    """Whether it has ended, at the latest after so long."""
    until = time.monotonic() + wait_s
    while running := await to_thread.run_sync(lambda: case.running):
        if time.monotonic() >= until:
            break
        await pause(EVERY_S)
    return not running


def _at(case: CaseFolder) -> dict[str, str]:
    return {"Location": f"{V1}/predict/{case.id}", "Cache-Control": "no-store"}


def _room(data: Path, stated: str | None, *, most: int) -> None:
    """Refuses what is too long by its own word before a byte of it is read."""
    if stated is None or not stated.isdigit():
        raise InputError("send Content-Length with the form")
    if int(stated) > most:
        raise TooLargeError(
            f"at most {(most - FRAME) // 1_000_000:,} MB may be uploaded here; put larger slides into the intake folder"
        )
    # once as it comes, once in the case's folder
    if 2 * int(stated) + SPARE > shutil.disk_usage(data).free:
        raise NoRoomError("the server's disk has no room for this; have cases or features deleted there")


def _limited(stream: Any, most: int) -> Callable[[], Awaitable[Message]]:
    """Hands the body on and ends where more comes than may."""
    seen = 0

    async def receive() -> Message:
        nonlocal seen
        chunk = await anext(stream, b"")
        seen += len(chunk)
        if seen > most:
            raise TooLargeError("more was sent than Content-Length said, or than may be uploaded here")
        return {"type": "http.request", "body": chunk, "more_body": bool(chunk)}

    return receive


def _status(error: InputError) -> HTTPStatus:
    statuses: dict[type[InputError], HTTPStatus] = {
        NoCaseError: HTTPStatus.NOT_FOUND,
        UnknownError: HTTPStatus.UNAUTHORIZED,
        RefusedError: HTTPStatus.FORBIDDEN,
        TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        NoRoomError: HTTPStatus.INSUFFICIENT_STORAGE,
    }
    return statuses.get(type(error), HTTPStatus.BAD_REQUEST)


def _refused(sentence: str, status: HTTPStatus) -> Response:
    headers = {"Cache-Control": "no-store"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(json.dumps({"error": sentence}), status, headers=headers, media_type="application/json")
