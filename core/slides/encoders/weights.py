"""ResNet-50 weights from torchvision, from a local file, or drawn from a seed."""

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError

import safetensors
import safetensors.torch
import torch
from torch import Tensor
from torchvision.models import ResNet, ResNet50_Weights, resnet50

from core.errors import InputError
from core.slides.encoders.trunk import calibrate

_PREFIXES = ("module.", "backbone.", "encoder.", "model.", "resnet.")
_WRAPPERS = ("state_dict", "model", "model_state_dict")


def random_network(*, seed: int) -> ResNet:
    """A ResNet-50 drawn from a seed and calibrated; the process's own random numbers are left as they were."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = resnet50(weights=None)
    calibrate(network, seed=seed)
    return network


def imagenet_network() -> ResNet:
    """torchvision's IMAGENET1K_V2, downloaded once.

    Raises:
        InputError: it is neither cached nor to be had.
    """
    try:
        state = ResNet50_Weights.IMAGENET1K_V2.get_state_dict(progress=True, check_hash=True)
    except (URLError, OSError, RuntimeError) as error:
        raise InputError(
            f"the ImageNet weights of ResNet-50 cannot be downloaded ({error}); give a local file by "
            "--encoder-weights FILE, or --encoder-weights random for a demonstration"
        ) from error
    return _network(dict(state), "torchvision's IMAGENET1K_V2")


def file_network(file: Path) -> ResNet:
    """A ResNet-50 with the weights of a local file: safetensors, or a state dict without any code in it.

    Prefixes that wrappers add are taken off; the classifier may be absent.

    Raises:
        InputError: no such file, code in it, damaged, or not a ResNet-50; names what is missing.
    """
    return _network(_without_wrappers(_read(file)), file.name)


def bytes_network(content: bytes, source: str) -> ResNet:
    """A ResNet-50 with the weights of safetensors in memory.

    Raises:
        InputError: damaged, or not a ResNet-50.
    """
    try:
        return _network(safetensors.torch.load(content), source)
    except safetensors.SafetensorError as error:
        raise InputError(f"encoder weights {source} cannot be read, they are damaged or of another kind") from error


def network_bytes(network: ResNet) -> bytes:
    """The trunk's weights as safetensors."""
    return safetensors.torch.save({name: one.contiguous() for name, one in _trunk_state(network.state_dict()).items()})


def digest(network: ResNet, *, drawn: bool = False) -> str:
    """SHA-256 of the trunk's weights: equal for equal numbers, whatever file they came in.

    With `drawn`, the statistics of the batch normalisation are left out: those of a random network are computed from
    its seed and differ in the last bits between processors, which must not make it another encoder.
    """
    found = hashlib.sha256()
    for name, tensor in sorted(_trunk_state(network.state_dict()).items()):
        if drawn and "running_" in name:
            continue
        found.update(name.encode())
        found.update(tensor.detach().contiguous().numpy().tobytes())
    return found.hexdigest()


def _read(file: Path) -> Mapping[str, object]:
    if not file.is_file():
        raise InputError(f"encoder weights {file} are not there; check --encoder-weights")
    try:
        if file.suffix == ".safetensors":
            return dict(safetensors.torch.load_file(file))
        content: object = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(
            f"encoder weights {file} hold more than tensors, which could run code, and are not loaded; "
            "save the state dict as safetensors"
        ) from error
    except (safetensors.SafetensorError, RuntimeError, EOFError, ValueError, KeyError, OSError) as error:
        raise InputError(f"encoder weights {file} cannot be read, they are damaged or of another kind") from error
    for wrapper in _WRAPPERS:
        if isinstance(content, dict) and isinstance(content.get(wrapper), dict):
            content = content[wrapper]
    if not isinstance(content, dict):
        raise InputError(f"encoder weights {file} hold no state dict; save network.state_dict() as safetensors")
    return {str(name): value for name, value in content.items()}


def _without_wrappers(state: Mapping[str, object]) -> dict[str, Tensor]:
    """Tensors by torchvision's names."""
    return {_bare(name): value for name, value in state.items() if isinstance(value, Tensor)}


def _bare(name: str) -> str:
    while prefix := next((prefix for prefix in _PREFIXES if name.startswith(prefix)), None):
        name = name.removeprefix(prefix)
    return name


def _trunk_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Without the classifier and the counters of training steps, which change no feature."""
    return {
        name: tensor
        for name, tensor in state.items()
        if not name.startswith("fc.") and not name.endswith("num_batches_tracked")
    }


def _network(state: Mapping[str, Tensor], source: str) -> ResNet:
    network = resnet50(weights=None)
    wanted, given = _trunk_state(network.state_dict()), _trunk_state(state)
    missing = sorted(wanted.keys() - given.keys())
    strange = sorted(given.keys() - wanted.keys())
    crooked = sorted(name for name in wanted.keys() & given.keys() if wanted[name].shape != given[name].shape)
    for names, fault in ((missing, "lack"), (crooked, "have other shapes for"), (strange, "also hold")):
        if names:
            shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
            raise InputError(
                f"encoder weights {source} {fault} {len(names)} tensors of ResNet-50's trunk ({shown}); "
                "give a torchvision ResNet-50"
            )
    network.load_state_dict({**network.state_dict(), **{name: tensor.float() for name, tensor in given.items()}})
    return network.eval()
