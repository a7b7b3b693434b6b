"""One slide read: looked at, cut into tiles, the blurred ones left out. What a reader process does with a job."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
from jaxtyping import UInt8

from core.errors import InputError
from core.slides.extraction.messages import Cached, Ended, Failed, Job, Message, Planned, Tiles
from core.slides.formats import open_slide
from core.slides.quality.drawing import drawn
from core.slides.quality.problems import no_tile_reason
from core.slides.quality.record import SlideQuality, slide_quality
from core.slides.quality.sharpness import sharpness
from core.slides.tiles.cutting import Cutter
from core.slides.tiles.planning import TilePlan, content_key, planned

_STEM_CHARACTERS = 120
_PICTURE_PX = 1200
_JPEG_QUALITY = 82


def bag_file(job: Job, content: str) -> Path:
    """Where the slide's bag lies, or will."""
    return job.folder / f"{job.ref.id[:_STEM_CHARACTERS]}-{content[:16]}.h5"


def read_slide(job: Job, *, most: int) -> Iterator[Message]:
    """Everything about a slide, in the order of its making; the last message is `Cached`, `Ended` or `Failed`.

    Args:
        job: the slide and what is asked of it.
        most: tiles in one message.
    """
    try:
        content = content_key(job.ref, tiles=job.tiles, encoder=job.encoder)
        if bag_file(job, content).is_file():
            yield Cached(bag=bag_file(job, content))
            return
        yield from _read(job, content, most=most)
    except InputError as error:
        yield Failed(reason=str(error))


def _read(job: Job, content: str, *, most: int) -> Iterator[Message]:
    ref = job.ref
    with open_slide(ref.path, um_per_px=ref.um_per_px, override=ref.um_override) as slide:
        plan = planned(slide, tiles=job.tiles, stain=job.stain)
        first = _quality(plan, np.empty(0, dtype=np.float32), sent=len(plan.origins))
        picture = _jpeg(_drawn(plan))
        yield Planned(bag=bag_file(job, content), content=content, plan=plan, picture=picture, quality=first.as_json())
        found: list[np.ndarray] = []
        cutter = Cutter.of(slide, side_px=plan.side_px, size_px=job.tiles.size_px, threads=job.threads)
        for numbers, pixels in cutter.in_parts(plan.origins, most=most):
            sharp = sharpness(pixels)
            kept = sharp >= job.tiles.min_sharpness
            found.append(sharp)
            if kept.any():
                yield Tiles(numbers=numbers[kept], pixels=pixels[kept], sharpness=sharp[kept])
    every = np.concatenate(found) if found else np.empty(0, dtype=np.float32)
    sent = int((every >= job.tiles.min_sharpness).sum())
    quality = _quality(plan, every, sent=sent)
    yield Ended(sent=sent, quality=quality.as_json()) if sent else _nothing_left(job, quality)


def _quality(plan: TilePlan, sharp: np.ndarray, *, sent: int) -> SlideQuality:
    return slide_quality(
        thumbnail=plan.looked_at,
        surface_map=plan.surface_map,
        um_per_px=plan.looked_at_um,
        tiles={**plan.counts, "kept": sent, "blurred": len(plan.origins) - sent},
        sharpness=sharp,
    )


def _nothing_left(job: Job, quality: SlideQuality) -> Failed:
    reason = no_tile_reason(
        slide=job.ref.path.name,
        area_mm2=quality.area_mm2,
        tiles=quality.tiles,
        tile_um=job.tiles.size_px * job.tiles.um_per_px,
        least_tissue=job.tiles.min_tissue,
    )
    return Failed(reason=reason, quality=quality.as_json())


def _drawn(plan: TilePlan) -> UInt8[np.ndarray, "h w 3"]:
    """What was found, on the larger of the two thumbnails: small slides are looked at coarsely."""
    height, width = plan.thumbnail.shape[:2]
    if height <= len(plan.surface_map):
        return drawn(plan.looked_at, plan.surface_map)
    surface_map = PIL.Image.fromarray(plan.surface_map).resize((width, height), PIL.Image.Resampling.NEAREST)
    return drawn(plan.thumbnail, np.asarray(surface_map))


def _jpeg(image: UInt8[np.ndarray, "h w 3"]) -> bytes:
    picture = PIL.Image.fromarray(image)
    picture.thumbnail((_PICTURE_PX, _PICTURE_PX))
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()
