"""New case: a slide and/or an expression file of one patient, predicted by a trained run outside the page."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.results import Store
from dashboard import figures, intake, parts, views
from dashboard.app_pages import explanation
from dashboard.cases import CaseFolder, Request, Status
from dashboard.intake import Kind
from dashboard.views.cases import CaseView
from dashboard.views.runs import Run

CASE = "case"
UNITS = {"": "as in the run", "counts": "counts", "tpm": "TPM", "log2": "log2", "zscore": "z-scores"}
UPLOAD_MB = 200
Given = UploadedFile | Path | None


def render(store: Store) -> None:
    """The case named by the address, or the form for a new one."""
    bar = parts.heading("New case", question="What do the trained models say about one more patient?")
    asked = st.query_params.get(CASE)
    case = CaseFolder.find(store.data, asked) if asked else None
    runs = tuple(run for run in views.runs.runs(store.runs()) if run.finished)
    if case is not None:
        with bar:
            parts.synthetic_badge(any(run.synthetic for run in runs if run.name == case.request().run))
        _case(case)
        return
    if asked:
        st.warning("The case named in the address does not exist, or was deleted.")
    if not runs:
        parts.no_runs()
        return
    _form(bar, store.data, runs)


def _form(bar: DeltaGenerator, data: Path, runs: tuple[Run, ...]) -> None:
    named = {run.name: run for run in runs}
    with bar:
        badge = st.container(width="content")
        run = named[st.selectbox("Run that predicts", list(named), key="case-run", width=420)]
    with badge:
        parts.synthetic_badge(run.synthetic)
    left, right = st.columns(2, gap="medium", border=True)
    with left:
        slide = _slide(data / "intake", run)
    with right:
        expression = _expression(data / "intake", run)
    request = _options(run, slide=slide, expression=expression)
    nothing = slide is None and expression is None
    if st.button("Predict", type="primary", disabled=nothing, icon=":material/play_arrow:"):
        _start(data, request, slide=slide, expression=expression)
    st.caption(
        f"The files are kept under {data / 'cases'}, in a folder with a random name, until you delete the case. "
        "Their names are not kept. They do not leave this machine."
    )


def _slide(folder: Path, run: Run) -> Given:
    parts.section("H&E slide")
    if not run.reads_slides:
        st.info("This run was not trained on slides, so it cannot read one.")
        return None
    return _given(
        folder, kind="slide", note="One slide of the patient: SVS, TIFF, NDPI, SCN, BIF, DICOM (one file), JPEG, PNG."
    )


def _expression(folder: Path, run: Run) -> Given:
    parts.section("Gene expression")
    if not run.reads_genes:
        st.info("This run was trained without gene expression, so it cannot use any.")
        return None
    return _given(folder, kind="expression", note="Gene symbols and values of the patient: csv, tsv, xlsx or parquet.")


def _given(folder: Path, *, kind: Kind, note: str) -> Given:
    """An upload, or a file of the intake folder; the upload goes first."""
    upload = st.file_uploader(note, key=f"case-{kind}", max_upload_size=UPLOAD_MB)
    files = {file.name: file for file in intake.offered(folder, kind=kind)}
    if not files:
        if kind == "slide":
            st.caption(f"Larger than {UPLOAD_MB} MB? Put the file into {folder} and choose it here.")
        return upload
    chosen = st.selectbox(
        "or from the intake folder", list(files), index=None, key=f"case-{kind}-file", placeholder="Choose a file"
    )
    return upload or (files[chosen] if chosen else None)


def _options(run: Run, *, slide: Given, expression: Given) -> Request:
    with st.expander("Options"):
        resolution, unit, sample = st.columns(3)
        um_per_px = resolution.number_input(
            "Slide resolution (µm per pixel)",
            min_value=0.05,
            max_value=20.0,
            value=None,
            disabled=slide is None,
            help="Only for a slide whose file does not state it: 40× is about 0.25, 20× about 0.5.",
        )
        asked_unit = unit.selectbox(
            "Unit of the expression", list(UNITS), format_func=lambda name: UNITS[name], disabled=expression is None
        )
        asked_sample = sample.text_input(
            "Sample", disabled=expression is None, help="Only for a table with several samples: the name of this one."
        )
    return Request(run=run.name, um_per_px=um_per_px, unit=asked_unit, sample=asked_sample.strip())


def _start(data: Path, request: Request, *, slide: Given, expression: Given) -> None:
    """Checks both files, stores them and starts the prediction; nothing is left behind when one is refused."""
    suffixes = {kind: _suffix(given, kind=kind) for kind, given in _both(slide, expression)}
    case = CaseFolder.new(data)
    names = {kind: _keep(case, given, kind=kind, suffix=suffixes[kind]) for kind, given in _both(slide, expression)}
    case.start(
        Request(
            run=request.run,
            slide=names.get("slide"),
            expression=names.get("expression"),
            sample=request.sample,
            unit=request.unit,
            um_per_px=request.um_per_px,
        )
    )
    st.query_params[CASE] = case.id
    st.rerun()


def _both(slide: Given, expression: Given) -> list[tuple[Kind, UploadedFile | Path]]:
    pairs: list[tuple[Kind, Given]] = [("slide", slide), ("expression", expression)]
    return [(kind, given) for kind, given in pairs if given is not None]


def _suffix(given: UploadedFile | Path, *, kind: Kind) -> str:
    if isinstance(given, Path):
        with given.open("rb") as file:
            return intake.suffix(file.read(intake.HEAD), name=given.name, kind=kind)
    return intake.suffix(bytes(given.getbuffer()[: intake.HEAD]), name=given.name, kind=kind)


def _keep(case: CaseFolder, given: UploadedFile | Path, *, kind: Kind, suffix: str) -> str:
    if isinstance(given, Path):
        return case.link(given, part=kind, suffix=suffix)
    return case.keep(given.getbuffer(), part=kind, suffix=suffix)


def _case(case: CaseFolder) -> None:
    status = case.status()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Another case", icon=":material/add:", on_click=_leave)
        st.button(
            "Delete this case",
            icon=":material/delete:",
            on_click=_delete,
            args=(case,),
            help="Removes its files, its result and what was computed from its slide.",
        )
        st.caption(f"Stored in {case.path}; this page's address finds it again.")
    if status.state == "running":
        _progress(case)
    elif status.state == "failed":
        st.error(status.problem, icon=":material/error:")
        _log(status)
    else:
        _result(case, views.cases.view(case.prediction()))


@st.fragment(run_every=1)
def _progress(case: CaseFolder) -> None:
    status = case.status()
    if status.state != "running":
        st.rerun()
    since = int((datetime.now(UTC) - datetime.fromisoformat(case.request().asked)).total_seconds())
    st.info(
        f"Predicting for {since} s. You can leave this page; it goes on, and this address finds it again.",
        icon=":material/hourglass_top:",
    )
    _log(status)


def _log(status: Status) -> None:
    if status.tail:
        st.code("\n".join(status.tail), language=None, wrap_lines=True)


def _leave() -> None:
    del st.query_params[CASE]


def _delete(case: CaseFolder) -> None:
    case.delete()
    _leave()


def _result(case: CaseFolder, view: CaseView) -> None:
    st.subheader(f"{view.decision}, {view.probability} by {view.leading}", anchor=False)
    st.markdown(f"{view.basis} Run: {view.run}.")
    if view.undecided:
        st.warning(view.undecided, icon=":material/balance:")
    for note in view.notes:
        st.caption(f":material/info: {note}")
    left, right = st.columns([7, 5], gap="medium")
    with right:
        parts.section(
            "What each model says",
            note="Mean over the models of all folds; the bar's whisker and the range show the lowest and the highest.",
        )
        figure = figures.cases.probabilities(view.answers, classes=view.classes)
        parts.chart(figure, key="case-answers", alt="Probabilities by model")
        st.dataframe(views.cases.table(view.answers, classes=view.classes), hide_index=True)
        if view.gene_sets:
            parts.section("Gene sets that moved the decision", note=explanation.SETS_NOTE)
            explanation.gene_sets_chart(view.gene_sets, decision=view.decision, key="case-sets")
    with left:
        _tissue(case, view)


def _tissue(case: CaseFolder, view: CaseView) -> None:
    if not view.slides:
        st.info("No slide was given: there is no attention over tissue to show.")
        return
    parts.section("Where the model looked", note=explanation.ATTENTION_NOTE)
    shown = "Slide alone"
    if view.tiles:
        shown = st.segmented_control("Show", ["Attention", shown], default="Attention", required=True, key="case-map")
    else:
        st.info(f"No attention map: {view.leading} asks the tissue through the gene sets, and no expression was given.")
    for slide in view.slides:
        picture = slide.overlay if shown == "Attention" else slide.thumbnail
        st.image(case.result / picture, width="stretch", caption=f"{slide.tiles} tiles of tissue")
    slide = case.request().slide
    if slide is not None and view.tiles:
        explanation.gallery(view.tiles[: explanation.TOP_TILES], [case.path / slide])
