"""What the Patients page shows: the table of out-of-fold predictions, and one patient's answers."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dashboard.views.predictions import fold_words, main_rows, model_order
from dashboard.views.runs import records
from dashboard.wording import MODE_LABELS, NOT_STATED

CONFIDENT = 0.8
"""A decision at or above this probability counts as confident."""

WARNING_EXAMPLE = "paper"
"""Not asked when models are said to disagree: it cannot see the image."""

CLINICAL_LABELS = {
    "site": "Site",
    "age": "Age (years)",
    "stage": "Stage",
    "sex": "Sex",
    "race": "Race",
    "histology": "Histology",
    "time": "Follow-up (months)",
    "event": "Event (1: it happened)",
}
"""The covariates that Acinus knows; all others are shown under the table's own name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which patients the table lists; an empty choice leaves nobody out."""

    text: str = ""
    """Part of a patient id or site, in any case."""
    wrong: bool = False
    confident_and_wrong: bool = False
    disagreeing: bool = False
    referred: bool = False
    classes: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one model says about one patient."""

    model: str
    uses: str
    probabilities: tuple[float, ...]
    decision: str
    right: bool
    tested_by: str
    """The fold that tested, hence never trained on, this patient."""


def table(
    pooled: pd.DataFrame,
    patients: pd.DataFrame,
    *,
    model: str,
    classes: Sequence[str],
    referred: Collection[str] = (),
) -> pd.DataFrame:
    """One row a patient for the chosen model in its main mode.

    Args:
        pooled: predictions by `views.predictions.pooled`.
        patients: the cohort's patients.
        model: whose decisions.
        classes: names of the classes.
        referred: patients whom the model refers for the assay.

    Returns:
        patient, site, truth, decision, confidence, right, disagreeing (do the run's models, the warning example left
        aside, decide differently), referred, in the order of the patients' ids.
    """
    main = main_rows(pooled)
    mine = main[main["model"] == model].set_index("patient").sort_index()
    asked = main[main["model"] != WARNING_EXAMPLE]
    decisions = asked.groupby("patient", observed=True)["predicted"].nunique()
    sites = patients.set_index("patient")["site"].astype(str)
    return pd.DataFrame(
        {
            "patient": mine.index.astype(str),
            "site": sites.reindex(mine.index).fillna(NOT_STATED).to_numpy(),
            "truth": [classes[label] for label in mine["label"]],
            "decision": [classes[place] for place in mine["predicted"]],
            "confidence": mine["confidence"].to_numpy(),
            "right": (mine["predicted"] == mine["label"]).to_numpy(),
            "disagreeing": (decisions.reindex(mine.index) > 1).to_numpy(),
            "referred": mine.index.isin(list(referred)),
        }
    )


def wanted(rows: pd.DataFrame, want: Wanted) -> pd.DataFrame:
    """The rows of `table` that are asked for, numbered afresh."""
    keep = pd.Series(True, index=rows.index)
    if want.text:
        keep &= (rows["patient"] + " " + rows["site"]).str.contains(want.text.strip(), case=False, regex=False)
    if want.wrong:
        keep &= ~rows["right"]
    if want.confident_and_wrong:
        keep &= ~rows["right"] & (rows["confidence"] >= CONFIDENT)
    if want.disagreeing:
        keep &= rows["disagreeing"]
    if want.referred:
        keep &= rows["referred"]
    if want.classes:
        keep &= rows["truth"].isin(list(want.classes))
    if want.sites:
        keep &= rows["site"].isin(list(want.sites))
    return rows[keep].reset_index(drop=True)


def answers(
    pooled: pd.DataFrame, patient: str, *, classes: Sequence[str], folds: int, repeats: int
) -> tuple[Answer, ...]:
    """What every model says about this patient, in every mode it was asked in.

    Args:
        folds: how many the run has.
        repeats: how often they were dealt.
    """
    mine = pooled[pooled["patient"] == patient]
    order = {model: place for place, model in enumerate(model_order(mine["model"]))}
    rows = sorted(records(mine), key=lambda row: order[row["model"]])
    return tuple(
        Answer(
            model=str(row["model"]),
            uses=MODE_LABELS[row["mode"]],
            probabilities=tuple(float(value) for value in np.asarray(row["probabilities"])),
            decision=classes[int(row["predicted"])],
            right=bool(row["predicted"] == row["label"]),
            tested_by=fold_words(row["folds"], count=folds, repeats=repeats),
        )
        for row in rows
    )


def clinical(patients: pd.DataFrame, patient: str) -> dict[str, str]:
    """The patient's clinical data as stated in the table, the named covariates first."""
    row = records(patients[patients["patient"] == patient])[0]
    named = {name: row[name] for name in ("site", "age", "stage", "sex")}
    stated = {**named, **json.loads(row["covariates"])}
    return {CLINICAL_LABELS.get(name, name): _shown(value) for name, value in stated.items()}


def neighbours(rows: pd.DataFrame, patient: str) -> tuple[str | None, str | None]:
    """Patients before and after this one in the listed order; None at the ends and when it is not listed."""
    listed = rows["patient"].tolist()
    if patient not in listed:
        return None, listed[0] if listed else None
    place = listed.index(patient)
    return listed[place - 1] if place else None, listed[place + 1] if place + 1 < len(listed) else None


def _shown(value: Any) -> str:
    if value is None or value != value:
        return NOT_STATED
    return f"{value:g}" if isinstance(value, float) else str(value)
