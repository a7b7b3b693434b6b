"""A slide's features on disk, in our own layout and in those of others."""

from core.slides.bags.file import read_bag, read_provenance, read_thumbnail, read_tile, write_bag

__all__ = ["read_bag", "read_provenance", "read_thumbnail", "read_tile", "write_bag"]
