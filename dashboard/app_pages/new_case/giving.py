"""The first steps of a new case: who predicts, what is given, and the start."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import streamlit as st

from core.errors import InputError
from core.serving.alignment import LEAST_COVERAGE
from dashboard import views
from dashboard.access import here
from dashboard.app_pages.new_case import checking, choosing
from dashboard.cases import intake
from dashboard.cases.folder import CaseFolder
from dashboard.cases.intake import Kind
from dashboard.cases.request import Request
from dashboard.cases.unkept import UNKEPT_HOURS
from dashboard.pieces import parts
from dashboard.views.cases.predictors import Predictor

CASE = "case"
"""In the address: the case that is shown."""
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


def steps(data: Path, able: tuple[Predictor, ...], table: Callable[[], None], case: CaseFolder | None) -> None:
    """Choose who answers, give slide and expression, start.

    Args:
        data: the data folder.
        able: bundles and finished runs, at least one.
        table: draws the runs side by side.
        case: what was given so far; None before anything was.
    """
    request = _first(able) if case is None else case.request()
    who = choosing.choose(data, able, request, case, table)
    request = choosing.asking(request, who)
    left, right = parts.pair("case-files")
    with left:
        _file(data, case, request, kind="slide", who=who)
    with right:
        _file(data, case, request, kind="expression", who=who)
    _start(case, request, who)


def _first(able: tuple[Predictor, ...]) -> Request:
    """Nothing given yet; put to who was chosen before the first file, else to the first."""
    named = {choosing.key(one): one for one in able}
    chosen = named.get(st.session_state.get(choosing.CHOSEN, ""), able[0])
    return choosing.asking(Request(run=chosen.run), chosen)


def given_words(case: CaseFolder, name: str) -> str:
    """`SVS, 34 MB`; a file of the intake folder is said to lie there."""
    size = case.given(name)
    told = views.cases.answers.file_words(name, size=size)
    return f"{told}, read where it lies in the intake folder" if (case.path / name).is_symlink() else told


def _file(data: Path, case: CaseFolder | None, request: Request, *, kind: Kind, who: Predictor) -> None:
    number = "2" if kind == "slide" else "3"
    with st.container(border=True, height="stretch"):
        parts.section(f"{number} · {TITLES[kind]}")
        reads = who.reads_slides if kind == "slide" else who.reads_genes
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
    request = replace(request, by=here.doing("predict", f"{kind} given", case=into.id).name)
    name = put(into)
    into.write(replace(request, slide=name) if kind == "slide" else replace(request, expression=name))
    st.query_params[CASE] = into.id
    st.rerun()


def _start(case: CaseFolder | None, request: Request, who: Predictor) -> None:
    parts.section("4 · Check and predict")
    usable = replace(
        request,
        slide=request.slide if who.reads_slides else None,
        expression=request.expression if who.reads_genes else None,
    )
    usable = _options(usable)
    ready = case is not None and (usable.slide is not None or usable.expression is not None)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Check and predict", type="primary", disabled=not ready, icon=":material/play_arrow:") and case:
            checking.start(case, usable)
            st.rerun()
        if case is not None:
            st.button("Discard", icon=":material/close:", key="case-discard", on_click=_discard, args=(case,))
        if not ready:
            st.caption("Give a slide, expression, or both.", width="content")
    st.caption(f":material/lock: {PRIVACY}")


def _discard(case: CaseFolder) -> None:
    here.doing("predict", "case discarded", case=case.id)
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
