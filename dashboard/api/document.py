"""The OpenAPI document: what may be asked, and what comes back."""

from collections.abc import Mapping
from typing import Any

from core.serving.alignment import LEAST_COVERAGE
from dashboard.words.wording import RESEARCH_USE_ONLY

V1 = "/api/v1"
LONGEST_WAIT_S = 60
FILES = (
    r"^(prediction\.json|attention\.safetensors|case\.pdf|tiles\.csv|tiles(-\d+)?\.geojson"
    r"|(overlay|thumbnail)(-\d+)?\.png)$"
)
"""Names of a prediction's files."""
FIELDS: Mapping[str, Mapping[str, Any]] = {
    "bundle": {"type": "string", "description": "File name of a bundle, as GET /bundles lists it."},
    "run": {"type": "string", "description": "Name of a finished run, in place of a bundle."},
    "slide": {"type": "string", "format": "binary", "description": "One slide, told by its content."},
    "intake_slide": {
        "type": "string",
        "description": "A slide of the server's intake folder in place of an upload: names of folders and file, "
        "divided by /. It is read where it lies.",
    },
    "expression": {"type": "string", "format": "binary", "description": "csv, tsv (also .gz), xlsx or parquet."},
    "sample": {"type": "string", "description": "Sample of the table; needed where it has several."},
    "unit": {"type": "string", "enum": ["counts", "tpm", "log2", "zscore"], "description": "Unit of the table."},
    "um_per_px": {"type": "number", "description": "Resolution of a slide that states none, micrometres per pixel."},
    "min_coverage": {
        "type": "number",
        "default": LEAST_COVERAGE,
        "description": "Least share of the panel's genes that the table must have.",
    },
    "wait": {
        "type": "number",
        "default": 0,
        "description": f"Seconds to wait for the answer, at most {LONGEST_WAIT_S}.",
    },
}
"""Of the form that POST /predict takes."""


def document(*, version: str) -> dict[str, Any]:
    """OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Acinus",
            "version": version,
            "description": f"Predictions for new cases. {RESEARCH_USE_ONLY}",
        },
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Made on the server by `python -m dashboard.access token NAME`.",
                }
            },
            "schemas": _schemas(),
        },
    }


def _paths() -> dict[str, Any]:
    case = {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    }
    wait = {
        "name": "wait",
        "in": "query",
        "description": "Seconds to wait for the answer.",
        "schema": {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT_S},
    }
    file = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "pattern": FILES}}
    return {
        "/healthz": {
            "get": {
                "summary": "Whether the server answers",
                "security": [],
                "responses": {"200": _json("It does.", "Health"), "404": _json("The API is off.", "Error")},
            }
        },
        f"{V1}/openapi.json": {
            "get": {
                "summary": "This document",
                "security": [],
                "responses": {"200": {"description": "OpenAPI 3.1.", "content": {"application/json": {}}}},
            }
        },
        f"{V1}/bundles": {
            "get": {"summary": "Bundles that may be asked", "responses": _answers("200", "Bundles", "All of them.")}
        },
        f"{V1}/predict": {
            "post": {
                "summary": "Ask about a case",
                "description": "Checks and prediction run in a process of their own; ask for them again by id. Nothing "
                "is kept longer than a day.",
                "requestBody": {
                    "required": True,
                    "content": {"multipart/form-data": {"schema": {"$ref": "#/components/schemas/Question"}}},
                },
                "responses": _answers("200", "Case", "Ended within `wait`.")
                | {
                    "202": _json("Begun.", "Case"),
                    "400": _json("What was given cannot be used; the sentence says why.", "Error"),
                    "413": _json("More than may be uploaded.", "Error"),
                    "507": _json("The disk has no room for it.", "Error"),
                },
            }
        },
        f"{V1}/predict/{{id}}": {
            "parameters": [case],
            "get": {
                "summary": "How a case stands, with its prediction once there is one",
                "parameters": [wait],
                "responses": _answers("200", "Case", "As it stands.") | {"404": _json("No such case.", "Error")},
            },
            "delete": {
                "summary": "Delete a case with all that came of it",
                "responses": {
                    "204": {"description": "It is gone."},
                    "401": _json("No valid token.", "Error"),
                    "403": _json("The token's role may not.", "Error"),
                    "404": _json("No such case.", "Error"),
                },
            },
        },
        f"{V1}/predict/{{id}}/files/{{name}}": {
            "parameters": [case, file],
            "get": {
                "summary": "A file of the prediction: overlays, tiles as GeoJSON and CSV, a page of PDF",
                "responses": {
                    "200": {"description": "The file.", "content": {"application/octet-stream": {}}},
                    "401": _json("No valid token.", "Error"),
                    "403": _json("The token's role may not.", "Error"),
                    "404": _json("No such file.", "Error"),
                },
            },
        },
    }


def _schemas() -> dict[str, Any]:
    text, number = {"type": "string"}, {"type": ["number", "null"]}
    return {
        "Health": _object(status={"const": "ok"}),
        "Error": _object(error={"type": "string", "description": "What is wrong and what to do, in one sentence."}),
        "Question": {"type": "object", "properties": dict(FIELDS)},
        "Bundles": _object(bundles={"type": "array", "items": {"$ref": "#/components/schemas/Bundle"}}),
        "Bundle": _object(
            name=text,
            id={"type": "string", "description": "SHA-256 of its manifest."},
            run=text,
            cohort=text,
            outcome=text,
            classes={"type": "array", "items": text},
            models={"type": "array", "items": text},
            reads_slides={"type": "boolean"},
            reads_expression={"type": "boolean"},
            synthetic={"type": "boolean"},
            intended_use=text,
            licence=text,
            metrics={
                "type": "array",
                "description": "Out of fold, with 95 % intervals.",
                "items": _object(
                    model=text, metric=text, value=number, low=number, high=number, n={"type": ["integer", "null"]}
                ),
            },
        ),
        "Check": _object(
            name=text,
            state={"enum": ["waiting", "running", "passed", "warning", "failed", "unavailable"]},
            sentence=text,
            asks={"enum": ["", "um_per_px", "sample", "unit"], "description": "Field that would let it pass."},
            choices={"type": "array", "items": text},
            seconds=number,
        ),
        "Case": _object(
            id={"type": "string", "pattern": "^[0-9a-f]{32}$"},
            state={"enum": ["draft", "running", "done", "stopped", "failed"]},
            problem={"type": "string", "description": "Why it failed, in one sentence."},
            checks={"type": "array", "items": {"$ref": "#/components/schemas/Check"}},
            prediction={
                "type": ["object", "null"],
                "description": "prediction.json, format 3 (docs/cases.md); null until it is done.",
            },
            files={"type": "array", "items": text, "description": "Names for GET .../files/{name}."},
            research_use_only=text,
        ),
    }


def _object(**properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _json(words: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": words, "content": content}


def _answers(status: str, schema: str, words: str) -> dict[str, Any]:
    return {
        status: _json(words, schema),
        "401": _json("No valid token.", "Error"),
        "403": _json("The token's role may not.", "Error"),
    }
