"""The pointer file: which generation of the catalogue pages are to read."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from core.results.artefacts import read_sealed, replace_file, sealed
from core.results.encoding import plain

POINTER = "catalog.json"
REBUILD = "rebuild it with: python -m core publish"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pointer:
    """A published generation."""

    generation: int
    file: str
    """Name in the data folder."""
    schema: int
    sha256: str


def write_pointer(data: Path, pointer: Pointer) -> None:
    """Have pages read this generation from now on."""
    replace_file(data / POINTER, sealed(plain(asdict(pointer))))


def read_pointer(data: Path) -> Pointer | None:
    """The newest generation; None while nothing is published.

    Raises:
        InputError: the pointer file is damaged.
    """
    if not (data / POINTER).exists():
        return None
    content = cast(dict[str, Any], read_sealed(data / POINTER, mend=REBUILD))
    return Pointer(**{name: content[name] for name in Pointer.__dataclass_fields__})
