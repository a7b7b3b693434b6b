"""Small data folders with finished runs, written by the code that writes real ones. For tests of rooms that read them.

The predictions are drawn, not trained: `genes` is strong, `image` weak, `fused` a little better than both.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import tifffile

from core.config import EvaluationSpec
from core.evaluation import main_mode
from core.evaluation.certificate import certificate
from core.results import RunFolder, publish
from core.results.judging import judge
from core.types import (
    Bag,
    Cohort,
    ControlPrediction,
    Dataset,
    Exclusion,
    Explanation,
    Expression,
    Fold,
    FoldResult,
    GeneSets,
    Mode,
    Neighbour,
    Patient,
    Prediction,
    Probe,
    RunRecord,
    Scrutiny,
    SlideRef,
)

MODELS = ("fused", "image", "genes", "concat")
CLASSES = ("Luminal", "Basal/HER2")
SITES = ("A2", "BH", "E2", "AR", "D8", "OL")
GENE_SETS = {
    "Proliferation": ("MKI67", "AURKA", "CCNB1"),
    "Luminal": ("ESR1", "PGR", "FOXA1"),
    "Basal": ("KRT5", "KRT14", "EGFR"),
    "HER2 amplicon": ("ERBB2", "GRB7"),
}
GENES = tuple(gene for genes in GENE_SETS.values() for gene in genes)
SKILL = {"fused": 2.6, "genes": 2.2, "concat": 2.3, "late": 2.2, "logistic": 2.0, "paper": 1.8, "image": 1.0}
"""Distance of the two classes' mean logits, in standard deviations."""
SPEC = EvaluationSpec(resamples=200, smallest_group=10)
"""How drawn runs are judged: quickly."""
SIDE_PX, GRID = 112, (4, 3)
"""Tile side in level-0 pixels, columns and rows of tiles."""
ENCODER = "resnet50-random-0"


def write_store(
    data: Path, *, runs: int = 2, patients: int = 60, models: Sequence[str] = MODELS, slides: bool = False
) -> Path:
    """Write `runs` finished runs, named run-0, run-1, ..., publish them and return the data folder.

    With `slides`, every patient has real slides (TIFF) with bags, and `fused` and `image` attention over their tiles.
    """
    for number in range(runs):
        write_run(data, name=f"run-{number}", seed=number, patients=patients, models=models, slides=slides)
    publish(data)
    return data


def write_run(
    data: Path,
    *,
    name: str = "run-0",
    seed: int = 0,
    patients: int = 60,
    models: Sequence[str] = MODELS,
    slides: bool = False,
    folds: int = 5,
    finish: bool = True,
) -> RunFolder:
    """Write one run through RunFolder; without `finish` it lacks the last fold of the last model and the scores."""
    dataset = small_dataset(patients=patients, slides=data if slides else None)
    dealt = deal(dataset.cohort, folds=folds, seed=seed)
    run = RunFolder.create(data, run_record(dataset, name=name, models=models, seed=seed))
    with run.lock():
        run.write_dataset(dataset, dealt)
        stated = certificate(dataset.cohort, dealt, split="site", content={}, derived="", how="drawn at random")
        run.certificate.write({name: getattr(stated, name) for name in run.certificate.kinds})
        wanted = [(model, fold) for model in models for fold in dealt]
        for model, fold in wanted if finish else wanted[:-1]:
            run.write_fold(fold_result(dataset, fold, model=model, seed=seed))
        if finish:
            run.controls.write({"control_predictions": controls(dataset, seed=seed)})
            judge(run, SPEC)
    return run


def small_dataset(*, patients: int = 60, slides: Path | None = None) -> Dataset:
    """A cohort of two classes from six sites, with expression, some gaps and some excluded patients.

    With a data folder for `slides`, every patient has a real TIFF, some have two, each with its bag.
    """
    generator = np.random.default_rng(7)
    people = tuple(_patient(number, generator, slides) for number in range(patients))
    ids = tuple(person.id for person in people)
    cohort = Cohort(
        name="Synthetic test cohort",
        outcome="pam50",
        classes=CLASSES,
        patients=people,
        exclusions=(
            Exclusion(patient="TCGA-ZZ-0001", stage="outcome", reason="pam50 is BRCA_Normal, which is no class"),
            Exclusion(patient="TCGA-ZZ-0002", stage="expression", reason="no sample in the expression table"),
            Exclusion(patient="TCGA-ZZ-0003", stage="tiles", reason="no tissue found on the slide"),
        ),
        synthetic=True,
        fingerprint="f" * 64,
    )
    values = generator.normal(size=(patients, len(GENES))).astype(np.float32)
    return Dataset(
        cohort=cohort,
        expression=Expression(patients=ids, genes=GENES, values=values, unit="log2"),
        gene_sets=GeneSets(source="Acinus modules", members=GENE_SETS),
        bags=None if slides is None else {one.id: _bags(one, slides) for one in people},
    )


