"""The encoder that a specification names: our own, or one that a user's module makes. Imports no torch by itself."""

import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from core.config import EncoderSpec
from core.errors import InputError
from core.slides.encoders.protocol import TileEncoder

RESNET50 = "resnet50"
_PARTS = ("key", "note", "dim", "batch")


def load_encoder(spec: EncoderSpec, *, device: str) -> TileEncoder:
    """The encoder that a specification names.

    Args:
        spec: which network, which weights, and tiles at once.
        device: "cpu", "cuda" or "cuda:1".

    Raises:
        InputError: the weights cannot be had, or there is no such module or function, or it returns no encoder.
    """
    if spec.trunk != RESNET50:
        return _made_elsewhere(spec.trunk, device=device)
    # torchvision takes seconds to import
    from core.slides.encoders.resnet import load_resnet50

    return load_resnet50(spec, device=device)


def _made_elsewhere(trunk: str, *, device: str) -> TileEncoder:
    """What the function of a user's module returns; the module is looked for in the current folder first."""
    name, colon, function = trunk.partition(":")
    if not (name and colon and function):
        raise InputError(f'encoder "{trunk}" is neither {RESNET50} nor of the form module:function; mend it')
    make = getattr(_module(name, trunk), function, None)
    if not callable(make):
        raise InputError(f'encoder "{trunk}": module {name} has no function {function}; check its name')
    _check_call(make, trunk, function)
    encoder: object = make(device=device)
    if not isinstance(encoder, TileEncoder):
        missing = [part for part in _PARTS if not hasattr(encoder, part)]
        raise InputError(
            f'encoder "{trunk}" returned a {type(encoder).__name__}, which is no encoder '
            f"(without {', '.join(missing) or 'a call'}); return a ModuleEncoder as docs/encoders.md shows"
        )
    return encoder


def _check_call(make: Callable[..., object], trunk: str, function: str) -> None:
    try:
        inspect.signature(make).bind(device="cpu")
    except TypeError as error:
        raise InputError(
            f'encoder "{trunk}": function {function} must be callable as {function}(device="cpu"): {error}'
        ) from error


def _module(name: str, trunk: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise InputError(f'encoder "{trunk}": module {name} needs {error.name}; install it into .venv') from error
        raise InputError(
            f'encoder "{trunk}": there is no module {name}; start where {name.replace(".", "/")}.py lies'
        ) from error
