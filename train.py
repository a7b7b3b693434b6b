"""Train and compare the models of a cohort: cohort -> bags + genes -> folds -> fit -> evaluate -> publish."""

import sys
from dataclasses import replace

import tyro
from tqdm import tqdm

from core.config import EncoderSpec, ModelName, RunSpec
from core.console import certificate_lines, ended, flow_lines, say, score_lines
from core.errors import InputError
from core.results import RunFolder, publish
from core.results.beginning import begun
from core.results.judging import add_controls, judge
from core.results.run_folder import TWIN
from core.training.batches import raw_inputs
from core.training.dataset import Intake, read_dataset, runnable
from core.training.device import chosen_device
from core.training.pool import Unit, at_once, cores, fits, planned
from core.types import Dataset


def train(spec: RunSpec) -> None:
    """From a cohort's folder to the published catalogue: one run, or two when splits are compared."""
    if spec.compare_splits and spec.split == "random":
        raise InputError(
            "--compare-splits holds folds that keep sites apart against random ones; leave out --split random"
        )
    device = chosen_device(spec.device)
    encoder = EncoderSpec(weights=spec.encoder_weights, trunk=spec.trunk, stain=spec.stain)
    intake = read_dataset(
        spec.cohort,
        outcome=spec.outcome,
        tiles=spec.tiles,
        encoder=encoder,
        device=device,
        features=spec.data / "features",
    )
    for line in (*intake.notes, *flow_lines(intake.dataset.cohort), f"image features: {intake.encoder_note}"):
        say(line)
    run = trained(spec, intake, device=device)
    if spec.compare_splits:
        why = f"on purpose: how much better it looks than {run.record.name}, which keeps sites apart"
        trained(
            replace(spec, run=run.record.name + TWIN, split="random", accept=why, resume=True), intake, device=device
        )
        with run.lock():
            judge(run, spec.evaluation)
    publish(spec.data)
    for line in (*score_lines(run.scores()), f"run {run.record.name} is in {run.path} and on the dashboard"):
        say(line)


def trained(spec: RunSpec, intake: Intake, *, device: str) -> RunFolder:
    """One run, trained and evaluated."""
    models = runnable(intake.dataset, spec.models)
    run = begun(spec, intake, models=models, device=device)
    for line in certificate_lines(run.certificate.rows("findings"), accept=spec.accept):
        say(line)
    with run.lock():
        fit_folds(run, spec, intake.dataset, models, device=device)
        add_controls(run, intake.dataset, folder=spec.cohort, workers=cores(), say=say)
        judge(run, spec.evaluation)
    return run


def fit_folds(run: RunFolder, spec: RunSpec, dataset: Dataset, models: tuple[ModelName, ...], *, device: str) -> None:
    """Train every model on every fold that is not finished yet."""
    units: list[Unit] = [(fold, model) for fold in run.folds() for model in models]
    todo: list[Unit] = [(fold, model) for fold, model in units if not run.finished(model, fold)]
    plan, workers = planned(run.record, spec, dataset, device=device), at_once(device)
    run.progress.begin(units, todo=todo, workers=workers)
    with tqdm(total=len(todo), desc="training", unit="fit") as bar:
        for result in fits(raw_inputs(dataset), plan, todo, workers=workers):
            run.write_fold(result)
            run.progress.fitted(result)
            bar.set_postfix_str(f"{result.model}, fold {result.fold.index + 1}")
            bar.update()


if __name__ == "__main__":
    sys.exit(
        ended(
            lambda: train(tyro.cli(RunSpec, description=__doc__)),
            continued="continue with the same command, --run NAME and --resume",
        )
    )
