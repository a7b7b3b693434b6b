"""Reports of runs, where `python -m core report` writes them: data/reports/<run>/."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.results import RunFolder


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A report that lies on disk."""

    html: Path
    pdf: Path
    made: str
    """When, in words."""
    outdated: bool
    """True when the run was evaluated anew since."""


def folder(run: RunFolder) -> Path:
    """Where a run's report lies."""
    return run.data / "reports" / run.record.name


def written(run: RunFolder) -> Report | None:
    """The report of a run; None while there is none."""
    html, pdf = folder(run) / "report.html", folder(run) / "report.pdf"
    if not (html.is_file() and pdf.is_file()):
        return None
    made = datetime.fromtimestamp(pdf.stat().st_mtime, UTC)
    evaluated = run.evaluation.written_at
    return Report(
        html=html,
        pdf=pdf,
        made=f"{made:%Y-%m-%d %H:%M} UTC",
        outdated=evaluated is not None and made.replace(microsecond=0) < datetime.fromisoformat(evaluated),
    )
