"""Everything a report is made from: what a finished run states."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from core.errors import InputError
from core.evaluation import is_main
from core.evaluation.rows import CERTIFICATE, TABLES
from core.results import RunFolder
from core.types import Cohort, Fold, Json, Mode, Prediction, RunRecord, Score

Row = TypeVar("Row")
NAMES: Mapping[type[Any], str] = {kind: name for name, kind in {**TABLES, **CERTIFICATE}.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """A run's record, patients, folds and predictions, and the tables of its evaluation by name."""

    record: RunRecord
    cohort: Cohort
    folds: tuple[Fold, ...]
    predictions: tuple[Prediction, ...]
    tables: Mapping[str, tuple[Any, ...]]
    judged: Mapping[str, Json] = field(default_factory=dict)
    """The options of the evaluation."""

    def of(self, kind: type[Row]) -> tuple[Row, ...]:
        """Rows of one type, in the order they were written; none where nothing was computed."""
        return self.tables.get(NAMES[kind], ())

    @property
    def positive(self) -> str:
        """The class that numbers are of; with more than two classes, words that say so."""
        return self.cohort.classes[1] if len(self.cohort.classes) == 2 else "each class against the rest"

    def pooled(self, metric: str, *, model: str, mode: Mode | None = None) -> Score | None:
        """One pooled score; in the main mode when none is given."""
        rows = (one for one in self.of(Score) if one.fold is None and (one.model, one.metric) == (model, metric))
        return next((one for one in rows if (is_main(model, one.mode) if mode is None else one.mode == mode)), None)

    @property
    def shares_sites(self) -> bool:
        """True when a fold has patients of one site in training and test at once."""
        site = {patient.id: patient.site for patient in self.cohort.patients}
        return any({site[one] for one in fold.train} & {site[one] for one in fold.test} for fold in self.folds)

    @property
    def sites(self) -> int:
        """How many sites the analysed patients come from."""
        return len({patient.site for patient in self.cohort.patients})


def read_findings(run: RunFolder) -> Findings:
    """All that a finished run states.

    Raises:
        InputError: the run is not finished, or its files are damaged.
    """
    if not run.finished_run:
        raise InputError(
            f"run {run.record.name!r} is not finished; continue it with train.py, --run and --resume, "
            f"or evaluate it: python -m core evaluate --run {run.record.name}"
        )
    evaluation = {name: run.evaluation.rows(name) for name in TABLES}
    certificate = {name: run.certificate.rows(name) for name in CERTIFICATE}
    return Findings(
        record=run.record,
        cohort=run.cohort(),
        folds=run.folds(),
        predictions=run.predictions(),
        tables=evaluation | certificate,
        judged=run.evaluation.about,
    )
