"""What a bundle holds, by name; docs/bundles.md tells it to others.

A bundle is a zip file in which nothing is compressed. It is never unpacked: members are read by these names alone.
"""

import re

from core.types import Fold

FORMAT = 1
"""Raised with every change that earlier versions could not read."""
KIND = "acinus-bundle"
MANIFEST, FACTS, REFERENCE, ENCODER = "manifest.json", "bundle.json", "reference.safetensors", "encoder.safetensors"
ALLOWED = re.compile(
    r"manifest\.json|bundle\.json|reference\.safetensors|encoder\.safetensors"
    r"|weights/[a-z]{1,20}/r\d{1,3}-f\d{1,3}\.(?:safetensors|json)|embeddings/r\d{1,3}-f\d{1,3}\.safetensors"
)
MOST_BYTES = 4_000_000_000
MOST_MEMBERS = 20_000
MOST_JSON_BYTES = 200_000_000


def weights_file(model: str, fold: Fold) -> str:
    """What was fitted on one fold."""
    return f"weights/{model}/{_place(fold)}.safetensors"


def settings_file(model: str, fold: Fold) -> str:
    """What is needed to build it again."""
    return f"weights/{model}/{_place(fold)}.json"


def embeddings_file(fold: Fold) -> str:
    """The fused model's embeddings of the fold's training patients, in its order."""
    return f"embeddings/{_place(fold)}.safetensors"


def _place(fold: Fold) -> str:
    return f"r{fold.repeat}-f{fold.index}"
