"""Extractions as processes of their own, to be killed: `python -m tests.slides.extraction.jobs SLIDES FEATURES ...`."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from core.config import ShardSpec, TileSpec
from core.console import ended, say
from core.slides.extraction import Order, extract_features
from core.slides.extraction.messages import Job
from core.slides.extraction.readers import Readers
from core.types import Patient, SlideRef
from tests.slides.conftest import ColourEncoder

TILES = TileSpec(size_px=64)
READY = "ready"


class Slow(ColourEncoder):
    """Takes its time over each batch."""

    def __call__(self, tiles):
        time.sleep(float(os.environ.get("SECONDS_A_BATCH", "0.02")))
        return super().__call__(tiles)


def patients(slides: Path) -> list[Patient]:
    """One patient a slide."""
    return [
        Patient(id=file.stem, label=0, site="A", slides=(SlideRef(id=file.stem, path=file),), covariates={})
        for file in sorted(slides.glob("*.tif"))
    ]


def order(features: Path, *, shard: str = "") -> Order:
    """What the jobs ask for."""
    part = ShardSpec.parse(shard) if shard else None
    return Order(tiles=TILES, encoder=Slow(), features=features, shard=part)


def start(slides: Path, features: Path, *, shard: str = "", seconds_a_batch: float = 0.02) -> "subprocess.Popen[str]":
    """A job, begun: it has said that it is ready."""
    return ready(begin(slides, features, shard=shard, seconds_a_batch=seconds_a_batch))


def ready(job: "subprocess.Popen[str]") -> "subprocess.Popen[str]":
    """The job, once it has said that it is ready."""
    assert job.stdout is not None and job.stdout.readline().strip() == READY
    return job


def begin(slides: Path, features: Path, *, shard: str, seconds_a_batch: float) -> "subprocess.Popen[str]":
    """A job that may still be starting."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.slides.extraction.jobs", str(slides), str(features), shard],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SECONDS_A_BATCH": str(seconds_a_batch)},
        cwd=Path(__file__).parents[3],
    )


def kill(job: "subprocess.Popen[str]") -> bool:
    """Whether the job was still at work when it was killed."""
    job.send_signal(signal.SIGKILL)
    job.communicate()
    return job.returncode == -signal.SIGKILL


def _warm(asked: Order) -> None:
    """Has a reader ready, which otherwise takes a second to start: kills then hit the work."""
    nothing = SlideRef(id="nothing", path=Path("nothing.tif"))
    job = Job(ref=nothing, tiles=TILES, stain="none", encoder=asked.key, folder=asked.folder, threads=1)
    with Readers(1) as readers:
        readers.give(job)
        while readers.busy:
            list(readers.messages(wait_s=1.0))


def main() -> None:
    """Reads, encodes and writes until it is done or killed."""
    slides, features, shard = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    asked = order(features, shard=shard)
    _warm(asked)
    print(READY, flush=True)  # noqa: T201
    for line in extract_features(patients(slides), asked, progress=False).lines:
        say(line)


if __name__ == "__main__":
    sys.exit(ended(main))
