"""Train and compare the models of a cohort: cohort -> bags + genes -> folds -> fit -> score -> publish."""

import sys

import tyro
from tqdm import tqdm

from core.config import EncoderSpec, FoldSpec, ModelName, RunSpec
from core.console import ended, flow_lines, say, score_lines
from core.evaluation import differences, fold_scores
from core.results import RunFolder, publish
from core.results.records import begin_or_continue, record_of
from core.training.batches import has_places, raw_inputs
from core.training.cross_validation import FitPlan
from core.training.dataset import read_dataset, runnable
from core.training.device import chosen_device, described
from core.training.folds import deal
from core.training.gene_tokens import gene_tokens
from core.training.pool import Unit, cores, fits
from core.types import Dataset


def train(spec: RunSpec) -> None:
    """One run, from a cohort's folder to the published catalogue."""
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
    models = runnable(intake.dataset, spec.models)
    folds = deal(
        intake.dataset.cohort, FoldSpec(count=spec.folds, repeats=spec.repeats, split=spec.split), seed=spec.seed
    )
    record = record_of(spec, intake, models=models, device=described(device))
    run = begin_or_continue(spec.data, record, resume=spec.resume)
    with run.lock():
        run.write_dataset(intake.dataset, folds)
        fit_folds(run, spec, intake.dataset, models, device=device)
        predictions, classes = run.predictions(), len(record.classes)
        scores = fold_scores(predictions, classes=classes, seed=spec.seed)
        run.write_scores(scores, differences(predictions, classes=classes, seed=spec.seed))
    publish(spec.data)
    for line in (*score_lines(scores), f"run {record.name} is in {run.path} and on the dashboard"):
        say(line)


def fit_folds(run: RunFolder, spec: RunSpec, dataset: Dataset, models: tuple[ModelName, ...], *, device: str) -> None:
    """Train every model on every fold that is not finished yet."""
    raw = raw_inputs(dataset)
    plan = FitPlan(
        classes=len(run.record.classes),
        tokens=gene_tokens(run.record.genes, run.record.gene_sets),
        spec=spec.fit,
        seed=spec.seed,
        device=device,
        tiles_have_places=has_places(dataset),
    )
    todo: list[Unit] = [(fold, model) for fold in run.folds() for model in models if not run.finished(model, fold)]
    with tqdm(total=len(todo), desc="training", unit="fit") as bar:
        for result in fits(raw, plan, todo, workers=cores()):
            run.write_fold(result)
            bar.set_postfix_str(f"{result.model}, fold {result.fold.index + 1}")
            bar.update()


if __name__ == "__main__":
    sys.exit(
        ended(
            lambda: train(tyro.cli(RunSpec, description=__doc__)),
            continued="continue with the same command, --run NAME and --resume",
        )
    )
