"""What the Models page shows of the chosen runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Int64

from core.evaluation import METRICS, is_main
from core.evaluation.sentences import distinguishable, sentence
from core.types import Difference
from dashboard.views.evaluation.shared import Line, stated
from dashboard.views.predictions import MODES, main_rows, model_order, model_place
from dashboard.views.runs import records
from dashboard.words.wording import MODE_LABELS, NOT_COMPUTED, counted, interval, is_number


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """One pooled value with its interval, and the same of each fold."""

    label: str
    model: str
    value: float
    low: float | None
    high: float | None
    n: int
    folds: tuple[float, ...]
    fold_names: tuple[str, ...] = ()
    """`2`, or with repeats `1.2`; counted from one."""
    fold_bounds: tuple[tuple[float | None, float | None], ...] = ()
    """Interval of each fold's value; None where there is none."""
    fold_n: tuple[int, ...] = ()
    """Patients of each fold."""
    run: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Confusion:
    """True class (rows) against decided class (columns)."""

    label: str
    classes: tuple[str, ...]
    counts: Int64[np.ndarray, "classes classes"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One model minus another on the same patients, in numbers and in words."""

    run: str
    baseline: str
    value: float | None
    low: float | None
    high: float | None
    sentence: str


def score_table(scores: pd.DataFrame) -> pd.DataFrame:
    """One row for each run, model and mode, one column a metric, each cell a value with its interval, in words.

    The columns Run and Patients are left out where they would say the same in every row.
    """
    rows: list[dict[str, str]] = []
    for (run, model, mode), group in _by_model(_pooled(scores)):
        cells = {str(row["metric"]): interval(row["value"], low=row["low"], high=row["high"]) for row in records(group)}
        head = {"Run": run, "Model": model, "Uses": MODE_LABELS[mode], "Patients": f"{int(group['n'].max()):,}"}
        rows.append(head | {metric.label: cells.get(name, NOT_COMPUTED) for name, metric in METRICS.items()})
    table = pd.DataFrame(rows)
    return table.drop(columns=[name for name in ("Run", "Patients") if table[name].nunique() == 1])


def patient_counts(scores: pd.DataFrame) -> str:
    """How many patients the pooled scores rest on: `120 patients`, or `118 to 120 patients`."""
    counts = sorted(set(_pooled(scores)["n"].astype(int)))
    return f"{counts[0]:,} to {counts[-1]:,} patients" if len(counts) > 1 else counted(counts[0], noun="patient")


def not_computed(scores: pd.DataFrame) -> tuple[str, ...]:
    """One sentence for each pooled score that is missing, with the reason."""
    missing = [row for row in records(_pooled(scores)) if not is_number(row["value"])]
    return tuple(
        f"{METRICS[row['metric']].label} of {row['model']} ({MODE_LABELS[row['mode']]}): {row['how']}"
        for row in missing
        if row["metric"] in METRICS
    )


def intervals(scores: pd.DataFrame, *, metric: str) -> tuple[Interval, ...]:
    """Pooled value, interval and fold values of every model in its main mode."""
    main = [is_main(str(model), mode) for model, mode in zip(scores["model"], scores["mode"], strict=True)]
    several = scores["run"].nunique() > 1
    return _intervals(scores[main], metric, lambda run, model, _mode: f"{model} · {run}" if several else model)


def fold_table(rows: Sequence[Interval]) -> pd.DataFrame:
    """One line a model: pooled with interval, mean and spread of the folds, and each fold with its interval."""
    names = list(dict.fromkeys(name for row in rows for name in row.fold_names))
    return pd.DataFrame([_fold_line(row, names) for row in rows])


def _fold_line(row: Interval, names: Sequence[str]) -> dict[str, str]:
    bounds = zip(row.folds, row.fold_bounds, strict=True)
    values = {
        name: interval(value, low=low, high=high)
        for name, (value, (low, high)) in zip(row.fold_names, bounds, strict=True)
    }
    spread = float(np.std(row.folds, ddof=1)) if len(row.folds) > 1 else None
    return {
        "Model": row.label,
        "Pooled": interval(row.value, low=row.low, high=row.high),
        "Mean of folds": interval(float(np.mean(row.folds)) if row.folds else None, low=None, high=None),
        "Spread of folds": interval(spread, low=None, high=None),
        **{f"Fold {name}": values.get(name, NOT_COMPUTED) for name in names},
    }


def mode_intervals(scores: pd.DataFrame, *, metric: str, model: str = "fused") -> tuple[Interval, ...]:
    """The same for one model in each of its modes; nothing when it has only one."""
    mine = scores[scores["model"] == model]
    if mine["mode"].nunique() < 2:
        return ()
    several = mine["run"].nunique() > 1
    return _intervals(
        mine, metric, lambda run, _model, mode: f"{MODE_LABELS[mode]} · {run}" if several else MODE_LABELS[mode]
    )


def confusions(counts: pd.DataFrame, *, classes: Sequence[str]) -> tuple[Confusion, ...]:
    """One table a model in its main mode, from what the store counts of one run."""
    main = main_rows(counts)
    return tuple(
        Confusion(label=model, classes=tuple(classes), counts=_crossed(main[main["model"] == model], len(classes)))
        for model in model_order(main["model"])
    )


def _crossed(counts: pd.DataFrame, classes: int) -> Int64[np.ndarray, "classes classes"]:
    crossed = np.zeros((classes, classes), dtype=np.int64)
    crossed[counts["label"].to_numpy(), counts["predicted"].to_numpy()] = counts["patients"].to_numpy()
    return crossed


def comparisons(differences: pd.DataFrame, *, metric: str) -> tuple[Comparison, ...]:
    """The model in question against every other, one sentence each."""
    chosen = differences[differences["metric"] == metric]
    chosen = chosen.sort_values("baseline", key=lambda names: names.map(model_place), kind="stable")
    return tuple(
        Comparison(
            run=run,
            baseline=row.baseline,
            value=row.value,
            low=row.low,
            high=row.high,
            sentence=sentence(row),
        )
        for run, row in zip(chosen["run"].tolist(), stated(chosen, Difference), strict=True)
    )


def positive_default(classes: Sequence[str]) -> int:
    """The class that curves ask for at first: with two classes the second, as the metrics do."""
    return 1 if len(classes) == 2 else 0


def prevalence(counts: pd.DataFrame, *, positive: int) -> float:
    """Share of the class asked for among the patients of these runs, from what the store counts of them."""
    mine = counts.loc[counts["label"] == positive, "patients"].sum()
    return float(mine / counts["patients"].sum())


def between_lines(rows: Sequence[Difference], *, model: str) -> tuple[Line, ...]:
    """One line a run; hollow where it cannot be told apart from the first."""
    return tuple(
        Line(
            label=one.model.removeprefix(f"{model} of "),
            value=one.value,
            low=one.low,
            high=one.high,
            words=one.how if one.value is None else interval(one.value, low=one.low, high=one.high, signed=True),
            model=model,
            hollow=not distinguishable(one),
        )
        for one in rows
    )


def sentences(compared: Sequence[Comparison]) -> tuple[str, ...]:
    """What the comparisons say, each with its run when there are several."""
    several = len({row.run for row in compared}) > 1
    return tuple(f"{row.sentence} ({row.run})" if several else row.sentence for row in compared)


def _intervals(scores: pd.DataFrame, metric: str, label: Any) -> tuple[Interval, ...]:
    chosen = scores[scores["metric"] == metric]
    made: list[Interval] = []
    for (run, model, mode), group in _by_model(chosen):
        for row in records(_pooled(group)):
            if not is_number(row["value"]):
                continue
            parts = group[group["fold"].notna() & group["value"].notna()]
            made.append(
                Interval(
                    label=label(run, model, mode),
                    model=model,
                    value=float(row["value"]),
                    low=_number(row["low"]),
                    high=_number(row["high"]),
                    n=int(row["n"]),
                    folds=tuple(map(float, parts["value"])),
                    fold_names=_fold_names(parts),
                    fold_bounds=tuple(
                        (_number(low), _number(high)) for low, high in zip(parts["low"], parts["high"], strict=True)
                    ),
                    fold_n=tuple(map(int, parts["n"])),
                    run=run,
                )
            )
    return tuple(made)


def _fold_names(parts: pd.DataFrame) -> tuple[str, ...]:
    repeated = parts["repeat"].nunique() > 1
    pairs = zip(parts["repeat"].tolist(), parts["fold"].tolist(), strict=True)
    return tuple(f"{repeat + 1}.{fold + 1}" if repeated else str(fold + 1) for repeat, fold in pairs)


def _pooled(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[scores["fold"].isna()]


def _by_model(scores: pd.DataFrame) -> list[tuple[tuple[str, str, str], pd.DataFrame]]:
    """Rows by run, model and mode: models in their order, runs as they come, then both modalities, tissue, genes."""
    groups = scores.groupby(["run", "model", "mode"], sort=False, observed=True)
    keyed = [((str(run), str(model), str(mode)), group) for (run, model, mode), group in groups]  # type: ignore[misc]
    runs = list(dict.fromkeys(run for (run, _, _), _ in keyed))

    def place(one: tuple[tuple[str, str, str], pd.DataFrame]) -> tuple[int, int, int]:
        run, model, mode = one[0]
        return model_place(model), runs.index(run), MODES.index(mode)

    return sorted(keyed, key=place)


def _number(value: Any) -> float | None:
    return float(value) if is_number(value) else None
