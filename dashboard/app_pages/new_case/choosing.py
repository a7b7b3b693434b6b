"""The first step of a new case: which bundle or run answers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

from core.errors import InputError
from core.serving.bundle import open_bundle
from dashboard import views
from dashboard.cases.folder import CaseFolder
from dashboard.cases.request import Request
from dashboard.folders.bundles import bundle_files, bundles_folder
from dashboard.pieces import addressed, parts
from dashboard.views.cases.predictors import BY_BUNDLE, Predictor
from dashboard.views.runs import Run

CHOSEN = "case-run"
FEW_MODELS = 2
NOTE = (
    "A bundle is a finished run frozen into one file, of this machine or from elsewhere. A run that is not frozen "
    "answers the same. The models of all its folds answer together, each fold's with its own scaling."
)


def predictors(data: Path, runs: Sequence[Run]) -> tuple[Predictor, ...]:
    """Bundles first, then finished runs; bundles that cannot be used are told."""
    found: list[Predictor] = []
    for path in bundle_files(data):
        stat = path.stat()
        read = _read(path, stat.st_mtime_ns, stat.st_size)
        if isinstance(read, str):
            st.warning(parts.escaped(f"{read}."), icon=":material/gpp_bad:")
        else:
            found.append(read)
    return (*found, *(views.cases.predictors.of_run(run) for run in runs))


def choose(
    data: Path, able: Sequence[Predictor], request: Request, case: CaseFolder | None, table: Callable[[], None]
) -> Predictor:
    """One of them, with what has to be known of it; `table` draws the runs side by side."""
    by_key = {key(one): one for one in able}
    parts.section("1 · Who predicts", note=NOTE)
    asked = f"{BY_BUNDLE}/{request.bundle}" if request.bundle else request.run
    addressed.shown(CHOSEN, asked if asked in by_key else key(able[0]))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = by_key[
            st.selectbox(
                "Bundle or finished run",
                list(by_key),
                format_func=lambda one: by_key[one].label,
                key=CHOSEN,
                width=420,
                on_change=_put,
                args=(case, able),
            )
        ]
        parts.synthetic_badge(chosen.synthetic)
        st.text(chosen.predicts, width="content")
    if chosen.caution:
        st.caption(f":material/warning: {parts.escaped(chosen.caution)}")
    _about(data, chosen)
    if sum(one.kind != BY_BUNDLE for one in able) > 1:
        with st.expander("All finished runs side by side"):
            table()
    return chosen


def key(one: Predictor) -> str:
    """What the choice keeps; no run's name has a slash."""
    return f"{BY_BUNDLE}/{one.name}" if one.kind == BY_BUNDLE else one.name


def asking(request: Request, chosen: Predictor) -> Request:
    """The request, put to the one that was chosen."""
    return replace(request, run=chosen.run, bundle=chosen.name if chosen.kind == BY_BUNDLE else "")


@st.cache_resource(max_entries=32, show_spinner="Verifying the bundle …")
def _read(path: Path, changed: int, size: int) -> Predictor | str:
    """What a bundle says of itself, or why it is refused; verified once while its file stays as it is."""
    assert changed and size >= 0
    try:
        bundle = open_bundle(path)
    except InputError as error:
        return str(error)
    found = views.cases.predictors.of_bundle(path.name, bundle)
    bundle.close()
    return found


def _put(case: CaseFolder | None, able: Sequence[Predictor]) -> None:
    """Into the draft, which the page reads anew."""
    if case is not None:
        chosen = next(one for one in able if key(one) == st.session_state[CHOSEN])
        case.write(asking(case.request(), chosen))


def _about(data: Path, chosen: Predictor) -> None:
    if chosen.about is None:
        out = bundles_folder(data) / f"{chosen.name}.acinus"
        st.caption(f"To freeze it: `python -m core bundle --run {chosen.name} --data {data} --out {out}`")
        return
    with st.expander("What this bundle says of itself"):
        models = list(dict.fromkeys(one.model for one in chosen.about.metrics))[:FEW_MODELS]
        parts.facts(views.cases.predictors.facts(chosen.about, models=models), alt="About the bundle")
