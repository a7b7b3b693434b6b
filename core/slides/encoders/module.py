"""Any torch network as an encoder: from timm, torch.hub, or a pathology foundation model."""

import hashlib
import re
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Float32, UInt8
from torch import Tensor, nn

from core.errors import InputError
from core.slides.allocator import keep_memory
from core.slides.encoders.device import batch_on, precision_on

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_WORDS = {"bf16": "bfloat16", "fp32": "float32"}

Rgb = tuple[float, float, float]


class ModuleEncoder:
    """A network that maps normalised tiles [n 3 h w] to features [n dim], always asked in batches of one size: a tile's
    features do not depend on its neighbours.

    Args:
        module: the network; put into evaluation mode and single precision, moved to the device.
        name: how its features are called: letters, digits, dot, hyphen, underscore.
        device: "cpu", "cuda" or "cuda:1".
        mean: of RGB from 0 to 1, as the network was trained with.
        std: the same.
        size_px: tile side it wants; tiles of another size are resized, with antialiasing.
        batch: tiles at once; 0 goes by the device.
        precision: "auto" is bfloat16 autocast where the device is fast at it, else float32.

    Raises:
        InputError: the name is no file name, or the network does not give one row of finite numbers a tile.
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        name: str,
        device: str = "cpu",
        mean: Rgb = IMAGENET_MEAN,
        std: Rgb = IMAGENET_STD,
        size_px: int = 224,
        batch: int = 0,
        precision: Literal["auto", "bf16", "fp32"] = "auto",
    ) -> None:
        if not _NAME.fullmatch(name):
            raise InputError(
                f'encoder name "{name}" must be of letters, digits, dots, hyphens and underscores; mend it'
            )
        self._device = torch.device(device)
        if self._device.type == "cpu":
            keep_memory()
        self._precision = precision_on(self._device) if precision == "auto" else precision
        self._name, self._size_px = name, size_px
        # autocast wants float32 weights, whatever they were saved in
        module = module.float().eval()
        mark = _digest(module, mean=mean, std=std, size_px=size_px)
        self._module = module.to(self._device)
        self._mean, self._std = (torch.tensor(c, device=self._device)[:, None, None] * 255 for c in (mean, std))
        self.key = f"{name}-{self._precision}-{mark[:8]}"
        self.batch = batch or batch_on(self._device)
        self.dim = self._features(np.zeros((2, size_px, size_px, 3), dtype=np.uint8)).shape[1]
        self.note = f"{name}, {self.dim} features, {_WORDS[self._precision]}"

    def __call__(self, tiles: UInt8[np.ndarray, "n size size 3"]) -> Float32[np.ndarray, "n dim"]:
        """Features of RGB tiles."""
        features = np.empty((len(tiles), self.dim), dtype=np.float32)
        full = np.zeros((self.batch, *tiles.shape[1:]), dtype=np.uint8)
        for start in range(0, len(tiles), self.batch):
            part = tiles[start : start + self.batch]
            full[: len(part)] = part
            features[start : start + len(part)] = self._features(full)[: len(part)]
        return features

    def _features(self, tiles: UInt8[np.ndarray, "n size size 3"]) -> Float32[np.ndarray, "n dim"]:
        with (
            torch.inference_mode(),
            torch.autocast(self._device.type, torch.bfloat16, enabled=self._precision == "bf16"),
        ):
            found: object = self._module(self._normal(tiles))
        if not isinstance(found, Tensor) or found.ndim != 2 or len(found) != len(tiles):
            what = f"a tensor of shape {tuple(found.shape)}" if isinstance(found, Tensor) else type(found).__name__
            raise InputError(
                f"encoder {self._name} returned {what} for {len(tiles)} tiles; wrap the network so that it returns one "
                "row of features a tile"
            )
        features = found.float().cpu().numpy()
        if not np.isfinite(features).all():
            raise InputError(f"encoder {self._name} gives features that are no finite numbers; use precision fp32")
        return features

    def _normal(self, tiles: UInt8[np.ndarray, "n size size 3"]) -> Float[Tensor, "n 3 h w"]:
        pixels = torch.from_numpy(tiles).to(self._device).permute(0, 3, 1, 2).float()
        if pixels.shape[-1] != self._size_px:
            side = (self._size_px, self._size_px)
            pixels = F.interpolate(pixels, side, mode="bilinear", antialias=True, align_corners=False)
        return (pixels - self._mean) / self._std


def _digest(module: nn.Module, **facts: object) -> str:
    """SHA-256 of the weights, and of what else decides the features."""
    found = hashlib.sha256(repr(sorted(facts.items())).encode())
    for name, value in sorted(module.state_dict().items()):
        if isinstance(value, Tensor):
            found.update(f"{name} {tuple(value.shape)}".encode())
            found.update(value.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()
