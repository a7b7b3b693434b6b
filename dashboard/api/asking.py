"""A form that a program sent, turned into a case that is asked about; files go to disk as they come."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from starlette.datastructures import FormData, UploadFile

from core.errors import InputError
from core.results import RunFolder
from dashboard.access.visitors import Visitor
from dashboard.api.document import FIELDS
from dashboard.cases import intake
from dashboard.cases.folder import CaseFolder
from dashboard.cases.intake import Kind
from dashboard.cases.request import Request
from dashboard.folders.bundles import bundle_file

KINDS: Mapping[str, Kind] = {"slide": "slide", "expression": "expression"}
LONGEST = 1000
"""Letters of a field that is no file."""


def case_of(data: Path, form: FormData, visitor: Visitor) -> tuple[CaseFolder, Request]:
    """A new case with what was sent, not begun yet.

    Raises:
        InputError: a field is unknown, wrong or missing, or a file is nothing we read; then nothing is kept.
    """
    _known(form)
    request = _request(data, form, visitor)
    case = CaseFolder.new(data)
    try:
        request = replace(request, **{kind: _file(data, case, form, kind) for kind in KINDS})  # type: ignore[arg-type]
        if request.slide is None and request.expression is None:
            raise InputError("send a slide, expression, or both")
        case.write(request)
    except InputError:
        shutil.rmtree(case.path)
        raise
    return case, request


def seconds(text: str | None, *, most: float) -> float:
    """How long to wait, from what stands in an address or a form.

    Raises:
        InputError: it is no number.
    """
    return min(max(_number(text or "0", "wait") or 0.0, 0.0), most)


def _known(form: FormData) -> None:
    unknown = sorted(set(form) - set(FIELDS))
    if unknown:
        raise InputError(f"there is no such field; known are {', '.join(FIELDS)}")
    if len(form.multi_items()) > len(set(form)):
        raise InputError("send each field once; a case has one slide here")


def _request(data: Path, form: FormData, visitor: Visitor) -> Request:
    bundle, run = _text(form, "bundle"), _text(form, "run")
    if bool(bundle) == bool(run):
        raise InputError("name what answers: either bundle or run")
    if bundle and bundle_file(data, bundle) is None:
        raise InputError("there is no bundle of that name; GET /api/v1/bundles lists them")
    least = _number(_text(form, "min_coverage"), "min_coverage")
    found = Request(
        run=_run_of(data, bundle) if bundle else RunFolder.open(data, run).record.name,
        bundle=bundle,
        sample=_text(form, "sample"),
        unit=_unit(_text(form, "unit")),
        um_per_px=_number(_text(form, "um_per_px"), "um_per_px"),
        by=visitor.name,
    )
    return found if least is None else replace(found, min_coverage=least)


def _run_of(data: Path, bundle: str) -> str:
    from core.serving.bundle import open_bundle

    path = bundle_file(data, bundle)
    assert path is not None
    return open_bundle(path).record.name


def _unit(text: str) -> str:
    if text and text not in FIELDS["unit"]["enum"]:
        raise InputError(f"unit is one of {', '.join(FIELDS['unit']['enum'])}")
    return text


def _text(form: FormData, name: str) -> str:
    found: Any = form.get(name, "")
    if not isinstance(found, str):
        raise InputError(f"{name} is a field of text, not a file")
    if len(found) > LONGEST:
        raise InputError(f"{name} has more than {LONGEST:,} letters")
    return found


def _number(text: str, name: str) -> float | None:
    if not text:
        return None
    try:
        found = float(text)
    except ValueError as error:
        raise InputError(f"{name} must be a number") from error
    if not 0 <= found < float("inf"):
        raise InputError(f"{name} must be a number that is not negative")
    return found


def _file(data: Path, case: CaseFolder, form: FormData, kind: Kind) -> str | None:
    given: Any = form.get(kind)
    named = _text(form, "intake_slide") if kind == "slide" else ""
    if given is not None and named:
        raise InputError("send slide or intake_slide, not both")
    if named:
        *inside, name = named.split("/")
        source = intake.picked(intake.intake_folder(data), inside, name, kind=kind)
        return case.link(source, part=kind, suffix=intake.suffix_of(source, kind=kind))
    if given is None:
        return None
    if not isinstance(given, UploadFile):
        raise InputError(f"{kind} must be sent as a file")
    return _stored(case, given.file, name=given.filename or "", kind=kind)


def _stored(case: CaseFolder, file: BinaryIO, *, name: str, kind: Kind) -> str:
    head = file.read(intake.HEAD)
    ending = intake.suffix(head, name=name, kind=kind)
    file.seek(0)
    return case.copy(file, part=kind, suffix=ending)
