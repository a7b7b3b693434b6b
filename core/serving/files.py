"""A case's prediction as files: prediction.json and the attention drawn on each slide."""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import InputError
from core.explain import overlay
from core.serving.case import CasePrediction
from core.serving.validation import RESEARCH_USE_ONLY
from core.slides import read_thumbnail
from core.types import Bag, Json

TOP = 12
"""Tiles and gene sets listed."""


def write_prediction(prediction: CasePrediction, out: Path, *, run: str) -> None:
    """Write prediction.json, and for each slide its thumbnail and overlay.png; all files or none.

    Raises:
        InputError: `out` holds something already.
    """
    if out.exists() and any(out.iterdir()):
        raise InputError(f"--out {out} is not empty; name a new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}.tmp-", dir=out.parent))
    try:
        slides = _slides(prediction, fresh)
        (fresh / "prediction.json").write_text(json.dumps(_content(prediction, slides, run), indent=2) + "\n")
        fresh.chmod(0o755)
        if out.exists():
            out.rmdir()
        fresh.replace(out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _content(prediction: CasePrediction, slides: list[Json], run: str) -> dict[str, Json]:
    missing = {"both": [], "image": ["expression"], "genes": ["slide"]}[prediction.mode]
    return {
        "run": run,
        "classes": list(prediction.classes),
        "mode": prediction.mode,
        "missing": missing,
        "leading": prediction.leading,
        "models": {
            name: {
                "mode": answer.mode,
                "probabilities": dict(zip(prediction.classes, answer.probabilities, strict=True)),
                "spread": {
                    name: [low, high]
                    for name, low, high in zip(prediction.classes, answer.low, answer.high, strict=True)
                },
            }
            for name, answer in prediction.answers.items()
        },
        "slides": slides,
        "top_tiles": _top_tiles(prediction),
        "top_gene_sets": _top_gene_sets(prediction),
        "notes": list(prediction.notes),
        "research_use_only": RESEARCH_USE_ONLY,
    }


def mean_attention(prediction: CasePrediction) -> np.ndarray | None:
    """Attention of each tile, mean over the rows (gene sets) of the leading model; float32[tiles]."""
    attention = prediction.explanation.tile_attention
    return None if attention is None else attention.mean(axis=0)


def _per_slide(prediction: CasePrediction) -> list[tuple[Bag, np.ndarray]]:
    attention = mean_attention(prediction)
    if attention is None:
        return []
    edges = np.cumsum([len(bag.features) for bag in prediction.bags])[:-1]
    return list(zip(prediction.bags, np.split(attention, edges), strict=True))


def _slides(prediction: CasePrediction, folder: Path) -> list[Json]:
    listed: list[Json] = []
    for index, (bag, attention) in enumerate(_per_slide(prediction)):
        assert bag.file is not None and bag.origins is not None and bag.side_px is not None
        thumbnail, downsample = read_thumbnail(bag.file)
        drawn = overlay(thumbnail, origins=bag.origins, side_px=bag.side_px, downsample=downsample, attention=attention)
        suffix = f"-{index + 1}" if index else ""
        Image.fromarray(thumbnail).save(folder / f"thumbnail{suffix}.png")
        Image.fromarray(drawn).save(folder / f"overlay{suffix}.png")
        listed.append(
            {
                "slide": bag.slide,
                "tiles": len(bag.features),
                "side_px": bag.side_px,
                "downsample": downsample,
                "thumbnail": f"thumbnail{suffix}.png",
                "overlay": f"overlay{suffix}.png",
            }
        )
    return listed


def _top_tiles(prediction: CasePrediction) -> list[Json]:
    tiles: list[tuple[float, dict[str, Json]]] = []
    for bag, attention in _per_slide(prediction):
        assert bag.origins is not None
        for (x, y), weight in zip(bag.origins.tolist(), attention.tolist(), strict=True):
            place: dict[str, Json] = {"slide": bag.slide, "x": x, "y": y, "side_px": bag.side_px, "attention": weight}
            tiles.append((weight, place))
    return [place for _, place in sorted(tiles, key=lambda tile: -tile[0])[:TOP]]


def _top_gene_sets(prediction: CasePrediction) -> list[Json]:
    explanation = prediction.explanation
    if explanation.contributions is None:
        return []
    attention = explanation.token_attention
    order = np.argsort(-np.abs(explanation.contributions))[:TOP]
    return [
        {
            "set": explanation.sets[index],
            "contribution": float(explanation.contributions[index]),
            "attention": None if attention is None else float(attention[index]),
        }
        for index in order
    ]
