"""Where networks are computed."""

from typing import Literal

import torch

from core.errors import InputError


def chosen_device(asked: Literal["auto", "cpu", "cuda"]) -> str:
    """ "cuda" or "cpu".

    Raises:
        InputError: a GPU was asked for and there is none.
    """
    if asked == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda: torch finds no GPU on this machine; use --device cpu, or check the driver")
    if asked == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return asked


def described(device: str) -> str:
    """The device in words."""
    if device == "cuda":
        return f"{torch.cuda.get_device_name()} (CUDA {torch.version.cuda})"
    return f"cpu, {torch.get_num_threads()} threads"
