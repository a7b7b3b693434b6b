"""Extraction of image features: `python -m core features`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar

from core.config import EncoderSpec, TileSpec
from core.errors import InputError
from dashboard.jobs.task import Kind, Task, option, path


@dataclass(frozen=True, kw_only=True, slots=True)
class Extraction:
    """What is asked of `python -m core features`."""

    kind: ClassVar[Kind] = "extraction"
    program: ClassVar[tuple[str, ...]] = ("-m", "core", "features")

    cohort: str
    """Folder with cohort.toml."""
    encoder_weights: str = "imagenet"
    trunk: str = "resnet50"
    stain: str = "none"
    tiles: TileSpec = field(default_factory=TileSpec)
    retry: bool = False
    """Whether slides that failed too often are tried once more."""

    @property
    def title(self) -> str:
        """The cohort's folder."""
        return Path(self.cohort).name or self.cohort

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Extraction | None":
        """What a work list or a job was asked for with; None when it does not tell."""
        plain, known = EncoderSpec(), {one.name for one in fields(TileSpec)}
        try:
            tiles = {name: value for name, value in dict(settings.get("tiles") or {}).items() if name in known}
            return cls(
                cohort=str(settings["cohort"]),
                encoder_weights=str(settings.get("encoder_weights") or plain.weights),
                trunk=str(settings.get("trunk") or plain.trunk),
                stain=str(settings.get("stain") or plain.stain),
                tiles=TileSpec(**tiles),
                retry=settings.get("retry") is True,
            )
        except (KeyError, TypeError, ValueError, InputError):
            return None

    def settings(self) -> dict[str, Any]:
        """All of it, as JSON holds it."""
        return asdict(self)

    def same_as(self, other: Task | None) -> bool:
        """Whether both give the same bags."""
        return isinstance(other, Extraction) and self._key() == other._key()

    def options(self, data: Path) -> list[str]:
        """The words after the program; what is as by default is left out."""
        weights, plain = self.encoder_weights, EncoderSpec()
        words = ["--cohort", path(self.cohort), "--data", path(str(data))]
        words += ["--encoder-weights", weights if weights in ("imagenet", "random") else path(weights)]
        words += option("--trunk", self.trunk) if self.trunk != plain.trunk else []
        words += option("--stain", self.stain) if self.stain != plain.stain else []
        for name, value in asdict(self.tiles).items():
            if value != getattr(TileSpec(), name):
                words += [f"--tiles.{name.replace('_', '-')}", str(value)]
        return [*words, "--retry"] if self.retry else words

    def refused(self, data: Path) -> str | None:
        """Several may share a work list, so that nothing but the same job is in the way."""
        del data
        return None

    def with_retry(self) -> "Extraction":
        """The same, trying once more what failed too often."""
        return replace(self, retry=True)

    def _key(self) -> tuple[object, ...]:
        weights = self.encoder_weights
        file = weights if weights in ("imagenet", "random") else str(Path(weights).resolve())
        return (Path(self.cohort).resolve(), file, self.trunk, self.stain, self.tiles)
