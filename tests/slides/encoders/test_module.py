"""Any torch network becomes an encoder, and the example of docs/encoders.md runs as it stands."""

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import timm
import torch
from torch import nn

from core.config import EncoderSpec
from core.errors import InputError
from core.slides.encoders import TileEncoder, load_encoder
from core.slides.encoders.module import ModuleEncoder

GUIDE = (Path(__file__).parents[3] / "docs" / "encoders.md").read_text()


class Small(nn.Module):
    """Looks at colour and at edges."""

    def __init__(self, seed: int = 0, dim: int = 5) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.see = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.tell = nn.Linear(8, dim)

    def forward(self, tiles: torch.Tensor) -> torch.Tensor:
        return self.tell(self.see(tiles).flatten(1))


def _encoder(module: nn.Module | None = None, **options) -> ModuleEncoder:
    options = {"name": "small", "size_px": 32, "batch": 4, **options}
    return ModuleEncoder(module or Small(), **options)


@pytest.fixture(scope="module")
def tiles() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (7, 32, 32, 3), dtype=np.uint8)


def test_features_are_what_the_network_gives_for_normalised_tiles(tiles):
    encoder = _encoder(precision="fp32", mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4))
    normal = (tiles / 255 - (0.5, 0.4, 0.3)) / (0.2, 0.3, 0.4)
    with torch.inference_mode():
        expected = Small().eval()(torch.from_numpy(normal).permute(0, 3, 1, 2).float()).numpy()
    np.testing.assert_allclose(encoder(tiles), expected, rtol=1e-3, atol=1e-4)
    assert isinstance(encoder, TileEncoder) and (encoder.dim, encoder.batch) == (5, 4)
    assert encoder.note == "small, 5 features, float32"


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_tile_has_the_same_features_in_any_company(tiles, precision):
    encoder = _encoder(precision=precision)
    together = encoder(tiles)
    assert together.dtype == np.float32 and encoder(tiles[:0]).shape == (0, 5)
    np.testing.assert_array_equal(encoder(tiles[::-1])[::-1], together)
    for tile, expected in zip(tiles, together, strict=True):
        np.testing.assert_array_equal(encoder(tile[None])[0], expected)


def test_tiles_of_another_size_are_resized_without_aliasing(tiles):
    encoder = _encoder(precision="fp32")
    np.testing.assert_allclose(encoder(tiles.repeat(4, axis=1).repeat(4, axis=2)), encoder(tiles), atol=0.05)
    stripes = np.zeros((1, 256, 256, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    np.testing.assert_allclose(encoder(stripes), encoder(np.full((1, 32, 32, 3), 127, np.uint8)), atol=0.05)


def test_the_key_follows_all_that_decides_the_features():
    half = Small().to(torch.bfloat16).float()
    keys = [
        _encoder().key,
        _encoder(batch=2).key,
        _encoder(Small(seed=1)).key,
        _encoder(half).key,
        _encoder(size_px=48).key,
        _encoder(mean=(0.5, 0.5, 0.5)).key,
        _encoder(std=(0.5, 0.5, 0.5)).key,
        _encoder(name="other").key,
    ]
    assert keys[0] == keys[1] and len(set(keys)) == 7
    assert re.fullmatch(r"small-(bf16|fp32)-[0-9a-f]{8}", keys[0])
    assert _encoder(Small().to(torch.bfloat16)).key == keys[3], "equal numbers, however they were saved"


class Tokens(Small):
    def forward(self, tiles):
        return super().forward(tiles)[:, None]


class Named(Small):
    def forward(self, tiles):
        return {"features": super().forward(tiles)}


class Summed(Small):
    def forward(self, tiles):
        return super().forward(tiles).sum(dim=0, keepdim=True)


class Broken(Small):
    def forward(self, tiles):
        return super().forward(tiles) / 0


@pytest.mark.parametrize(
    ("module", "fault"),
    [
        (Tokens, r"a tensor of shape \(2, 1, 5\) for 2 tiles; wrap"),
        (Named, "returned dict for 2 tiles"),
        (Summed, r"shape \(1, 5\) for 2"),
        (Broken, "no finite numbers"),
    ],
)
def test_a_network_that_gives_no_row_of_numbers_a_tile_is_refused(module, fault):
    with pytest.raises(InputError, match=rf"encoder small .*{fault}"):
        _encoder(module())


@pytest.mark.parametrize("name", ["", "hf-hub:lab/model", "../up", "a b"])
def test_a_name_that_is_no_file_name_is_refused(name):
    with pytest.raises(InputError, match="must be of letters"):
        _encoder(name=name)


@pytest.fixture
def here(tmp_path, monkeypatch) -> Iterator[Path]:
    """A folder of one's own to start in; what is imported there is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    importlib.invalidate_caches()
    yield tmp_path
    for name in ("mine", "my_encoder", "test_my_encoder"):
        sys.modules.pop(name, None)


def test_the_guides_example_and_its_test_run_as_they_stand(here):
    for code in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL):
        (here / re.match(r'"""(\w+\.py)"""', code)[1]).write_text(code)
    network = timm.create_model("vit_tiny_patch16_224", pretrained=False)
    (here / "weights").mkdir()
    safetensors.torch.save_file(network.state_dict(), here / "weights" / "vit.safetensors")
    encoder = load_encoder(EncoderSpec(trunk="my_encoder:vit"), device="cpu")
    assert encoder.key.startswith("vit-tiny-") and encoder.dim == 192 and encoder.batch == 32
    importlib.import_module("test_my_encoder").test_a_tile_has_the_same_features_in_any_company()


@pytest.mark.parametrize(
    ("trunk", "code", "fault"),
    [
        ("resnet51", None, "neither resnet50 nor of the form module:function"),
        ("mine:", "", "neither"),
        ("mine:vit", None, r"there is no module mine; start where mine\.py lies"),
        ("lab.mine:vit", None, r"there is no module lab\.mine; start where lab/mine\.py lies"),
        ("mine:vit", "import nowhere_to_be_found", "module mine needs nowhere_to_be_found; install it"),
        ("mine:vit", "x = 1", "module mine has no function vit"),
        ("mine:vit", "vit = 1", "module mine has no function vit"),
        (
            "mine:vit",
            "def vit(device): return 3",
            r"returned a int, which is no encoder \(without key, note, dim, batch",
        ),
        ("mine:vit", "def vit(): return 3", "function vit must be callable as vit"),
    ],
)
def test_a_trunk_that_makes_no_encoder_is_told_in_one_sentence(here, trunk, code, fault):
    if code is not None:
        (here / "mine.py").write_text(code)
    with pytest.raises(InputError, match=rf'encoder "{trunk}".*{fault}'):
        load_encoder(EncoderSpec(trunk=trunk), device="cpu")
