"""How fast tiles are encoded, against the loop that everybody writes first: torchvision's ResNet-50, eager, float32.

    python -m benchmarks.encoding [--device cuda] [--tiles 256] [--rounds 5] [--threads 2]

Both get the same uint8 tiles in the same process, by turns, with memory kept alike; features must point the same way.
On a CPU the encoder is also held against the processor's own rate of bfloat16 products, which bounds the ratio. On a
GPU it is held against the card's own limit: the same network in bfloat16, channels last, as a CUDA graph over tiles
that already lie on the card.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from core.config import EncoderSpec
from core.slides.allocator import keep_memory
from core.slides.encoders.resnet import load_resnet50
from core.slides.encoders.trunk import Convolution, convolve_plain, fold
from core.slides.encoders.weights import random_network

SIDE = 224
FLOP = 2 * 4.09e9
"""Of ResNet-50 on a tile of 224 px: torchvision's own count of 4.09 billion multiply-adds."""
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

Encode = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Seconds of one round."""

    wall: float
    cpu: float


def tissue_like(count: int) -> np.ndarray:
    """Noise of two coarsenesses in the colours of stained tissue."""
    random = np.random.default_rng(0)
    coarse = random.integers(60, 250, (count, SIDE // 16, SIDE // 16, 3)).repeat(16, axis=1).repeat(16, axis=2)
    return (0.7 * coarse + 0.3 * random.integers(60, 250, (count, SIDE, SIDE, 3))).astype(np.uint8)


def plain_loop(device: str, batch: int) -> Encode:
    """torchvision's module as it comes: NCHW, float32, inference mode."""
    network = random_network(seed=0).to(device)
    network.fc = nn.Identity()
    mean, std = (torch.tensor(c, device=device)[:, None, None] for c in (MEAN, STD))

    @torch.inference_mode()
    def encode(tiles: np.ndarray) -> np.ndarray:
        parts: list[np.ndarray] = []
        for start in range(0, len(tiles), batch):
            pixels = torch.from_numpy(tiles[start : start + batch]).to(device).permute(0, 3, 1, 2).contiguous()
            parts.append(network((pixels.float() / 255 - mean) / std).cpu().numpy())
        return np.concatenate(parts)

    return encode


def by_turns(first: Encode, second: Encode, tiles: np.ndarray, rounds: int) -> tuple[list[Spent], list[Spent]]:
    """Both in turn, so that a machine that slows down slows both; the first round only warms up."""
    spent: tuple[list[Spent], list[Spent]] = ([], [])
    for _ in range(rounds + 1):
        for encode, found in zip((first, second), spent, strict=True):
            wall, cpu = time.perf_counter(), time.process_time()
            encode(tiles)
            found.append(Spent(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu))
    return spent[0][1:], spent[1][1:]


def card_limit(batch: int, rounds: int) -> float:
    """Images per second of the bfloat16 network as a CUDA graph, its tiles on the card: no loop can be faster."""

    def moved(convolution: Convolution) -> Convolution:
        weight = convolution.weight.to("cuda", torch.bfloat16, memory_format=torch.channels_last)
        bias = convolution.bias.to("cuda", torch.bfloat16)
        return Convolution(weight=weight, bias=bias, stride=convolution.stride, padding=convolution.padding)

    trunk = fold(random_network(seed=0)).mapped(moved)
    torch.backends.cudnn.benchmark = True
    shape = (batch, 3, SIDE, SIDE)
    with torch.inference_mode():
        tiles = torch.randn(shape, device="cuda").to(torch.bfloat16, memory_format=torch.channels_last)
        aside = torch.cuda.Stream()
        with torch.cuda.stream(aside):
            for _ in range(3):
                trunk.features(tiles, convolve_plain)
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            trunk.features(tiles, convolve_plain)
        best = 0.0
        for _ in range(rounds):
            torch.cuda.synchronize()
            began = time.perf_counter()
            for _ in range(10):
                graph.replay()
            torch.cuda.synchronize()
            best = max(best, 10 * batch / (time.perf_counter() - began))
    return best


def processor_limit(kind: torch.dtype, rounds: int) -> float:
    """Images per second if every multiplication went at the rate of this processor's best matrix product."""
    one, other = (torch.randn(3072, 3072).to(kind) for _ in range(2))
    best = 0.0
    with torch.inference_mode():
        for _ in range(rounds + 1):
            began = time.perf_counter()
            one @ other
            best = max(best, 2 * 3072**3 / (time.perf_counter() - began))
    return best / FLOP


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """Least cosine between two encoders' features of a tile."""
    return float(((one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)).min())


def told(name: str, spent: list[Spent], tiles: int) -> Spent:
    """Prints a row; returns the middle round."""
    wall, cpu = (statistics.median(getattr(one, part) for one in spent) for part in ("wall", "cpu"))
    print(
        f"  {name:<34} {tiles / wall:9.1f} images/s {1000 * wall / tiles:8.2f} ms {1000 * cpu / tiles:8.2f} ms of CPU"
    )
    return Spent(wall=wall, cpu=cpu)


def main() -> None:
    """Compare, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--tiles", type=int, default=0, help="encoded in a round; 128, or 4096 on a GPU")
    parser.add_argument("--batch", type=int, default=32, help="of the plain loop")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    keep_memory()
    ours = load_resnet50(EncoderSpec(weights="random", seed=0), device=asked.device)
    plain = plain_loop(asked.device, asked.batch)
    tiles = tissue_like(asked.tiles or (128 if asked.device == "cpu" else 4096))
    alike = cosine(ours(tiles[:64]), plain(tiles[:64]))
    mine, theirs = by_turns(ours, plain, tiles, asked.rounds)
    print(f"{len(tiles)} tiles of {SIDE} px, {asked.threads} threads, the middle of {asked.rounds} rounds by turns")
    one, other = told(f"Acinus, batch {ours.batch}", mine, len(tiles)), told("plain loop", theirs, len(tiles))
    print(f"  ratio {other.wall / one.wall:.2f} x by the clock, {other.cpu / one.cpu:.2f} x in CPU time")
    print(f"  least cosine of a tile's features {alike:.4f}")
    if asked.device == "cpu":
        slow, fast = (processor_limit(kind, asked.rounds) for kind in (torch.float32, torch.bfloat16))
        print(
            f"  the processor's own matrix products: float32 {slow:.1f} images/s, bfloat16 {fast:.1f}; Acinus reached "
            f"{len(tiles) / one.wall / fast:.0%} of the second; all of it would be "
            f"{fast * other.wall / len(tiles):.2f} x the plain loop"
        )
    if asked.device == "cuda":
        limit = card_limit(1024, asked.rounds)
        print(f"  the card's limit, bfloat16 {limit:9.1f} images/s; reached {len(tiles) / one.wall / limit:.0%}")


if __name__ == "__main__":
    main()
