"""A bag on disk: one HDF5 file a slide, with where its features come from. Written once, whole or not at all."""

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
import PIL.Image
from jaxtyping import Float, Int32, UInt8

from core.errors import InputError
from core.slides.formats.reader import open_slide
from core.slides.whole_files import write_whole
from core.types import Bag

_JPEG_QUALITY = 85


def write_bag(
    file: Path,
    *,
    bag: Bag,
    thumbnail: UInt8[np.ndarray, "h w 3"],
    thumbnail_px: float,
    provenance: Mapping[str, str | int | float],
) -> None:
    """Writes a bag under a temporary name, then renames it: a killed job leaves no half file under the final one.

    Args:
        file: where to.
        bag: features are stored as float16, origins as int32.
        thumbnail: the whole slide, for maps drawn over it.
        thumbnail_px: level-0 pixels per pixel of the thumbnail.
        provenance: how the features were made; stored as attributes. The same input gives the same bytes.

    Raises:
        InputError: the disk is full or the folder is not to be written to.
    """
    assert bag.origins is not None and bag.side_px is not None, "tiles of a slide have places"
    features = bag.features.astype(np.float16)
    origins = bag.origins.astype(np.int32)
    facts = {"slide": bag.slide, "encoder": bag.encoder, "side_px": bag.side_px, "source": str(bag.source or "")}
    # Put together in memory: a full disk then meets one plain write, not HDF5's own flushing.
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as hdf:
        # TRIDENT and what was built on it look for these beside the numbers
        hdf.create_dataset("features", data=features).attrs.update({"name": bag.slide, "encoder": bag.encoder})
        places = hdf.create_dataset("coords", data=origins)
        places.attrs.update({"name": bag.slide, **tiling(bag.side_px, provenance)})
        jpeg = hdf.create_dataset("thumbnail", data=np.frombuffer(_jpeg(thumbnail), dtype=np.uint8))
        jpeg.attrs["level0_px_per_px"] = thumbnail_px
        for name, value in {**provenance, **facts, "sha256": _digest(features, origins)}.items():
            hdf.attrs[name] = value
    write_whole(file, buffer.getbuffer(), lasting=True)


def read_bag(file: Path) -> Bag:
    """A bag that was written; its contents are checked against their SHA-256.

    Raises:
        InputError: the file is not there, is no bag, or is damaged.
    """
    if not file.is_file():
        raise InputError(f"feature file {file} is missing; extract the slide's features again")
    try:
        with h5py.File(file, "r") as hdf:
            features, origins = np.asarray(hdf["features"]), np.asarray(hdf["coords"])
            facts = _attributes(hdf.attrs)
    except (OSError, KeyError, RuntimeError) as error:
        raise _damaged(file) from error
    if facts.get("sha256") != _digest(features, origins):
        raise _damaged(file)
    return Bag(
        slide=str(facts["slide"]),
        features=features,
        origins=origins,
        side_px=float(facts["side_px"]),
        encoder=str(facts["encoder"]),
        source=Path(str(facts["source"])) if facts["source"] else None,
        file=file,
    )


def read_thumbnail(file: Path) -> tuple[UInt8[np.ndarray, "h w 3"], float]:
    """The slide's thumbnail from a bag, and level-0 pixels per pixel of it.

    Raises:
        InputError: the file is not there, is no bag, or is damaged.
    """
    try:
        with h5py.File(file, "r") as hdf:
            stored = hdf["thumbnail"]
            jpeg, scale = np.asarray(stored).tobytes(), float(_attributes(stored.attrs)["level0_px_per_px"])
        with PIL.Image.open(io.BytesIO(jpeg)) as image:
            return np.asarray(image.convert("RGB")), scale
    except (OSError, KeyError, RuntimeError) as error:
        raise _damaged(file) from error


def read_tile(
    source: Path, *, origin: tuple[int, int], side_px: float | int, out_px: int = 224
) -> UInt8[np.ndarray, "{out_px} {out_px} 3"]:
    """One tile of a slide as the encoder saw it.

    Args:
        source: the slide file.
        origin: top-left corner (x, y), level-0 pixels.
        side_px: on the slide, level-0 pixels.
        out_px: side of the result.

    Raises:
        InputError: the slide is gone, damaged or not readable there.
    """
    # Places are in pixels, so a slide without resolution needs none here.
    with open_slide(source, um_per_px=1.0) as slide:
        x, y = (int(at) for at in origin)
        return slide.region(x=x, y=y, side_px_w=side_px, side_px_h=side_px, out_w=out_px, out_h=out_px)


def read_provenance(file: Path) -> dict[str, str | int | float]:
    """How a bag's features were made.

    Raises:
        InputError: the file is not there, is no bag, or is damaged.
    """
    try:
        with h5py.File(file, "r") as hdf:
            return _attributes(hdf.attrs)
    except (OSError, RuntimeError) as error:
        raise _damaged(file) from error


def tiling(side_px: float, facts: Mapping[str, str | int | float]) -> dict[str, int]:
    """How a slide was cut, in TRIDENT's words: as far as it is known, and in whole numbers, as it has them.

    Args:
        side_px: tile side in level-0 pixels.
        facts: provenance of a bag.
    """
    known = {"patch_size": facts.get("size_px"), "level0_width": facts.get("slide_width")}
    known["level0_height"] = facts.get("slide_height")
    for name, resolution in (("level0_magnification", "slide_um_per_px"), ("target_magnification", "um_per_px")):
        um = facts.get(resolution)
        # 10 um/px is what 1x means
        known[name] = round(10 / um) if isinstance(um, float) else None
    return {
        "patch_size_level0": round(side_px),
        "overlap": 0,
        **{name: value for name, value in known.items() if isinstance(value, int) and value > 0},
    }


def _attributes(attrs: h5py.AttributeManager) -> dict[str, str | int | float]:
    return {name: value.item() if isinstance(value, np.generic) else str(value) for name, value in attrs.items()}


def _damaged(file: Path) -> InputError:
    return InputError(f"feature file {file} is missing or damaged; delete it and extract the slide's features again")


def _digest(features: Float[np.ndarray, "tiles dim"], origins: Int32[np.ndarray, "tiles 2"]) -> str:
    digest = hashlib.sha256(features.tobytes())
    digest.update(origins.tobytes())
    return digest.hexdigest()


def _jpeg(image: UInt8[np.ndarray, "h w 3"]) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(image).save(buffer, format="JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()
