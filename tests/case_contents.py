"""What a prediction of a case holds, as `python -m core predict` writes it, drawn by hand: quick, and of any size."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy as safetensors
from PIL import Image

CLASSES = ("Luminal", "Basal/HER2")
SIDE_PX, TILES = 112, 12
CHECKS = (
    ("reader", "passed", "448 × 336 px, 1 level, tiff reader."),
    ("resolution", "passed", "1 µm per pixel, stated by the file."),
    ("tissue", "passed", "0.15 mm² of tissue, 12 tiles."),
    ("quality", "passed", "Blur, ink, folds and stain lie within the usual."),
    ("table", "passed", "10 genes, 1 sample; genes in rows."),
    ("sample", "passed", "The only one in the table."),
    ("unit", "passed", "Log2 values, as the run was trained on."),
    (
        "coverage",
        "passed",
        "10 of 11 genes (90.9 %) of the run's panel; 1 missing gene was put at the training middle.",
    ),
    ("features", "passed", "12 tiles encoded by the run's own encoder."),
    ("genes-distance", "passed", "By its expression, the case lies farther from the training patients than 40 %."),
    ("image-distance", "warning", "Out of distribution: by its tissue, the case lies farther than any."),
    ("fused-distance", "unavailable", "Not available: the run keeps no embeddings of its patients."),
    ("answer", "passed", "2 models answered, 5 folds each."),
)


def case_content(
    *,
    run: str = "run-0",
    mode: str = "both",
    share: float = 0.8,
    spread: float = 0.1,
    refer: bool | None = False,
    models: Sequence[str] = ("fused", "image"),
    classes: Sequence[str] = CLASSES,
    sets: Sequence[str] = ("Luminal", "Proliferation"),
    neighbours: Sequence[str] = (),
) -> dict[str, Any]:
    """A prediction of the first class by all models; `refer` None where the run is not evaluated."""
    image, genes = mode in ("both", "image"), mode in ("both", "genes")
    shares = [share, *[(1 - share) / (len(classes) - 1)] * (len(classes) - 1)]
    slides = [_slide()] if image else []
    named = [{"set": name, "contribution": 1.5 - place, "attention": 0.2} for place, name in enumerate(sets)]
    return {
        "format": 2,
        "made": "2026-11-28T07:00:00+00:00",
        "run": run,
        "started": "2025-01-01T10:00:00+00:00",
        "bundle": "",
        "cohort": "Synthetic test cohort",
        "outcome": "pam50",
        "synthetic": True,
        "encoder": "ResNet-50 with seeded random weights",
        "versions": {"acinus": "0.1.0", "torch": "2.14.0"},
        "classes": [*classes],
        "mode": mode,
        "missing": [] if mode == "both" else ["expression" if image else "slide"],
        "leading": models[0],
        "decided_how": "each fold's model has a set of classes",
        "models": {name: _model(name, mode, shares, classes, spread=spread, refer=refer) for name in models},
        "explained": {name: _explained(name, image=image, genes=genes, sets=named) for name in models},
        "expression": {"unit": "log2", "panel": 11, "found": 10, "missing": ["KRT5"]} if genes else None,
        "distances": [{"of": "image-distance", "share": 1.0, "patients": 24, "flagged": True}] if image else [],
        "neighbours": [
            {"repeat": 0, "fold": fold, "patient": name, "rank": rank, "similarity": 0.9 - rank / 20}
            for fold in range(5)
            for rank, name in enumerate(neighbours, start=1)
        ],
        "checks": [{"name": name, "state": state, "sentence": told} for name, state, told in CHECKS],
        "slides": slides,
        "attention": "attention.safetensors",
        "top_tiles": [{"slide": 0, "x": 0, "y": 0, "side_px": SIDE_PX, "attention": 0.2}] if image else [],
        "top_gene_sets": named if genes else [],
        "notes": ["repeated rows of genes averaged: 1"] if genes else [],
        "research_use_only": "For research use only; not for diagnosis or treatment.",
    }


def write_case_content(folder: Path, content: dict[str, Any]) -> None:
    """Writes it with its pictures and its attention, as a result's folder."""
    folder.mkdir(parents=True)
    (folder / "prediction.json").write_text(json.dumps(content))
    arrays: dict[str, np.ndarray] = {}
    for slide in content["slides"]:
        picture = np.random.default_rng(0).integers(120, 250, size=(168, 224, 3)).astype(np.uint8)
        for name in (slide["thumbnail"], slide["overlay"]):
            Image.fromarray(picture).save(folder / name)
        places = np.meshgrid(np.arange(4), np.arange(3))
        arrays["origins/0"] = (np.stack(places, axis=-1).reshape(-1, 2) * SIDE_PX).astype(np.int32)
        for model, found in content["explained"].items():
            for name in ("mean", *(f"r{repeat}-f{fold}" for repeat, fold in found["folds"])):
                drawn = np.random.default_rng(list(name.encode())).random((len(found["tokens"]), TILES))
                arrays[f"{model}/{name}"] = (drawn / drawn.sum(axis=1, keepdims=True)).astype(np.float32)
    (folder / "attention.safetensors").write_bytes(safetensors.save(arrays))


def _slide() -> dict[str, Any]:
    return {
        "slide": 0, "tiles": TILES, "side_px": float(SIDE_PX), "um_per_px": 1.0, "quality": None, "downsample": 2.0,
        "thumbnail": "thumbnail.png", "overlay": "overlay.png",
    }  # fmt: skip


def _model(
    name: str, mode: str, shares: Sequence[float], classes: Sequence[str], *, spread: float, refer: bool | None
) -> dict[str, Any]:
    possible = None if refer is None else [*classes] if refer else [classes[0]]
    own = {"image": "image", "genes": "genes"}.get(name, mode)
    return {
        "mode": own,
        "probabilities": dict(zip(classes, shares, strict=True)),
        "uncalibrated": dict(zip(classes, shares, strict=True)),
        "spread": {one: [max(0.0, p - spread), min(1.0, p + spread)] for one, p in zip(classes, shares, strict=True)},
        "folds": [
            {"repeat": 0, "fold": fold, "probabilities": dict(zip(classes, shares, strict=True)), "possible": possible}
            for fold in range(5)
        ],
        "possible": possible,
        "refer": refer,
        "coverage_wanted": 0.9,
        "thresholds": [{"positive": classes[-1], "rule": "youden", "values": [0.3, 0.4, 0.5, 0.4, 0.3], "called": 2}],
    }


def _explained(name: str, *, image: bool, genes: bool, sets: list[dict[str, Any]]) -> dict[str, Any]:
    maps = image and name in ("fused", "image") and (genes or name == "image")
    with_genes = genes and name in ("fused", "genes")
    return {
        "tokens": (["Luminal", "Proliferation"] if name == "fused" else ["tissue"]) if maps else [],
        "folds": [[0, fold] for fold in range(5)] if maps else [],
        "low_trust": None,
        "agreement": 0.7 if maps else None,
        "completeness": 0.01,
        "top_gene_sets": sets if with_genes else [],
        "top_genes": [{"gene": "ESR1", "attribution": 0.4}] if with_genes else [],
    }
