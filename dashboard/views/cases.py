"""What the New case page shows of a finished prediction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.views.attention import GeneSet, TopTile
from dashboard.views.predictions import model_order
from dashboard.wording import MODE_LABELS, percent

MODE_SENTENCES = {
    "both": "Predicted from the slide and the expression.",
    "image": "Predicted from the slide alone: no expression was given, and none was made up.",
    "genes": "Predicted from the expression alone: no slide was given, and none was made up.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseAnswer:
    """What one model's fold ensemble says about the case."""

    model: str
    uses: str
    probabilities: tuple[float, ...]
    low: tuple[float, ...]
    """Lowest probability of each class over the folds' models."""
    high: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseSlide:
    """A slide's pictures, by file name in the case's result folder."""

    tiles: int
    thumbnail: str
    overlay: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseView:
    """A finished prediction."""

    run: str
    classes: tuple[str, ...]
    basis: str
    """What it was predicted from and what was missing, in one sentence."""
    leading: str
    """The model that is explained."""
    decision: str
    """Its most probable class."""
    probability: str
    undecided: str | None
    """Said when the models of the folds do not agree on the decision."""
    answers: tuple[CaseAnswer, ...]
    slides: tuple[CaseSlide, ...]
    tiles: tuple[TopTile, ...]
    """Empty when the explained model kept no attention over tiles."""
    gene_sets: tuple[GeneSet, ...]
    notes: tuple[str, ...]


def view(content: Mapping[str, Any]) -> CaseView:
    """The contents of prediction.json as the page draws them."""
    classes = tuple(map(str, content["classes"]))
    answers = _answers(content["models"], classes)
    leading = next(answer for answer in answers if answer.model == content["leading"])
    best = max(range(len(classes)), key=lambda place: leading.probabilities[place])
    return CaseView(
        run=str(content["run"]),
        classes=classes,
        basis=MODE_SENTENCES[content["mode"]],
        leading=leading.model,
        decision=classes[best],
        probability=percent(leading.probabilities[best], whole=1),
        undecided=_undecided(leading, best),
        answers=answers,
        slides=tuple(
            CaseSlide(tiles=int(one["tiles"]), thumbnail=str(one["thumbnail"]), overlay=str(one["overlay"]))
            for one in content["slides"]
        ),
        tiles=_tiles(content["top_tiles"], content["slides"]),
        gene_sets=tuple(
            GeneSet(
                name=str(one["set"]), contribution=_number(one["contribution"]), attention=_number(one["attention"])
            )
            for one in content["top_gene_sets"]
        ),
        notes=tuple(map(str, content["notes"])),
    )


def table(answers: Sequence[CaseAnswer], *, classes: Sequence[str]) -> pd.DataFrame:
    """One row a model: each class's probability and its range over the folds' models."""
    rows = [
        {"Model": answer.model, "Uses": answer.uses}
        | {name: _spread(answer, place) for place, name in enumerate(classes)}
        for answer in answers
    ]
    return pd.DataFrame(rows)


def _undecided(answer: CaseAnswer, best: int) -> str | None:
    rival = max(high for place, high in enumerate(answer.high) if place != best)
    if answer.low[best] >= rival:
        return None
    low, high = (f"{100 * side[best]:.0f} %" for side in (answer.low, answer.high))
    return (
        f"The models of the folds do not agree: they give this class between {low} and {high}. "
        "Take the answer as undecided."
    )


def _spread(answer: CaseAnswer, place: int) -> str:
    value, low, high = (100 * side[place] for side in (answer.probabilities, answer.low, answer.high))
    return f"{value:.0f} % ({low:.0f} to {high:.0f} %)"


def _answers(models: Mapping[str, Any], classes: Sequence[str]) -> tuple[CaseAnswer, ...]:
    return tuple(
        CaseAnswer(
            model=name,
            uses=MODE_LABELS[models[name]["mode"]],
            probabilities=tuple(float(models[name]["probabilities"][one]) for one in classes),
            low=tuple(float(models[name]["spread"][one][0]) for one in classes),
            high=tuple(float(models[name]["spread"][one][1]) for one in classes),
        )
        for name in model_order(models)
    )


def _tiles(tiles: Sequence[Mapping[str, Any]], slides: Sequence[Mapping[str, Any]]) -> tuple[TopTile, ...]:
    """Attention as shares of all tiles, times their number: 1 is an even share."""
    if not any(float(one["attention"]) for one in tiles):
        return ()
    total = sum(int(one["tiles"]) for one in slides)
    names = [one["slide"] for one in slides]
    return tuple(
        TopTile(
            slide=names.index(one["slide"]),
            x=int(one["x"]),
            y=int(one["y"]),
            side_px=float(one["side_px"]),
            attention=float(one["attention"]) * total,
        )
        for one in tiles
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
