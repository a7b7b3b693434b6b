"""Slides of new cases that may be looked at: those of cases that are answered for, each under an id of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Int32
from safetensors import SafetensorError, safe_open

from core.errors import InputError
from core.types import Explanation
from dashboard.cases.folder import CaseFolder, all_cases
from dashboard.viewer.known import TileMaps, slide_id
from dashboard.views.attention import maps, tile_weights

MEAN_PLACE = 0
"""In place of a repeat: the mean of all folds; fold models follow from 1, in the order of prediction.json."""
NO_FOLD = -1
SLIDE = 0
"""A case of the page has one slide."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SlideOfCase:
    """The slide of a new case."""

    case: CaseFolder

    @property
    def version(self) -> str:
        return str((self.case.result / "prediction.json").stat().st_mtime_ns)

    @property
    def path(self) -> Path | None:
        name = self.case.request().slide
        return None if name is None else self.case.path / name

    @property
    def bag(self) -> Path | None:
        return self.case.bag()

    def um_per_px(self) -> float | None:
        stated = self._told().get("um_per_px")
        return stated if isinstance(stated, float) else None

    def grid(self) -> tuple[Int32[np.ndarray, "tiles 2"], float] | None:
        origins = _array(self.case, f"origins/{SLIDE}")
        return None if origins is None else (origins.astype(np.int32), float(self._told()["side_px"]))

    def maps(self, model: str, repeat: int) -> TileMaps | None:
        """Of a model: the mean of its folds, or one of them by its place."""
        found = self.case.prediction()["explained"].get(model)
        if found is None or not found["tokens"] or repeat > len(found["folds"]):
            return None
        fold = None if repeat == MEAN_PLACE else found["folds"][repeat - 1]
        attention = _array(self.case, f"{model}/mean" if fold is None else f"{model}/r{fold[0]}-f{fold[1]}")
        if attention is None:
            return None
        return _maps(attention, tuple(map(str, found["tokens"])), fold=NO_FOLD if fold is None else int(fold[1]))

    def _told(self) -> Mapping[str, Any]:
        return self.case.prediction()["slides"][SLIDE]


def case_slide_id(case: CaseFolder) -> str:
    """The id of a case's slide, for the browser."""
    return slide_id("case", case.id, str(SLIDE))


def find_case_slide(data: Path, asked: str) -> SlideOfCase | None:
    """The slide of this id; None where no answered case has it."""
    case = next((case for case in all_cases(data) if case_slide_id(case) == asked), None)
    if case is None or not (case.result / "prediction.json").is_file():
        return None
    return SlideOfCase(case=case) if case.prediction()["slides"] else None


def _maps(attention: Float32[np.ndarray, "tokens tiles"], tokens: tuple[str, ...], *, fold: int) -> TileMaps:
    found = Explanation(tile_attention=attention, token_attention=None, contributions=None, tokens=tokens, sets=())
    names = maps(found)
    values = np.stack([tile_weights(found, name) for name in names]).astype(np.float32)
    return TileMaps(tokens=names, values=values, fold=fold)


def _array(case: CaseFolder, name: str) -> np.ndarray | None:
    """One array of the case's attention; None where it holds none of that name."""
    try:
        with safe_open(case.result / "attention.safetensors", framework="numpy") as file:
            return file.get_tensor(name) if name in file.keys() else None  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise InputError("the attention of this case cannot be read; delete the case and predict it anew") from error
