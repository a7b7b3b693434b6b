"""The beginning of a run: its patients are dealt into folds, and what is to be known of the folds is stated."""

from core.config import FoldSpec, ModelName, RunSpec
from core.evaluation.certificate import Certificate, certificate, require_accepted
from core.evaluation.circularity import derivation
from core.results.records import continued, record_of
from core.results.run_folder import RunFolder
from core.training.content import content_of
from core.training.dataset import Intake
from core.training.device import described
from core.training.folds import Deal, dealt


def begun(spec: RunSpec, intake: Intake, *, models: tuple[ModelName, ...], device: str) -> RunFolder:
    """The run's folder with its folds: a new one, or with `resume` the one that was begun under this name.

    Raises:
        InputError: the name is taken (without `resume`), what was begun differs in what numbers depend on, or the split
            certificate has red findings that nobody accepted.
    """
    record = record_of(spec, intake, models=models, device=described(device))
    before = continued(spec.data, record) if spec.resume else None
    if before is not None and before.certificate.exists:
        before.write_dataset(intake.dataset, before.folds())
        return before
    asked = FoldSpec(count=spec.folds, repeats=spec.repeats, split=spec.split)
    deal = dealt(intake.dataset.cohort, asked, seed=spec.seed)
    stated = _certificate(spec, intake, deal)
    require_accepted(stated, spec.accept)
    run = before or RunFolder.create(spec.data, record)
    with run.lock():
        run.write_dataset(intake.dataset, deal.folds)
        run.certificate.write(
            {"findings": stated.findings, "site_classes": stated.site_classes, "balance": stated.balance}
        )
    return run


def _certificate(spec: RunSpec, intake: Intake, deal: Deal) -> Certificate:
    data = intake.dataset
    derived = derivation(
        data.cohort.outcome,
        declared=intake.derived_from,
        genes=data.expression is not None,
        image=data.bags is not None,
    )
    return certificate(
        data.cohort, deal.folds, split=spec.split, content=content_of(data), derived=derived, how=deal.how
    )
