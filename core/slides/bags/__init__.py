"""A slide's features on disk, in our own layout and in those of others."""

from core.slides.bags.export import LAYOUTS, Layout, write_layout
from core.slides.bags.file import read_bag, read_provenance, read_thumbnail, read_tile, write_bag
from core.slides.bags.foreign import read_foreign_bag
from core.slides.bags.gathering import read_bags

__all__ = [
    "LAYOUTS",
    "Layout",
    "read_bag",
    "read_bags",
    "read_foreign_bag",
    "read_provenance",
    "read_thumbnail",
    "read_tile",
    "write_bag",
    "write_layout",
]
