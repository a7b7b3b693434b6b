"""Findings of a small run whose every table has rows, built from drawn predictions."""

from dataclasses import replace

from core.evaluation import differences, fold_scores
from core.evaluation.rows import (
    CalibrationScore,
    ControlScore,
    Coverage,
    Finding,
    FittedOn,
    FoldBalance,
    ModalityCheck,
    ModalityEffect,
    NetBenefit,
    OperatingPoint,
    Optimism,
    ReliabilityBin,
    SiteClass,
    SubgroupScore,
    SurvivalFinding,
    SurvivalPoint,
    Threshold,
    TrustScore,
)
from core.report import Findings
from tests.stores import CLASSES, SITES, deal, fold_result, run_record, small_dataset

MODELS = ("fused", "image", "genes", "concat", "late", "logistic", "paper")
POSITIVE = CLASSES[1]
HOW = "percentile bootstrap over patients, 200 resamples"
MODES = {"image": "image", "genes": "genes"}


def findings_of(*, models=MODELS, patients=60, accept="", tables=True) -> Findings:
    """A run of drawn predictions, with a row or more of everything an evaluation states."""
    dataset = small_dataset(patients=patients)
    folds = deal(dataset.cohort)
    predictions = tuple(
        one for model in models for fold in folds for one in fold_result(dataset, fold, model=model).predictions
    )
    record = run_record(dataset, name="whole-run", models=models)
    record = replace(record, config={**record.config, "accept": accept, "fit": {"width": 32}})
    scores = fold_scores(predictions, classes=2, seed=0, resamples=100)
    return Findings(
        record=record,
        cohort=dataset.cohort,
        folds=folds,
        predictions=predictions,
        tables={"scores": scores, "differences": differences(predictions, classes=2, seed=0, resamples=100)}
        | (everything(models) if tables else {}),
        judged={"resamples": 200},
    )


def everything(models=MODELS):
    """Rows of all tables but scores and differences."""
    return (
        certificate(models) | calibration(models) | decisions(models) | controls() | follow_up(models) | inside(models)
    )


def certificate(models):
    sites = [SiteClass(site=site, label=label, patients=4 + n) for n, site in enumerate(SITES) for label in CLASSES]
    return {
        "findings": (
            Finding(
                check="patients shared", severity="green", repeat=None, fold=None, count=0, share=0.0,
                sentence="No patient is in training and test at once.",
            ),
            Finding(
                check="sites shared", severity="red", repeat=0, fold=1, count=6, share=1.0,
                sentence="All 6 sites are in training and test at once; train with --split site.",
            ),
        ),
        "site_classes": tuple(sites),
        "balance": tuple(
            FoldBalance(
                repeat=0, fold=fold, label=label, patients=6, even=6.5, sites=2,
                how="dealt by integer programming, proven best",
            )
            for fold in range(5)
            for label in CLASSES
        ),
        "fitted_on": tuple(
            FittedOn(
                what="gene scaler", model=model, repeat=0, fold=fold, patients=48,
                part="training patients of the fold", holds_test=False,
            )
            for model in models
            for fold in range(5)
        ),
    }  # fmt: skip


def calibration(models):
    measures = {"ece": 0.04, "brier": 0.12, "slope": 0.93, "intercept": -0.05}
    return {
        "reliability": tuple(
            ReliabilityBin(
                model=model, mode=MODES.get(model, "both"), calibration="stored", positive=POSITIVE, bin=place,
                predicted=0.1 + 0.2 * place, observed=0.12 + 0.19 * place, low=0.05 + 0.15 * place,
                high=0.25 + 0.18 * place, n=12,
            )
            for model in models
            for place in range(4)
        ),
        "calibration": tuple(
            CalibrationScore(
                model=model, mode=MODES.get(model, "both"), calibration=name, positive=POSITIVE, metric=metric,
                value=value, low=value - 0.02, high=value + 0.02, n=60, how=HOW,
            )
            for model in models
            for name in ("stored", "none", "temperature", "isotonic")
            for metric, value in measures.items()
        ),
    }  # fmt: skip


