"""A case's prediction as files: prediction.json, attention.safetensors, tiles, and the attention drawn on each slide.

prediction.json is described in docs/cases.md. It names no file of the case and no sample.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import safetensors.numpy as safetensors
from PIL import Image

from core.errors import InputError
from core.evaluation.trust import low_trust
from core.explain import overlay
from core.serving.case import CasePrediction, Looked, ModelAnswer, has_map
from core.serving.decision import HOW
from core.serving.tiles import tiles_csv, tiles_geojson
from core.serving.validation import RESEARCH_USE_ONLY
from core.slides import read_provenance, read_thumbnail
from core.types import Bag, Json

FORMAT = 3
"""Raised with every change that older pages could not read."""
TOP = 12
"""Tiles and gene sets listed."""
TOP_GENES = 15
ATTENTION = "attention.safetensors"
MEAN = "mean"
"""In place of a fold, in the names of arrays."""

Sheet = Callable[[Mapping[str, Json], Path], bytes]
"""prediction.json and the folder of the pictures it names -> a PDF."""


def write_prediction(prediction: CasePrediction, out: Path, *, sheet: Sheet | None = None) -> None:
    """Write prediction.json, the attention, tiles, each slide's thumbnail and overlay, and case.pdf; all files or none.

    Raises:
        InputError: `out` holds something already.
    """
    if out.exists() and any(out.iterdir()):
        raise InputError(f"--out {out} is not empty; name a new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}.tmp-", dir=out.parent))
    try:
        content = _content(prediction, _slides(prediction, fresh))
        (fresh / ATTENTION).write_bytes(safetensors.save(_arrays(prediction)))
        for name, written in _tiles(prediction).items():
            (fresh / name).write_bytes(written)
        (fresh / "prediction.json").write_text(json.dumps(content, indent=2) + "\n")
        if sheet is not None:
            (fresh / "case.pdf").write_bytes(sheet(content, fresh))
        fresh.chmod(0o755)
        if out.exists():
            out.rmdir()
        fresh.replace(out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _tiles(prediction: CasePrediction) -> dict[str, bytes]:
    """The tiles for other programs; nothing without slides."""
    if not prediction.bags:
        return {}
    drawn = {
        f"tiles{_suffix(slide)}.geojson": tiles_geojson(prediction, slide=slide)
        for slide in range(len(prediction.bags))
    }
    return {"tiles.csv": tiles_csv(prediction), **drawn}


def _suffix(slide: int) -> str:
    return f"-{slide + 1}" if slide else ""


def _content(prediction: CasePrediction, slides: list[Json]) -> dict[str, Json]:
    run = prediction.run
    missing: list[Json] = list({"both": (), "image": ("expression",), "genes": ("slide",)}[prediction.mode])
    coverage = prediction.coverage
    return {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "run": run.name,
        "started": run.started,
        "bundle": prediction.bundle,
        "cohort": run.cohort_name,
        "outcome": run.outcome,
        "synthetic": run.synthetic,
        "encoder": run.encoder_note,
        "versions": dict(run.versions),
        "classes": list(run.classes),
        "mode": prediction.mode,
        "missing": missing,
        "leading": prediction.leading,
        "decided_how": HOW,
        "models": {name: _model(answer, run.classes) for name, answer in prediction.answers.items()},
        "explained": {name: _explained(prediction, looked) for name, looked in prediction.looked.items()},
        "expression": None
        if coverage is None
        else {
            "unit": prediction.unit,
            "panel": coverage.panel,
            "found": coverage.found,
            "missing": [*coverage.missing],
        },
        "distances": [
            {"of": one.name, "share": one.share, "patients": one.patients, "flagged": one.flagged}
            for one in prediction.distances
        ],
        "neighbours": [
            {
                "repeat": one.repeat,
                "fold": one.fold,
                "patient": one.neighbour,
                "rank": one.rank,
                "similarity": one.similarity,
            }
            for one in prediction.neighbours
        ],
        "checks": [
            {"name": one.name, "state": one.state, "sentence": one.sentence, "seconds": one.seconds}
            for one in prediction.checks
        ],
        "slides": slides,
        "attention": ATTENTION,
        "top_tiles": _top_tiles(prediction),
        "top_gene_sets": _top_gene_sets(prediction.looked.get(prediction.leading)),
        "notes": list(prediction.notes),
        "research_use_only": RESEARCH_USE_ONLY,
    }


def _model(answer: ModelAnswer, classes: tuple[str, ...]) -> dict[str, Json]:
    decision = answer.decision
    return {
        "mode": answer.mode,
        "probabilities": dict(zip(classes, answer.probabilities, strict=True)),
        "uncalibrated": dict(zip(classes, answer.uncalibrated, strict=True)),
        "spread": {name: [low, high] for name, low, high in zip(classes, answer.low, answer.high, strict=True)},
        "folds": [
            {
                "repeat": one.repeat,
                "fold": one.fold,
                "probabilities": dict(zip(classes, one.probabilities, strict=True)),
                "possible": None if one.classes is None else [*one.classes],
            }
            for one in decision.sets
        ],
        "possible": None if decision.possible is None else [*decision.possible],
        "refer": decision.refer,
        "coverage_wanted": decision.wanted,
        "thresholds": [{**asdict(cut), "values": [*cut.values]} for cut in decision.cuts],
    }


def _explained(prediction: CasePrediction, looked: Looked) -> dict[str, Json]:
    genes, found = prediction.run.genes, looked.explanation.gene_attributions
    order = [] if found is None else np.argsort(-np.abs(found), kind="stable")[:TOP_GENES].tolist()
    maps = has_map(looked)
    return {
        "tokens": [*looked.explanation.tokens] if maps else [],
        "folds": [[one.fold.repeat, one.fold.index] for one in looked.seen] if maps else [],
        "low_trust": low_trust(looked.scrutiny) if maps else None,
        "agreement": looked.scrutiny.agreement if maps else None,
        "completeness": looked.scrutiny.completeness,
        "top_gene_sets": _top_gene_sets(looked),
        "top_genes": [] if found is None else [{"gene": genes[at], "attribution": float(found[at])} for at in order],
    }


def _arrays(prediction: CasePrediction) -> dict[str, np.ndarray]:
    """Attention of each model: `fused/mean` and `fused/r0-f0`, float32[tokens, tiles]; tiles of all slides in order."""
    arrays = {
        f"origins/{place}": np.ascontiguousarray(bag.origins)
        for place, bag in enumerate(prediction.bags)
        if bag.origins is not None
    }
    for model, looked in prediction.looked.items():
        if not has_map(looked):
            continue
        maps = {f"r{one.fold.repeat}-f{one.fold.index}": one.explanation.tile_attention for one in looked.seen}
        for name, found in {MEAN: looked.explanation.tile_attention, **maps}.items():
            if found is not None:
                arrays[f"{model}/{name}"] = np.ascontiguousarray(found, dtype=np.float32)
    return arrays


def mean_attention(prediction: CasePrediction) -> np.ndarray | None:
    """Attention of each tile, mean over the rows (gene sets) of the model that is drawn; float32[tiles]."""
    shown = [prediction.looked.get(name) for name in dict.fromkeys((prediction.leading, "image"))]
    maps = [looked.explanation.tile_attention for looked in shown if looked is not None and has_map(looked)]
    return None if not maps or maps[0] is None else maps[0].mean(axis=0)


def _per_slide(prediction: CasePrediction) -> list[tuple[Bag, np.ndarray | None]]:
    attention = mean_attention(prediction)
    if attention is None:
        return [(bag, None) for bag in prediction.bags]
    edges = np.cumsum([len(bag.features) for bag in prediction.bags])[:-1]
    return list(zip(prediction.bags, np.split(attention, edges), strict=True))


def _slides(prediction: CasePrediction, folder: Path) -> list[Json]:
    """Pictures of every slide, and what is known of it."""
    listed: list[Json] = []
    for index, (bag, attention) in enumerate(_per_slide(prediction)):
        assert bag.file is not None and bag.origins is not None and bag.side_px is not None
        thumbnail, downsample = read_thumbnail(bag.file)
        suffix = _suffix(index)
        pictures = {"thumbnail": thumbnail}
        if attention is not None:
            pictures["overlay"] = overlay(
                thumbnail, origins=bag.origins, side_px=bag.side_px, downsample=downsample, attention=attention
            )
        for name, picture in pictures.items():
            Image.fromarray(picture).save(folder / f"{name}{suffix}.png")
        stated = read_provenance(bag.file)
        listed.append(
            {
                "slide": index,
                "tiles": len(bag.features),
                "side_px": bag.side_px,
                "um_per_px": stated.get("slide_um_per_px"),
                "quality": stated.get("quality"),
                "downsample": downsample,
                "thumbnail": f"thumbnail{suffix}.png",
                "overlay": f"overlay{suffix}.png" if attention is not None else None,
            }
        )
    return listed


def _top_tiles(prediction: CasePrediction) -> list[Json]:
    tiles: list[tuple[float, dict[str, Json]]] = []
    for index, (bag, attention) in enumerate(_per_slide(prediction)):
        if attention is None:
            continue
        assert bag.origins is not None
        for (x, y), weight in zip(bag.origins.tolist(), attention.tolist(), strict=True):
            tiles.append((weight, {"slide": index, "x": x, "y": y, "side_px": bag.side_px, "attention": weight}))
    return [place for _, place in sorted(tiles, key=lambda tile: -tile[0])[:TOP]]


def _top_gene_sets(looked: Looked | None) -> list[Json]:
    if looked is None or looked.explanation.contributions is None:
        return []
    explanation, attention = looked.explanation, looked.explanation.token_attention
    assert explanation.contributions is not None
    order = np.argsort(-np.abs(explanation.contributions))[:TOP].tolist()
    return [
        {
            "set": explanation.sets[index],
            "contribution": float(explanation.contributions[index]),
            "attention": None if attention is None else float(attention[index]),
        }
        for index in order
    ]
