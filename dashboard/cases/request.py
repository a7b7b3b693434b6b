"""What is asked about a new case."""

from dataclasses import dataclass
from pathlib import Path

from core.serving.alignment import LEAST_COVERAGE


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What is asked about a case; file names are those inside its folder."""

    run: str
    """Name of the run that answers."""
    bundle: str = ""
    """File name of the bundle that answers for it; empty where the run itself does."""
    slide: str | None = None
    expression: str | None = None
    sample: str = ""
    unit: str = ""
    um_per_px: float | None = None
    min_coverage: float = LEAST_COVERAGE
    by: str = ""
    """Who asks; `dashboard.access` names them."""
    asked: str = ""
    """When it was started, ISO 8601, UTC; empty before."""

    def options(self, folder: Path) -> list[str]:
        """The words of `python -m core predict` that say what is given in this folder, and how it is read."""
        given = {"--sample": self.sample, "--unit": self.unit, "--um-per-px": self.um_per_px}
        given |= {"--min-coverage": self.min_coverage} if self.min_coverage != LEAST_COVERAGE else {}
        # with a value that begins with a dash the two must be one word
        words = [f"{name}={value}" for name, value in given.items() if value]
        files = {"--slide": self.slide, "--expression": self.expression}
        return words + [part for name, file in files.items() if file for part in (name, str(folder / file))]
