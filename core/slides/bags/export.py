"""Our bags for other programs. No one file suits all: CLAM computes in single precision, STAMP wants micrometres."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

import h5py
import numpy as np
from jaxtyping import Shaped

from core.errors import InputError
from core.slides.bags.file import read_bag, read_provenance, tiling
from core.slides.whole_files import write_whole
from core.types import Bag

Layout = Literal["clam", "trident", "stamp"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

Facts = Mapping[str, str | int | float]


def write_layout(bag_file: Path, out: Path, layout: Layout) -> Path:
    """A bag as another program reads it. Where its features come from goes along as attributes.

    Args:
        bag_file: one of our bags.
        out: folder to write to; CLAM's files go to its sub-folder `h5_files`, as CLAM looks for them there.
        layout: "clam", "trident" or "stamp".

    Returns:
        The file: the slide's name with the suffix .h5. The same bag gives the same bytes.

    Raises:
        InputError: the bag is damaged, does not say its resolution (STAMP), or cannot be written.
    """
    bag, facts = read_bag(bag_file), read_provenance(bag_file)
    assert bag.origins is not None and bag.side_px is not None, "our own bags have places"
    match layout:
        case "clam":
            parts = {"features": bag.features.astype(np.float32), "coords": bag.origins}
            return _written(out / "h5_files" / f"{bag.slide}.h5", parts, facts, {})
        case "trident":
            parts = {"features": bag.features, "coords": bag.origins.astype(np.int64)}
            of_features = {"name": bag.slide, "encoder": bag.encoder}
            on = {"features": of_features, "coords": {"name": bag.slide, **tiling(bag.side_px, facts)}}
            return _written(out / f"{bag.slide}.h5", parts, facts, on)
        case "stamp":
            return _written(out / f"{bag.slide}.h5", *_stamp(bag, facts, bag_file), {})


def _stamp(bag: Bag, facts: Facts, file: Path) -> tuple[dict[str, Shaped[np.ndarray, "..."]], Facts]:
    assert bag.origins is not None and bag.side_px is not None, "our own bags have places"
    um, size = facts.get("slide_um_per_px"), facts.get("size_px")
    if not isinstance(um, float) or not isinstance(size, int):
        raise InputError(f"feature file {file} does not say its slide's resolution; extract the slide's features again")
    parts = {"feats": bag.features, "coords": (bag.origins * um).astype(np.float32)}
    own = {
        "extractor": bag.encoder,
        "unit": "um",
        "tile_size_um": bag.side_px * um,
        "tile_size_px": size,
        "feat_type": "tile",
    }
    # STAMP takes a file that names an encoder for one vector a slide
    return parts, {**{name: value for name, value in facts.items() if name != "encoder"}, **own}


def _written(file: Path, parts: Mapping[str, Shaped[np.ndarray, "..."]], facts: Facts, on: Mapping[str, Facts]) -> Path:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as hdf:
        for name, data in parts.items():
            stored = hdf.create_dataset(name, data=data)
            stored.attrs.update(on.get(name, {}))
        # without the checksum, which is of our own layout
        hdf.attrs.update({name: value for name, value in facts.items() if name != "sha256"})
    write_whole(file, buffer.getbuffer(), lasting=True)
    return file
