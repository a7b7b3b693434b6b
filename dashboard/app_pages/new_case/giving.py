"""The first steps of a new case: who predicts, and what is given."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import streamlit as st

from core.errors import InputError
from core.serving.alignment import LEAST_COVERAGE
from dashboard import views
from dashboard.cases import intake
from dashboard.cases.folder import CaseFolder
from dashboard.cases.intake import Kind
from dashboard.cases.request import Request
from dashboard.cases.unkept import UNKEPT_HOURS
from dashboard.pieces import addressed, parts
from dashboard.views.runs import Run
from dashboard.words.wording import listed

CASE = "case"
"""In the address: the case that is shown."""
RUN = "case-run"
UPLOAD_MB = 200
UNITS = {"": "tell it from the values", "counts": "counts", "tpm": "TPM", "log2": "log2", "zscore": "z-scores"}
UP = ".. (one folder up)"
TITLES: dict[Kind, str] = {"slide": "H&E slide", "expression": "Gene expression"}
WANTED: dict[Kind, str] = {
    "slide": "One slide: SVS, TIFF, NDPI, SCN, BIF, DICOM (one file), JPEG or PNG",
    "expression": "Gene symbols and values of one or more samples: csv, tsv (also .gz), xlsx or parquet",
}
PRIVACY = (
    "Files are stored under a random name; their own names are not kept, and nothing leaves this machine. A case that "
    f"you do not keep is removed {UNKEPT_HOURS} hours after something was last done with it."
)


def steps(data: Path, runs: tuple[Run, ...], table: Callable[[], None], case: CaseFolder | None) -> None:
    """Choose a run, give slide and expression, start.

    Args:
        data: the data folder.
        runs: finished ones, at least one.
        table: draws the runs side by side.
        case: what was given so far; None before anything was.
    """
    request = Request(run=st.session_state.get(RUN, runs[0].name)) if case is None else case.request()
    run = _run(runs, request, case, table)
    request = replace(request, run=run.name)
    left, right = parts.pair("case-files")
    with left:
        _file(data, case, request, kind="slide", run=run)
    with right:
        _file(data, case, request, kind="expression", run=run)
    _start(case, request, run)


def given_words(case: CaseFolder, name: str) -> str:
    """`SVS, 34 MB`; a file of the intake folder is said to lie there."""
    size = case.given(name)
    told = views.cases.answers.file_words(name, size=size)
    return f"{told}, read where it lies in the intake folder" if (case.path / name).is_symlink() else told


def _run(runs: tuple[Run, ...], request: Request, case: CaseFolder | None, table: Callable[[], None]) -> Run:
    named = {run.name: run for run in runs}
    parts.section(
        "1 · Who predicts",
        note="A finished run: the models of all its folds answer together, each fold's with its own scaling.",
    )
    addressed.shown(RUN, request.run if request.run in named else runs[0].name)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = named[st.selectbox("Finished run", list(named), key=RUN, width=420, on_change=_choose_run, args=(case,))]
        parts.synthetic_badge(run.synthetic)
        st.text(f"{run.outcome}: {listed(run.classes, most=9)}. Trained {run.facts['Started'][:10]}.", width="content")
    for note in views.runs.encoder_notes([run]):
        st.caption(f":material/warning: {parts.escaped(note)}")
    if len(runs) > 1:
        with st.expander("All finished runs side by side"):
            table()
    return run


def _choose_run(case: CaseFolder | None) -> None:
    """Into the draft, which the page reads anew."""
    if case is not None:
        case.write(replace(case.request(), run=st.session_state[RUN]))


def _file(data: Path, case: CaseFolder | None, request: Request, *, kind: Kind, run: Run) -> None:
    number = "2" if kind == "slide" else "3"
    with st.container(border=True, height="stretch"):
        parts.section(f"{number} · {TITLES[kind]}")
        reads = run.reads_slides if kind == "slide" else run.reads_genes
        if not reads:
            words = "was not trained on slides" if kind == "slide" else "was trained without gene expression"
            st.info(f"This run {words}, so it cannot use any.", icon=":material/info:")
            return
        name = request.slide if kind == "slide" else request.expression
        if case is not None and name is not None:
            _given(case, request, name, kind=kind)
        else:
            _give(data, case, request, kind=kind)


def _given(case: CaseFolder, request: Request, name: str, *, kind: Kind) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"case-{kind}-given"):
        st.badge("Given", icon=":material/check:", color="green")
        st.text(given_words(case, name))
        st.space("stretch")
        if st.button("Remove", icon=":material/close:", key=f"case-{kind}-remove"):
            case.drop(kind)
            case.write(replace(request, slide=None) if kind == "slide" else replace(request, expression=None))
            st.rerun()


def _give(data: Path, case: CaseFolder | None, request: Request, *, kind: Kind) -> None:
    """An upload, or a file of the intake folder; what is no such file is refused where it was given."""
    try:
        _upload(data, case, request, kind=kind)
        _pick(data, case, request, kind=kind)
    except InputError as error:
        st.error(str(error), icon=":material/block:")


def _upload(data: Path, case: CaseFolder | None, request: Request, *, kind: Kind) -> None:
    # another key after each that was taken, so that the server lets go of its bytes
    turn = st.session_state.setdefault(f"case-{kind}-turn", 0)
    upload = st.file_uploader(
        f"{WANTED[kind]}; up to {UPLOAD_MB} MB", key=f"case-{kind}-{turn}", max_upload_size=UPLOAD_MB
    )
    if upload is None:
        return
    content = upload.getbuffer()
    ending = intake.suffix(bytes(content[: intake.HEAD]), name=upload.name, kind=kind)
    st.session_state[f"case-{kind}-turn"] = turn + 1
    _take(data, case, request, kind, lambda into: into.put(content, part=kind, suffix=ending))


def _pick(data: Path, case: CaseFolder | None, request: Request, *, kind: Kind) -> None:
    root = intake.intake_folder(data)
    folder = intake.browse(root, st.session_state.get(f"case-{kind}-inside", ()), kind=kind)
    entries = [*((UP,) if folder.inside else ()), *(f"{name}/" for name in folder.folders), *folder.files]
    if not entries:
        st.caption(f"Larger than {UPLOAD_MB} MB? Put it into the intake folder, {root}, and choose it here.")
        return
    chosen = st.selectbox(
        f"or from the intake folder{''.join(f' / {parts.escaped(name)}' for name in folder.inside)}",
        entries,
        index=None,
        key=f"case-{kind}-pick-{len(folder.inside)}-{hash(folder.inside)}",
        placeholder="Choose a file or a folder",
        help=f"Files of any size that lie in {root} on the server; they are read there, not copied.",
    )
    if chosen is None:
        return
    if chosen not in folder.files:
        st.session_state[f"case-{kind}-inside"] = (
            folder.inside[:-1] if chosen == UP else (*folder.inside, chosen.removesuffix("/"))
        )
        st.rerun()
    source = intake.picked(root, folder.inside, chosen, kind=kind)
    ending = intake.suffix_of(source, kind=kind)
    _take(data, case, request, kind, lambda into: into.link(source, part=kind, suffix=ending))


def _take(data: Path, case: CaseFolder | None, request: Request, kind: Kind, put: Callable[[CaseFolder], str]) -> None:
    into = case or CaseFolder.new(data)
    name = put(into)
    into.write(replace(request, slide=name) if kind == "slide" else replace(request, expression=name))
    st.query_params[CASE] = into.id
    st.rerun()


def _start(case: CaseFolder | None, request: Request, run: Run) -> None:
    parts.section("4 · Check and predict")
    usable = replace(
        request,
        slide=request.slide if run.reads_slides else None,
        expression=request.expression if run.reads_genes else None,
    )
    usable = _options(usable)
    ready = case is not None and (usable.slide is not None or usable.expression is not None)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Check and predict", type="primary", disabled=not ready, icon=":material/play_arrow:") and case:
            case.start(usable)
            st.rerun()
        if case is not None:
            st.button("Discard", icon=":material/close:", key="case-discard", on_click=_discard, args=(case,))
        if not ready:
            st.caption("Give a slide, expression, or both.", width="content")
    st.caption(f":material/lock: {PRIVACY}")


def _discard(case: CaseFolder) -> None:
    case.delete()
    st.query_params.pop(CASE, None)


def _options(request: Request) -> Request:
    """What may be stated beforehand; a check that cannot tell it asks."""
    with st.expander("State what the files do not say (each check asks for it otherwise)"):
        resolution, unit, sample, coverage = st.columns(4)
        um_per_px = resolution.number_input(
            "Slide resolution (µm per pixel)",
            min_value=0.05,
            max_value=20.0,
            value=request.um_per_px,
            disabled=request.slide is None,
            key="case-um",
            help="Only for a slide whose file does not state it: a scan at 40× has about 0.25, at 20× about 0.5.",
        )
        stated = unit.selectbox(
            "Unit of the expression",
            list(UNITS),
            index=list(UNITS).index(request.unit),
            format_func=lambda name: UNITS[name],
            disabled=request.expression is None,
            key="case-unit",
            help="Counts, TPM and log2 values are brought to log2(x + 1) where the run was trained on that.",
        )
        named = sample.text_input(
            "Sample",
            value=request.sample,
            disabled=request.expression is None,
            key="case-sample",
            help="Only for a table of several samples: the name of this one.",
        )
        least = coverage.number_input(
            "Least gene coverage (%)",
            min_value=1,
            max_value=100,
            value=round(100 * request.min_coverage),
            disabled=request.expression is None,
            key="case-coverage",
            help=f"Share of the run's genes that the table must have, {100 * LEAST_COVERAGE:.0f} % unless you change "
            "it. Missing genes are put at the mean of the training patients; too many of them and nothing is told.",
        )
    return replace(request, um_per_px=um_per_px, unit=stated, sample=named.strip(), min_coverage=least / 100)
