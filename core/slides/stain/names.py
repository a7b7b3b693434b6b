"""Ways to bring stains to one reference, by name; the list itself stands in the configuration, where it is checked."""

from core.config import StainName

__all__ = ["StainName"]
