"""Small work lists with states and pictures, written by the code that writes real ones."""

import io
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from PIL import Image

from core.config import TileSpec
from core.slides.extraction import states
from core.slides.extraction.states import SlideState, WorkItem, WorkList
from core.slides.quality.drawing import drawn
from core.slides.quality.record import SlideQuality, slide_quality
from core.slides.quality.surfaces import Surface
from core.slides.whole_files import write_whole

ENCODER = "resnet50-test-0"
BEGUN = "2025-01-01T10:00:00+00:00"
CUT_SHORT = "a.svs is cut short; copy it again"


def write_slides(
    data: Path, wanted: dict[str, str], *, cohort: str = "cohorts/a", name: str = "Test cohort"
) -> WorkList:
    """A work list with one slide for each name, which stands as asked.

    Args:
        data: the data folder.
        wanted: slide to "done", "ink", "blur" (done, with that problem), "failed", "running" (by nobody) or "queued".
        cohort: folder it was asked for.
        name: of the cohort.
    """
    features = data / "features"
    worklist = write_list(features, tuple(wanted), cohort=cohort, name=name)
    for item in worklist.items:
        state, kind = SlideState(slide=item.slide, source=f"slides/{item.slide}.svs"), wanted[item.slide]
        if kind != "queued":
            states.write_state(features / ENCODER, item.stem, _stands(state, item, kind))
        if kind in ("done", "ink", "blur"):
            write_whole(states.picture_file(features / ENCODER, item.stem), picture(), lasting=False)
    return worklist


def write_list(features: Path, slides: tuple[str, ...], *, cohort: str = "cohorts/a", name: str = "Test") -> WorkList:
    """A work list without states."""
    items = tuple(
        WorkItem(slide=slide, patient=slide.rpartition("-")[0] or slide, stem=f"slide-{place}")
        for place, slide in enumerate(slides)
    )
    settings = {"cohort": cohort, "encoder_weights": "random", "trunk": "resnet50", "stain": "none"}
    worklist = WorkList(
        name=name,
        folder=ENCODER,
        encoder="ResNet-50 with random weights",
        written=states.now(),
        settings={**settings, "tiles": asdict(TileSpec())},
        items=items,
    )
    states.write_worklist(features, worklist)
    return worklist


def quality(*, ink: bool = False, blurred: int = 1) -> SlideQuality:
    """Of a slide that is half tissue, with a stroke of ink when asked."""
    surfaces = surface_map(ink=ink)
    thumbnail = np.full((*surfaces.shape, 3), 245, dtype=np.uint8)
    thumbnail[surfaces == Surface.TISSUE] = (150, 80, 160)
    return slide_quality(
        thumbnail=thumbnail,
        surface_map=surfaces,
        um_per_px=16.0,
        tiles={"kept": 20, "glass": 30, "ink": 5 * ink, "blurred": blurred, "not sampled": 0},
        sharpness=np.linspace(50, 90, 20, dtype=np.float32),
    )


def surface_map(*, ink: bool = False) -> np.ndarray:
    """40 x 60 pixels, the left half tissue."""
    surfaces = np.full((40, 60), Surface.GLASS, dtype=np.uint8)
    surfaces[:, :30] = Surface.TISSUE
    surfaces[:8, :30] = Surface.INK if ink else Surface.TISSUE
    return surfaces


def picture() -> bytes:
    """JPEG as it lies beside a state."""
    buffer = io.BytesIO()
    Image.fromarray(drawn(np.full((40, 60, 3), 245, dtype=np.uint8), surface_map(ink=True))).save(buffer, "JPEG")
    return buffer.getvalue()


def _stands(state: SlideState, item: WorkItem, kind: str) -> SlideState:
    begun = replace(state.begun(owner="here:1", signature="s"), started=BEGUN)
    if kind == "running":
        return begun
    if kind == "failed":
        return begun.failed(CUT_SHORT, quality=None)
    found = quality(ink=kind == "ink", blurred=20 if kind == "blur" else 1)
    return begun.done(bag=Path(f"{item.stem}.h5"), tiles=20, quality=found.as_json())