def run_record(dataset: Dataset, *, name: str, models: Sequence[str] = MODELS, seed: int = 0) -> RunRecord:
    """A run record as train.py writes it."""
    return RunRecord(
        name=name,
        started=f"2025-01-{1 + seed % 28:02d}T10:00:00+00:00",
        command="python train.py --cohort cohorts/test",
        commit="0" * 40,
        versions={"acinus": "0.1.0", "torch": "2.14.0"},
        hardware={"cpu": "2 cores", "device": "cpu"},
        config={
            "cohort": "cohorts/test",
            "seed": seed,
            "split": "site",
            "folds": 5,
            "repeats": 1,
            "images": "slides" if dataset.bags else None,
            "encoder_weights": "random",
            "trunk": "resnet50",
            "stain": "none",
        },
        cohort=dataset.cohort.fingerprint,
        cohort_name=dataset.cohort.name,
        cohort_folder="cohorts/test",
        synthetic=dataset.cohort.synthetic,
        outcome=dataset.cohort.outcome,
        classes=dataset.cohort.classes,
        models=tuple(models),
        encoder=ENCODER if dataset.bags else "none",
        encoder_note="ResNet-50 with seeded random weights: for demonstration, not for results"
        if dataset.bags
        else "no images",
        genes=GENES,
        unit="log2",
        clip=None,
        gene_sets=GENE_SETS,
        gene_sets_source="Acinus modules",
    )


def deal(cohort: Cohort, *, folds: int = 5, repeats: int = 1, seed: int = 0) -> tuple[Fold, ...]:
    """Random folds of both classes; each patient is tested once per repeat."""
    made: list[Fold] = []
    for repeat in range(repeats):
        order = np.random.default_rng([seed, repeat]).permutation(len(cohort.patients))
        # class by class, so that every test fold holds both
        ranked = sorted(order, key=lambda row: cohort.patients[row].label)
        for index in range(folds):
            test = ranked[index::folds]
            rest = [row for row in ranked if row not in set(test)]
            made.append(
                Fold(
                    repeat=repeat,
                    index=index,
                    train=tuple(cohort.patients[row].id for row in rest),
                    inner=tuple(tuple(cohort.patients[row].id for row in rest[part::4]) for part in range(4)),
                    test=tuple(cohort.patients[row].id for row in test),
                )
            )
    return tuple(made)


def fold_result(dataset: Dataset, fold: Fold, *, model: str, seed: int = 0) -> FoldResult:
    """What one trained fold gives, with drawn predictions."""
    people = {person.id: person for person in dataset.cohort.patients}
    modes: tuple[Mode, ...] = ("both", "image", "genes") if model == "fused" else (main_mode(model),)
    generator = np.random.default_rng([seed, fold.repeat, fold.index, *model.encode()])
    predictions, inner = (
        tuple(
            _prediction(people[patient], fold, model=model, mode=mode, generator=generator)
            for mode in modes
            for patient in patients
        )
        for patients in (fold.test, fold.train)
    )
    test = [people[patient] for patient in fold.test]
    return FoldResult(
        model=model,
        fold=fold,
        predictions=predictions,
        weights={"layer.weight": generator.normal(size=(4, 3)).astype(np.float32), "scale": np.float32([1.5])},
        settings={
            "model": model,
            "epochs": 12,
            "temperature": 1.1,
            "validation_auroc": [0.6, 0.7],
            "fitted": [
                {
                    "what": "gene scaler",
                    "patients": len(fold.train),
                    "part": "training patients of the fold",
                    "holds_test": False,
                }
            ],
        },
        explanations={patient: _explanation(dataset, patient, model, generator) for patient in fold.test},
        inner=inner,
        probes=_probes(test, fold, model=model, generator=generator) if main_mode(model) == "both" else (),
        scrutiny=tuple(_scrutiny(person, fold, model=model, dataset=dataset, generator=generator) for person in test),
        neighbours=_neighbours(fold) if model == "fused" else (),
        embeddings=_embeddings(fold) if model == "fused" else None,
    )


