"""The tiles of a case for other programs: a table for a spreadsheet, and GeoJSON that QuPath opens over the slide."""

import csv
import io
import json
from collections.abc import Iterator, Mapping

from core.serving.case import CasePrediction, has_map
from core.types import Bag, Json

UNIT = "attention, times an even share"
DIGITS = 4


def tile_rows(prediction: CasePrediction) -> Iterator[dict[str, float | int]]:
    """One row a tile of every slide: slide from 0, top-left corner and side in level-0 pixels, attention by model.

    Attention is the mean over folds and gene sets, times the number of tiles: 1 is an even share.
    """
    shares = _shares(prediction)
    at = 0
    for slide, bag in enumerate(prediction.bags):
        for x, y in _corners(bag):
            row: dict[str, float | int] = {"slide": slide, "x": x, "y": y, "side_px": _side(bag)}
            yield row | {f"{model} {UNIT}": float(found[at]) for model, found in shares.items()}
            at += 1


def tiles_csv(prediction: CasePrediction) -> bytes:
    """All tiles as a table."""
    rows = list(tile_rows(prediction))
    text = io.StringIO(newline="")
    written = csv.DictWriter(text, fieldnames=list(rows[0]))
    written.writeheader()
    written.writerows({name: _short(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode()


def tiles_geojson(prediction: CasePrediction, *, slide: int) -> bytes:
    """The tiles of one slide as a FeatureCollection, in pixels of the full resolution with the origin at the top left.

    QuPath 0.4 and newer reads them as tile objects whose measurements can be mapped to colours (File, Import objects).
    """
    features = [_feature(row) for row in tile_rows(prediction) if row["slide"] == slide]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def _feature(row: Mapping[str, float | int]) -> dict[str, Json]:
    left, top, side = float(row["x"]), float(row["y"]), float(row["side_px"])
    right, bottom = left + side, top + side
    measured = {name: _short(value) for name, value in row.items() if name.endswith(UNIT)}
    return {
        "type": "Feature",
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]],
        },
        "properties": {"objectType": "tile", "isLocked": True, "measurements": measured},
    }


def _shares(prediction: CasePrediction) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for model, looked in prediction.looked.items():
        attention = looked.explanation.tile_attention
        if attention is not None and has_map(looked):
            found[model] = (attention.mean(axis=0) * attention.shape[1]).tolist()
    return found


def _corners(bag: Bag) -> list[tuple[int, int]]:
    assert bag.origins is not None, "slides give tiles with places"
    return [(int(x), int(y)) for x, y in bag.origins.tolist()]


def _side(bag: Bag) -> float:
    assert bag.side_px is not None, "slides give tiles with a side"
    return bag.side_px


def _short(value: float | int) -> float | int:
    return round(value, DIGITS) if isinstance(value, float) else value
