"""The form that starts a training: everything by default as the command has it, and the command it comes to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import streamlit as st

from core.cohort.manifest import read_manifest
from core.cohort.sources import Manifest
from core.config import NEEDS, FitSpec, FoldSpec, ModelName, RunSpec, StainName
from core.errors import InputError
from dashboard import jobs
from dashboard.access import here
from dashboard.folders import cohorts
from dashboard.jobs import Check, Training, command_line
from dashboard.jobs.training import weights
from dashboard.pieces import one_job
from dashboard.words.field_notes import field_notes
from dashboard.words.wording import MODEL_NOTES

NOTES = field_notes(RunSpec)
QUICK = RunSpec(cohort=Path(), folds=3, fit=FitSpec(epochs=5))
"""To see within minutes that everything fits together."""
SCANNED = ("slides", "tiles")
CHECK_S = 1.0
FORM, BEGUN, PROPOSED = "train-form", "train-begun", "train-proposed"
"""Whether the form is open, whether a training was just begun with it, and the moment in the name it proposes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """What the form holds."""

    training: Training
    manifest: Manifest


def form(data: Path, *, expanded: bool = False) -> None:
    """Starts a training, for those who may; nothing of it is read before it is opened."""
    if not here.allowed("work"):
        return
    if st.session_state.pop(BEGUN, False):
        st.session_state[FORM] = False
    box = st.expander(
        "Train a new run", icon=":material/model_training:", expanded=expanded, key=FORM, on_change="rerun"
    )
    if not box.open:
        return
    with box:
        try:
            chosen = _asked(data)
            if chosen is not None:
                _begin(data, chosen)
        except InputError as error:
            st.warning(str(error), icon=":material/edit:")


def _asked(data: Path) -> Chosen | None:
    """What is asked; None before a cohort is chosen.

    Raises:
        InputError: something that is asked cannot be.
    """
    folder, name, outcome = st.columns([5, 4, 3])
    cohort = folder.selectbox(
        "Cohort folder",
        cohorts.known(data, asked=()),
        accept_new_options=True,
        placeholder="Choose a folder or type a path",
        key="train-cohort",
        help=NOTES["cohort"],
    )
    if not cohort:
        st.caption("Choose a folder that holds a cohort.toml, or type its path.")
        return None
    manifest = read_manifest(Path(cohort.strip()))
    proposed = _proposed(manifest.name)
    run = name.text_input("Name of the run", proposed, key=f"train-run-{proposed}", help=NOTES["run"])
    spec = RunSpec(
        cohort=Path(cohort.strip()),
        data=data,
        run=run.strip(),
        outcome=_outcome(outcome, manifest),
        **_design(manifest),
        **_scans(manifest),
        **_accepted(),
    )
    # checks them as the command will
    FoldSpec(count=spec.folds, repeats=spec.repeats, split=spec.split)
    return Chosen(training=Training(spec=spec), manifest=manifest)


def _outcome(column: Any, manifest: Manifest) -> str:
    own = manifest.outcome.column
    chosen = column.selectbox(
        "Outcome",
        [own, *(name for name in manifest.other_outcomes if name != own)],
        accept_new_options=True,
        key=f"train-outcome-{manifest.file}",
        help=NOTES["outcome"],
    )
    return "" if chosen in (own, None) else str(chosen).strip()


def _design(manifest: Manifest) -> dict[str, Any]:
    """Models, folds and fits."""
    plain, quick = RunSpec(cohort=Path()), QUICK
    models, length = st.columns([7, 5])
    picked: list[ModelName] = models.multiselect(
        "Models", able(manifest), placeholder="All that the cohort allows", key="train-models", help=_model_help()
    )
    is_quick = (
        length.segmented_control(
            "Length",
            ("full", "quick look"),
            default="full",
            required=True,
            key="train-length",
            help=f"full: up to {plain.fit.epochs} epochs. quick look: {quick.folds} folds, at most "
            f"{quick.fit.epochs} epochs: to see that everything fits together, not for results.",
        )
        == "quick look"
    )
    usual = quick if is_quick else plain
    columns = st.columns([3, 2, 2, 2, 3], vertical_alignment="bottom")
    split = columns[0].segmented_control(
        "Split", ("site", "random"), default=plain.split, required=True, key="train-split", help=NOTES["split"]
    )
    # their keys differ by length, so that each length begins with its own numbers
    counts = {
        name: columns[place].number_input(
            name.capitalize(), least, 100_000, getattr(usual, name), key=f"train-{name}-{is_quick}", help=NOTES[name]
        )
        for place, (name, least) in enumerate((("folds", 2), ("repeats", 1), ("seed", 0)), start=1)
    }
    twin = columns[4].checkbox(
        "Compare with random folds", key="train-compare", disabled=split == "random", help=NOTES["compare_splits"]
    )
    return {
        "models": tuple(picked),
        "split": split or plain.split,
        "compare_splits": twin and split != "random",
        "fit": usual.fit,
        **counts,
    }