def decisions(models):
    reached = {"sensitivity": 0.81, "specificity": 0.92, "ppv": 0.83, "npv": 0.9, "prevalence": 0.33}
    return {
        "thresholds": tuple(
            Threshold(
                model=model, mode=MODES.get(model, "both"), positive=POSITIVE, rule="youden", repeat=0, fold=fold,
                value=0.4 + 0.02 * fold,
            )
            for model in models
            for fold in range(5)
        ),
        "operating_points": tuple(
            OperatingPoint(
                model=model, mode=MODES.get(model, "both"), positive=POSITIVE, rule="youden", metric=metric,
                value=value, low=value - 0.1, high=value + 0.05, n=40 if metric == "specificity" else 20, how=HOW,
            )
            for model in models
            for metric, value in reached.items()
        ),
        "net_benefit": tuple(
            NetBenefit(
                model=model, mode=MODES.get(model, "both"), positive=POSITIVE, threshold=step / 20,
                value=0.33 - 0.01 * step, low=0.3 - 0.01 * step, high=0.36 - 0.01 * step,
                treat_all=0.33 - 0.67 * (step / 20) / (1 - step / 20), n=60,
            )
            for model in models
            for step in range(1, 16)
        ),
        "coverage": tuple(
            Coverage(
                model=model, mode=MODES.get(model, "both"), group=group, wanted=0.9, value=0.91, low=0.85, high=0.96,
                decided=0.7, accuracy=0.95, n=60, how="split-conformal",
            )
            for model in models[:3]
            for group in ("all", *CLASSES)
        ),
    }  # fmt: skip


def controls():
    kinds = [("ladder", f"{count} genes", count, 1) for count in (1, 2, 5, 10)]
    kinds += [("ladder", f"{count} random genes", count, 20) for count in (1, 10)]
    kinds += [("confounder", "site", 6, 1), ("confounder", "age and stage", 4, 1), ("left-out site", "A2", 9, 1)]
    return {
        "controls": tuple(
            ControlScore(
                family=family, target="pam50", name=name, inputs=inputs, draws=draws, metric="auroc",
                value=0.6 + 0.03 * inputs, low=0.55, high=0.95, n=60, how=HOW,
            )
            for family, name, inputs, draws in kinds
        ),
        "subgroups": tuple(
            SubgroupScore(
                model=model, mode=MODES.get(model, "both"), by="age", group=group, metric="auroc", value=value,
                low=None if value is None else 0.6, high=None if value is None else 0.97, n=n, smallest=n // 3,
                how=HOW if value else "fewer than 20 patients",
            )
            for model in ("fused", "image")
            for group, value, n in (("under 50", 0.88, 24), ("50 to 59", 0.84, 26), ("70 and over", None, 7))
        ),
        "optimism": (
            Optimism(
                model="image", mode="image", metric="auroc", random=0.9, preserved=0.82, value=0.08, low=0.03,
                high=0.12, n=60, how=HOW,
            ),
        ),
    }  # fmt: skip


def follow_up(models):
    return {
        "survival_curves": tuple(
            SurvivalPoint(
                by=by, group=label, time=12.0 * step, survival=1 - 0.05 * step * (1 + place),
                low=0.95 - 0.06 * step * (1 + place) / 1.2, high=1 - 0.03 * step, at_risk=40 - 4 * step,
            )
            for by in ("true class", *models[:3])
            for place, label in enumerate(CLASSES)
            for step in range(9)
        ),
        "survival": tuple(
            SurvivalFinding(by=by, metric=metric, value=value, low=low, high=high, p=p, n=60, events=18, how=HOW)
            for by in ("true class", "fused")
            for metric, value, low, high, p in (
                ("log-rank p", 0.03, None, None, 0.03),
                ("hazard ratio: Basal/HER2 against Luminal", 1.8, 1.1, 3.0, 0.02),
            )
        ),
    }  # fmt: skip


def inside(models):
    return {
        "modality_effects": tuple(
            ModalityEffect(
                model=model, removed=removed, by="permuted", metric="auroc", whole=0.93, without=0.93 - lost,
                value=lost, low=lost - 0.02, high=lost + 0.02, n=60, contributes=lost > 0.02, how=HOW,
                sentence=f"{model} loses {lost:.3f} without {removed}.",
            )
            for model in ("fused", "paper")
            for removed, lost in (("image", 0.01 if model == "fused" else 0.0), ("genes", 0.2))
        ),
        "modality_checks": (
            ModalityCheck(
                model="paper", modality="image", check="gradient", value=0.0, low=0.0, high=0.0, n=60, passed=False,
                sentence="its output does not change with the image at all.",
            ),
            ModalityCheck(
                model="fused", modality="image", check="gradient", value=0.4, low=0.3, high=0.5, n=60, passed=True,
                sentence="its output changes with the image.",
            ),
        ),
        "trust": (
            TrustScore(
                model="fused", metric="agreement", value=0.62, low=0.55, high=0.7, n=60, trusted=True, how=HOW,
                sentence="The networks of a fold look at much the same tiles.",
            ),
        ),
    }  # fmt: skip
