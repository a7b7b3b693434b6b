"""A case whose checks are made, or whose check asks or failed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from dashboard import views
from dashboard.access import here
from dashboard.cases.folder import CaseFolder, Status
from dashboard.cases.request import Request
from dashboard.pieces import parts
from dashboard.views.cases.checks import CheckLine, Question
from dashboard.views.extraction import duration

MANY = 40
"""Names of missing genes that are shown without being asked for."""


def running(case: CaseFolder) -> None:
    """The checks one by one, until the process has ended."""
    _progress(case)
    st.caption("You can leave: it goes on without this page. This address, and the Jobs page, find it again.")


@st.fragment(run_every=1)
def _progress(case: CaseFolder) -> None:
    status = case.status()
    if status.state != "running":
        st.rerun()
    asked = case.request().asked
    since = (datetime.now(UTC) - datetime.fromisoformat(asked)).total_seconds() if asked else 0
    found = case.checks()
    share, words = views.cases.checks.progress(found)
    words = "Waiting for other predictions to end" if status.waiting else words
    st.progress(share, text=f"{words}, for {duration(max(0, since))}")
    lines(_plain(case), missing=False)
    _log(status)


def ended_early(case: CaseFolder, status: Status) -> None:
    """Why there is no answer, and what lets it go on: an answer to what a check asks, or other files."""
    question = views.cases.checks.question(case.checks())
    if status.state == "stopped":
        st.warning(status.problem, icon=":material/stop_circle:")
    elif question is None:
        st.error(parts.escaped(_begun(status.problem)), icon=":material/error:")
    else:
        ask(case, question)
    with st.container(horizontal=True):
        if question is None:
            st.button("Try again", icon=":material/replay:", key="case-again", on_click=_again, args=(case,))
        st.button(
            "Change what was given",
            icon=":material/edit:",
            key="case-change",
            on_click=case.reopen,
            help="Back to the first steps; the files stay given.",
        )
    # what failed stands above in full
    lines([replace(one, sentence="") if one.failed else one for one in _plain(case)], missing=True)
    _log(status)


def ask(case: CaseFolder, question: Question) -> None:
    """What only a person can answer; the case goes on with the same files."""
    with st.container(border=True, key="case-question"):
        st.markdown(f":material/help: **{parts.escaped(_begun(case.plain(question.sentence)))}**")
        answer = _answer(question)
        if st.button("Go on", type="primary", icon=":material/play_arrow:", disabled=answer is None, key="case-go-on"):
            assert answer is not None
            start(case, replace(case.request(), **{question.asks: answer}))  # type: ignore[arg-type]
            st.rerun()


def lines(checks: Sequence[CheckLine], *, missing: bool) -> None:
    """A line a check; with `missing`, the names of missing genes below theirs."""
    with st.container(key="case-checks", gap="xsmall"):
        for one in checks:
            sentence = parts.escaped(one.sentence) if one.sentence else one.word
            took = f" :gray[{one.took}]" if one.took else ""
            st.markdown(f":{one.colour}[:material/{one.icon}:] **{one.title}.** {sentence}{took}")
            if missing and one.genes:
                genes(one.genes)


def genes(missing: Sequence[str]) -> None:
    """Names of missing genes."""
    told = ", ".join(missing)
    with st.expander(f"Missing genes ({len(missing):,})", expanded=len(missing) <= MANY):
        st.text(told)


def start(case: CaseFolder, request: Request) -> None:
    """Begins checks and prediction, for who looks at the page."""
    here.doing("predict", "prediction begun", run=request.run, case=case.id)
    case.start(request)


def _again(case: CaseFolder) -> None:
    start(case, case.request())


def _plain(case: CaseFolder) -> list[CheckLine]:
    found = views.cases.checks.lines(case.checks(), over=not case.running)
    return [replace(one, sentence=_begun(case.plain(one.sentence))) for one in found]


def _begun(sentence: str) -> str:
    return f"{sentence[:1].upper()}{sentence[1:]}"


def _answer(question: Question) -> str | float | None:
    if question.asks == "um_per_px":
        return st.number_input(
            "Micrometres per pixel", min_value=0.05, max_value=20.0, value=None, step=0.05, key="case-answer-um"
        )
    if question.asks == "unit":
        index = question.choices.index(question.suggested) if question.suggested in question.choices else None
        return st.radio(
            "Unit of the values",
            question.choices,
            index=index,
            format_func=views.cases.answers.unit_words,
            horizontal=True,
            key="case-answer-unit",
        )
    return st.selectbox(
        "Sample", question.choices, index=None, placeholder="Choose or type the sample", key="case-answer-sample"
    )


def _log(status: Status) -> None:
    if status.tail:
        with st.expander("What the process wrote"):
            st.code("\n".join(status.tail), language=None, wrap_lines=True)
