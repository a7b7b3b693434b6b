"""The end of a run: controls beside its models, then everything that is evaluated, from what is stored."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from tqdm import tqdm

from core.config import EvaluationSpec
from core.errors import InputError
from core.evaluation.certificate import FITTED_ON, fitted_findings
from core.evaluation.evaluated import evaluated
from core.evaluation.evidence import Evidence
from core.evaluation.optimism import optimism
from core.results.records import SAME
from core.results.run_folder import TWIN, RunFolder, run_names
from core.training.controls import controls
from core.types import Dataset, Json, RunRecord, Score


def add_controls(run: RunFolder, dataset: Dataset, *, folder: Path, workers: int, say: Callable[[str], None]) -> None:
    """Fit the small models beside which the others are judged, unless they are there; `folder` is the cohort's."""
    if run.controls.exists:
        return
    run.progress.stage("controls")
    with tqdm(desc="controls", unit="group") as bar:

        def moved(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        rows = controls(
            dataset,
            run.folds(),
            folder=folder,
            seed=cast(int, run.record.config["seed"]),
            workers=workers,
            say=say,
            progress=moved,
        )
    run.controls.write({"control_predictions": rows})


def judge(run: RunFolder, spec: EvaluationSpec) -> tuple[Score, ...]:
    """Evaluate a run whose folds are all there; beside its random twin, where it has one. Returns the scores.

    Raises:
        InputError: folds or the split certificate are missing, or files are damaged.
    """
    missing = len(run.record.models) * len(run.folds()) - len(run.finished_folds())
    if missing:
        raise InputError(
            f"run {run.record.name} lacks {missing} of its fits; continue it with train.py, --run and --resume"
        )
    if not run.certificate.exists:
        # written anew from nothing it would state no red finding, whatever the folds share
        raise InputError(
            f"the split certificate of run {run.record.name} is not whole; continue the run with train.py, --run and "
            "--resume, which states it again"
        )
    run.progress.stage("judging")
    evidence = run.evidence()
    _certify_fits(run, evidence)
    rows: dict[str, tuple[Any, ...]] = evaluated(evidence, spec)
    twin = random_twin(run)
    if twin is not None:
        rows["optimism"] = optimism(twin.evidence(), evidence, spec)
    run.evaluation.write(rows, about=cast(dict[str, Json], asdict(spec)))
    return run.scores()


def _certify_fits(run: RunFolder, evidence: Evidence) -> None:
    """Adds to the split certificate on whom everything was fitted, now that it is."""
    stated: dict[str, tuple[Any, ...]] = {name: run.certificate.rows(name) for name in run.certificate.kinds}
    before = [finding for finding in stated["findings"] if finding.check != FITTED_ON]
    findings = (*before, *fitted_findings(evidence.fitted))
    # a certificate that is being replaced is not there for a moment: what says the same stays
    if findings != stated["findings"]:
        run.certificate.write(stated | {"findings": findings})


def random_twin(run: RunFolder) -> RunFolder | None:
    """The run with random folds that stands beside this one; None when there is none, or it is not finished.

    A run that only bears the name of one differs in more than the deal, and would be compared for nothing.
    """
    name = run.record.name + TWIN
    twin = RunFolder.open(run.data, name) if name in run_names(run.data) else None
    if twin is None or not twin.finished_run or twin.record.config.get("split") != "random":
        return None
    return twin if _but_for_the_deal(twin.record) == _but_for_the_deal(run.record) else None


def _but_for_the_deal(record: RunRecord) -> Mapping[str, Any]:
    """What two runs must share to differ by their folds alone."""
    config = {name: value for name, value in record.config.items() if name not in ("split", "accept")}
    return {name: getattr(record, name) for name in SAME if name != "models"} | {"config": config}
