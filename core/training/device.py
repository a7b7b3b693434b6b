"""Where networks are computed."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

import torch
from threadpoolctl import threadpool_limits

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


@contextmanager
def one_thread(device: str) -> Generator[None]:
    """Computes on one thread on the CPU: the same bits alone and beside others, on two cores and on sixty."""
    if device != "cpu":
        yield
        return
    before = torch.get_num_threads()
    with threadpool_limits(1):
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)