def able(manifest: Manifest) -> list[ModelName]:
    """The models that the cohort's modalities allow."""
    image, genes = manifest.images is not None, manifest.expression is not None
    return [model for model, (tissue, rna) in NEEDS.items() if (image or not tissue) and (genes or not rna)]


def _scans(manifest: Manifest) -> dict[str, Any]:
    """How slides are encoded; only asked where there are some."""
    if manifest.images is None or manifest.images.kind not in SCANNED:
        return {}
    encoder, stain = st.columns([6, 6])
    chosen = encoder.selectbox(
        "Encoder weights",
        ("imagenet", "random"),
        accept_new_options=True,
        key="train-weights",
        help=f"{NOTES['encoder_weights']} Random weights are for demonstration only.",
    )
    found = weights((chosen or "imagenet").strip())
    if isinstance(found, Path) and not found.is_file():
        raise InputError(f'there is no file of encoder weights "{found}"; type its path, or choose imagenet')
    method = stain.selectbox("Bring stains to a reference", get_args(StainName), key="train-stain", help=NOTES["stain"])
    return {"encoder_weights": found, "stain": method or "none"}


def _accepted() -> dict[str, Any]:
    text = st.text_input(
        "Why red findings of the split certificate are accepted",
        key="train-accept",
        placeholder="Leave empty: a run whose split is in doubt then stops before its first fit, and says why",
        help=NOTES["accept"],
    )
    return {"accept": " ".join(text.split())}


def _begin(data: Path, chosen: Chosen) -> None:
    """The command, and what can be done with it."""
    training = chosen.training
    refused = training.refused(data)
    if refused:
        st.warning(f"{refused[:1].upper()}{refused[1:]}.", icon=":material/edit:")
    st.code(command_line(training, data), language=None, wrap_lines=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Start training", type="primary", icon=":material/play_arrow:", key="train-start", disabled=bool(refused)
        )
        check = st.button(
            "Who is analysed?",
            icon=":material/fact_check:",
            key="train-check",
            help="Reads the cohort's tables, not its slides, and says who is left out and why. Nothing is written.",
        )
        st.caption("It runs beside this page: closing the browser or stopping the server does not stop it.")
    asked = Check(cohort=str(training.spec.cohort), outcome=training.spec.outcome)
    earlier = jobs.find(data, asked)
    if check and (earlier is None or not earlier.status().busy):
        one_job.begin(data, asked)
    if pressed:
        one_job.begin(data, training)
        st.session_state.pop(PROPOSED, None)
        st.session_state[BEGUN] = True
        st.rerun()
    _checked(data, asked)


def _checked(data: Path, asked: Check) -> None:
    """What the newest check of this cohort said, followed until it ends."""
    job = jobs.find(data, asked)
    if job is not None:
        st.fragment(_answer, run_every=CHECK_S if job.status().busy else None)(data, asked, job.status().busy)


def _answer(data: Path, asked: Check, was_busy: bool) -> None:
    job = jobs.find(data, asked)
    if job is None:
        return
    status = job.status()
    if status.busy:
        st.caption(":material/hourglass_top: Reading the tables of this cohort …")
        return
    if was_busy:
        st.rerun()
    if status.state == "done":
        st.caption(f"Read {job.asked[:16].replace('T', ' ')} UTC:")
        st.code(job.log().decode(errors="replace").strip(), language=None, wrap_lines=True)
    else:
        st.badge("The cohort cannot be read as it is", icon=":material/error:", color="red")
        st.text(status.problem or "The check was stopped before it ended.")


def _proposed(cohort: str) -> str:
    """A name that says what and when, the same until a training is begun."""
    moment = st.session_state.setdefault(PROPOSED, f"{datetime.now(UTC):%Y%m%d-%H%M%S}")
    slug = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in cohort.lower()).strip("-")
    return f"{slug[:60] or 'run'}-{moment}"


def _model_help() -> str:
    return "\n\n".join([NOTES["models"], *(f"**{name}**: {note}" for name, note in MODEL_NOTES.items())])
