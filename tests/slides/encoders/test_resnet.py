"""The encoder: the same tile gives the same features, whatever it is encoded with."""

import os
import pickle
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import safetensors.torch
import torch

from core.config import EncoderSpec
from core.errors import InputError
from core.slides.encoders.resnet import Encoder, load_resnet50
from core.slides.encoders.trunk import convolve_plain, fold
from core.slides.encoders.weights import digest, random_network

SIDE = 64


@pytest.fixture(scope="module")
def network():
    return random_network(seed=3)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_resnet50(EncoderSpec(weights="random", seed=3, batch=4), device="cpu")


@pytest.fixture(scope="module")
def tiles() -> np.ndarray:
    """Noise of several coarsenesses and colours."""
    random = np.random.default_rng(0)
    coarse = [random.integers(60, 250, (SIDE // step, SIDE // step, 3)) for step in (1, 2, 4, 8, 16, 32, 64)]
    return np.stack([cell.repeat(SIDE // len(cell), 0).repeat(SIDE // len(cell), 1) for cell in coarse]).astype(
        np.uint8
    )


def test_features_are_finite_float32_and_tell_tiles_apart(encoder, tiles):
    features = encoder(tiles)
    assert features.shape == (7, encoder.dim) == (7, 2048) and features.dtype == np.float32
    assert np.isfinite(features).all() and np.abs(features).max() < 1000
    assert np.linalg.norm(features[:, None] - features[None], axis=-1)[~np.eye(7, dtype=bool)].min() > 1


@pytest.mark.parametrize("fast", [True, False])
def test_a_tile_has_the_same_features_in_any_company(encoder, tiles, monkeypatch, fast):
    """On this CPU's fast path, and on the path that every CPU has."""
    if not fast:
        monkeypatch.setattr("core.slides.encoders.device.has_fast_bf16", lambda: False)
        encoder = load_resnet50(EncoderSpec(weights="random", seed=3, batch=4), device="cpu")
        assert "-fp32-" in encoder.key
    together = encoder(tiles)
    np.testing.assert_array_equal(encoder(tiles[::-1])[::-1], together)
    for index in range(len(tiles)):
        np.testing.assert_array_equal(encoder(tiles[index : index + 1])[0], together[index])
    assert encoder(tiles[:0]).shape == (0, 2048)


def test_fast_features_point_where_the_plain_network_does(encoder, network, tiles):
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    normal = ((torch.from_numpy(tiles).float() / 255 - mean) / std).permute(0, 3, 1, 2)
    with torch.inference_mode():
        *trunk, _classifier = network.children()
        plain = torch.nn.Sequential(*trunk)(normal).flatten(1)
        folded = fold(network).features(normal, convolve_plain)
    torch.testing.assert_close(folded, plain, rtol=1e-3, atol=1e-3)
    cosine = torch.nn.functional.cosine_similarity(torch.from_numpy(encoder(tiles)), plain)
    assert cosine.min() > 0.97


def test_the_key_names_seed_precision_and_weights(encoder):
    again = load_resnet50(EncoderSpec(weights="random", seed=3, batch=2), device="cpu")
    other = load_resnet50(EncoderSpec(weights="random", seed=4, batch=4), device="cpu")
    assert again.key == encoder.key != other.key
    assert encoder.key.startswith("resnet50-random3-") and encoder.key.split("-")[2] in ("bf16", "fp32")
    assert "demonstration, not for results" in encoder.note


def test_the_number_of_threads_makes_no_other_random_encoder():
    before = torch.get_num_threads()
    found: list[tuple[str, bytes]] = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            network = random_network(seed=3)
            state = b"".join(tensor.numpy().tobytes() for tensor in network.state_dict().values())
            found.append((load_resnet50(EncoderSpec(weights="random", seed=3, batch=4), device="cpu").key, state))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1]


def test_random_weights_leave_the_process_own_random_numbers_alone():
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    random_network(seed=0)
    torch.testing.assert_close(torch.rand(3), expected, rtol=0, atol=0)


def _saved(folder: Path, state: dict[str, torch.Tensor], how: str) -> Path:
    trunk = {name: tensor for name, tensor in state.items() if not name.startswith("fc.")}
    if how == "safetensors":
        safetensors.torch.save_file(trunk, folder / "w.safetensors")
        return folder / "w.safetensors"
    prefixed = {f"module.encoder.{name}": tensor for name, tensor in state.items()}
    torch.save(
        {"bare": state, "prefixed": prefixed, "wrapped": {"state_dict": prefixed, "epoch": 3}}[how], folder / "w.pt"
    )
    return folder / "w.pt"


@pytest.mark.parametrize("how", ["safetensors", "bare", "prefixed", "wrapped"])
def test_weights_of_a_local_file_give_the_source_networks_features(tmp_path, network, encoder, tiles, how):
    local = load_resnet50(EncoderSpec(weights=_saved(tmp_path, network.state_dict(), how), batch=4), device="cpu")
    np.testing.assert_array_equal(local(tiles), encoder(tiles))
    assert local.key.split("-")[-1] == digest(network)[:8], "equal numbers, equal digest"
    assert local.key.startswith("resnet50-file-") and local.note.startswith("ResNet-50 with the weights of w.")


class Hostile:
    """Runs a command when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return os.system, (f"touch {self.target}",)


@pytest.mark.parametrize("how", ["torch", "pickle"])
def test_a_file_that_would_run_code_is_refused_and_runs_none(tmp_path, how):
    file, target = tmp_path / "w.pt", tmp_path / "ran"
    if how == "torch":
        torch.save({"conv1.weight": Hostile(target)}, file)
    else:
        file.write_bytes(pickle.dumps(Hostile(target), protocol=2))
    with pytest.raises(InputError, match="could run code"):
        load_resnet50(EncoderSpec(weights=file), device="cpu")
    assert not target.exists()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda state: state.pop("layer3.0.conv2.weight"), r"lack 1 tensors .*layer3\.0\.conv2\.weight"),
        (lambda state: state.update({"conv1.weight": torch.zeros(64, 3, 3, 3)}), r"other shapes .*conv1\.weight"),
        (lambda state: state.update({"projector.weight": torch.zeros(2)}), r"also hold .*projector\.weight"),
        (lambda state: state.clear(), "lack 265 tensors"),
    ],
)
def test_weights_of_another_network_are_refused_by_name(tmp_path, network, change, fault):
    state = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith("fc.")}
    change(state)
    torch.save(state, tmp_path / "w.pt")
    with pytest.raises(InputError, match=fault):
        load_resnet50(EncoderSpec(weights=tmp_path / "w.pt"), device="cpu")


@pytest.mark.parametrize(
    ("name", "content"), [("w.pt", b"PK\3\4 no zip"), ("w.safetensors", b"\0" * 20), ("w.pt", b"")]
)
def test_damaged_weights_are_refused_in_one_sentence(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=r"w\.(pt|safetensors)"):
        load_resnet50(EncoderSpec(weights=tmp_path / name), device="cpu")
    with pytest.raises(InputError, match="are not there"):
        load_resnet50(EncoderSpec(weights=tmp_path / "none.pt"), device="cpu")


def test_imagenet_weights_that_cannot_be_had_say_what_to_do(tmp_path, monkeypatch):
    def offline(*_args, **_options):
        raise URLError("no network")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("torch.hub.download_url_to_file", offline)
    with pytest.raises(InputError, match=r"--encoder-weights FILE, or --encoder-weights random"):
        load_resnet50(EncoderSpec(weights="imagenet"), device="cpu")