def controls(dataset: Dataset, *, seed: int = 0) -> tuple[ControlPrediction, ...]:
    """Predictions of a few controls, as training would leave them."""
    generator = np.random.default_rng([seed, 99])
    asked = [
        ("confounder", "stain", 8, 0, 0.3),
        ("confounder", "all confounders", 20, 0, 0.5),
        ("ladder", "all genes", 11, 0, 2.4),
        ("ladder", "without PAM50", 4, 0, 2.0),
        ("ladder", "ESR1, PGR, ERBB2", 3, 0, 1.8),
        *(("ladder", "random 3", 3, draw, 0.8) for draw in range(3)),
        ("left-out site", "genes", 11, 0, 2.2),
    ]
    return tuple(
        ControlPrediction(
            family=family,  # type: ignore[arg-type]
            target=dataset.cohort.outcome,
            name=f"{name} · {person.site}" if family == "left-out site" else name,
            inputs=inputs,
            draw=draw,
            patient=person.id,
            label=person.label,
            probabilities=_shares(skill * (person.label - 0.5) + generator.normal()),
        )
        for family, name, inputs, draw, skill in asked
        for person in dataset.cohort.patients
    )


def _patient(number: int, generator: np.random.Generator, slides: Path | None) -> Patient:
    name = f"TCGA-{SITES[number % len(SITES)]}-{number:04d}"
    scans = [f"{name}-01Z-00-DX{scan + 1}" for scan in range(2 if number % 10 == 0 else 1)]
    return Patient(
        id=name,
        label=int(number % 3 == 0),
        site=SITES[number % len(SITES)],
        slides=()
        if slides is None
        else tuple(SlideRef(id=scan, path=slides / "slides" / f"{scan}.tiff") for scan in scans),
        covariates={
            "age": None if number % 10 == 0 else float(generator.integers(30, 85)),
            "stage": None if number % 8 == 0 else ("Stage I", "Stage II", "Stage III")[number % 3],
            "sex": "Female",
            "race": ("White", "Black or African American", None)[number % 3],
            "histology": "IDC" if number % 4 else "ILC",
            "time": float(generator.exponential(60)),
            "event": float(generator.random() < 0.3),
        },
    )


def _bags(patient: Patient, data: Path) -> tuple[Bag, ...]:
    return tuple(_bag(ref, data / "features" / ENCODER / f"{ref.id}.h5") for ref in patient.slides)


def _bag(ref: SlideRef, file: Path) -> Bag:
    """A bag of 12 tiles and the slide they are cut from, written once: runs share them."""
    from core.slides import read_bag, write_bag  # only here: opens the slide libraries

    if file.exists():
        return read_bag(file)
    generator = np.random.default_rng(list(ref.id.encode()))
    columns, rows = GRID
    origins = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2) * SIDE_PX
    stain = generator.integers((150, 60, 130), (240, 150, 210), size=(rows, columns, 3))
    image = np.kron(stain, np.ones((SIDE_PX, SIDE_PX, 1))).astype(np.uint8)
    ref.path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(
        ref.path,
        image,
        photometric="rgb",
        tile=(SIDE_PX, SIDE_PX),
        resolution=(10_000, 10_000),  # a micrometre a pixel
        resolutionunit="CENTIMETER",
    )
    bag = Bag(
        slide=ref.id,
        features=generator.normal(size=(len(origins), 8)).astype(np.float16),
        origins=origins.astype(np.int32),
        side_px=float(SIDE_PX),
        encoder=ENCODER,
        source=ref.path,
        file=file,
    )
    write_bag(
        file,
        bag=bag,
        thumbnail=image[::2, ::2].copy(),
        thumbnail_px=2.0,
        provenance={"um_per_px": 1.0, "slide_um_per_px": 1.0},
    )
    return bag


def _prediction(person: Patient, fold: Fold, *, model: str, mode: Mode, generator: np.random.Generator) -> Prediction:
    skill = SKILL[model] if mode == main_mode(model) else SKILL[mode]
    # most of what makes a patient hard is the same for every model, so that the better model wins in small cohorts too
    hardness = np.random.default_rng(list(person.id.encode())).normal()
    logit = skill * (person.label - 0.5) + hardness + 0.2 * generator.normal()
    return Prediction(
        model=model,
        repeat=fold.repeat,
        fold=fold.index,
        patient=person.id,
        label=person.label,
        mode=mode,
        probabilities=_shares(logit),
        uncalibrated=_shares(1.7 * logit),
    )


def _shares(logit: float) -> tuple[float, float]:
    positive = float(1 / (1 + np.exp(-logit)))
    return 1 - positive, positive


def _probes(people: Sequence[Patient], fold: Fold, *, model: str, generator: np.random.Generator) -> tuple[Probe, ...]:
    """Without the image a little is lost, without the genes much."""
    return tuple(
        Probe(
            model=model,
            repeat=fold.repeat,
            fold=fold.index,
            patient=person.id,
            label=person.label,
            removed=removed,  # type: ignore[arg-type]
            by=by,  # type: ignore[arg-type]
            draw=draw,
            probabilities=_shares(skill * (person.label - 0.5) + generator.normal()),
        )
        for removed, skill in (("image", SKILL["genes"]), ("genes", SKILL["image"]))
        for by, draw in (("permuted", 0), ("permuted", 1), ("mean", 0))
        for person in people
    )


def _scrutiny(person: Patient, fold: Fold, *, model: str, dataset: Dataset, generator: np.random.Generator) -> Scrutiny:
    maps = dataset.bags is not None and model in ("fused", "image")
    drawn = [float(value) for value in generator.random(7)]
    return Scrutiny(
        model=model,
        repeat=fold.repeat,
        fold=fold.index,
        patient=person.id,
        image_gradient=None if model == "genes" else drawn[0],
        genes_gradient=None if model == "image" else drawn[1],
        tile_entropy=drawn[2] if maps else None,
        agreement=drawn[3] if maps else None,
        deletion=drawn[4] - 0.3 if maps else None,
        insertion=drawn[5] - 0.3 if maps else None,
        completeness=None if model == "image" else drawn[6] / 100,
    )


def _neighbours(fold: Fold) -> tuple[Neighbour, ...]:
    """Ten drawn training patients for every tested one."""
    generator = np.random.default_rng([fold.repeat, fold.index, 5])
    return tuple(
        Neighbour(
            model="fused",
            repeat=fold.repeat,
            fold=fold.index,
            patient=patient,
            neighbour=neighbour,
            rank=rank,
            similarity=1 - rank / 20,
        )
        for patient in fold.test
        for rank, neighbour in enumerate(generator.permutation(fold.train)[:10].tolist(), start=1)
    )


def _embeddings(fold: Fold) -> np.ndarray:
    generator = np.random.default_rng([fold.repeat, fold.index, 6])
    return generator.normal(size=(len(fold.train), 4, 6)).astype(np.float32)


def _explanation(dataset: Dataset, patient: str, model: str, generator: np.random.Generator) -> Explanation:
    nothing = Explanation(tile_attention=None, token_attention=None, contributions=None, tokens=(), sets=())
    sets = tuple(GENE_SETS)
    if model in ("fused", "genes"):
        weights = generator.random(len(sets)).astype(np.float32)
        effects = generator.normal(size=len(sets)).astype(np.float32)
        nothing = replace(
            nothing,
            token_attention=weights / weights.sum(),
            contributions=effects,
            sets=sets,
            gene_attributions=np.random.default_rng(list(patient.encode())).normal(size=len(GENES)).astype(np.float32),
        )
    if model in ("fused", "image") and dataset.bags is not None:
        tokens = sets if model == "fused" else ("tissue",)
        tiles = sum(len(bag.features) for bag in dataset.bags[patient])
        attention = generator.random((len(tokens), tiles)).astype(np.float32) ** 3
        return replace(nothing, tile_attention=attention / attention.sum(axis=1, keepdims=True), tokens=tokens)
    return nothing
