"""What the topics of the Evaluation page are put together from."""

import shlex
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.results import Store
from dashboard import figures, views
from dashboard.pieces import parts, tables
from dashboard.views.evaluation.shared import Answer, Banner, Line
from dashboard.views.runs import Run
from dashboard.words import measures

LINES = 3
"""Most ways in which numbers were made that are told at once."""


def question(text: str) -> None:
    """What a topic answers."""
    st.header(text, anchor=False)


def section(title: str, table: pd.DataFrame, *, name: str, run: Run, note: str | None = None) -> None:
    """Heading of a chart or table, with all rows of its table as CSV at the other end of the line."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(title, anchor=False, help=note, width="content")
        st.space("stretch")
        if not table.empty:
            parts.csv_button(table, label="All numbers (CSV)", name=f"acinus-{run.name}-{name}.csv", quiet=True)


def missing(what: str, *, store: Store, run: Run) -> None:
    """What an empty table says: what is not there, and which command computes it."""
    st.info(
        f"{what} not computed for this run. `{evaluate(store, run)}` evaluates it anew from what it stored; "
        "nothing is trained. What was not stored then needs a new run of `train.py`.",
        icon=":material/info:",
    )


def evaluate(store: Store, run: Run) -> str:
    """The command that evaluates a run anew."""
    return shlex.join(["python", "-m", "core", "evaluate", "--run", run.name, "--data", str(store.data)])


def banner(found: Banner) -> None:
    """A sentence in a frame, with an icon, and words that say what the colour does."""
    if found.tone == "red":
        st.error(found.text, icon=":material/gpp_bad:")
    elif found.tone == "amber":
        st.warning(f"**Caution.** {found.text}", icon=":material/warning:")
    else:
        st.success(found.text, icon=":material/check_circle:")


def metric(table: pd.DataFrame, *, key: str) -> str:
    """The chosen metric of those in the table; AUROC at first."""
    names = views.evaluation.shared.metrics_of(table)
    first = "auroc" if "auroc" in names else names[0]
    return (
        st.segmented_control(
            "Metric",
            names,
            default=first,
            format_func=views.evaluation.shared.metric_label,
            key=key,
            required=True,
            label_visibility="collapsed",
            wrap=True,
        )
        or first
    )


def meaning(metric: str) -> None:
    """What the chosen metric says, for who does not know it."""
    said = measures.sentence(metric)
    if said:
        st.caption(f"{measures.label(metric)}: {said}")


def answer(table: pd.DataFrame, *, key: str, label: str = "Model") -> Answer:
    """The chosen model with its mode; the fused model in its main mode at first."""
    found = views.evaluation.shared.answers(table)
    return st.selectbox(label, found, format_func=views.evaluation.shared.answer_label, key=key, width=300) or found[0]


def positive(table: pd.DataFrame, *, key: str) -> str:
    """The class that is asked for; with two classes there is no choice."""
    names = tuple(dict.fromkeys(table["positive"].tolist()))
    if len(names) == 1:
        return names[0]
    return st.selectbox("Class against the rest", names, key=key, width=260) or names[0]


def forest(
    lines: Sequence[Line],
    *,
    key: str,
    alt: str,
    x: str,
    reference: float | None = None,
    reference_name: str = "",
    logarithmic: bool = False,
) -> None:
    """A forest plot; its text alternative lists the numbers. Without any number, a list of why there is none."""
    if not any(line.value is not None for line in lines):
        st.caption("\n".join(f"- {parts.escaped(line.label)}: {line.words}" for line in lines if line.words))
        return
    figure = figures.evaluation.forests.forest(
        lines, x=x, reference=reference, reference_name=reference_name, logarithmic=logarithmic
    )
    told = "; ".join(f"{line.label}: {line.words}" for line in lines if line.words)
    parts.chart(figure, key=key, alt=f"{alt}. {told}")


def table(shown: pd.DataFrame, *, alt: str, notes: Mapping[str, str] | None = None) -> None:
    """A table of words; headings that are not plain explain themselves, by `notes` or by what pages share."""
    told = {name: (notes or {}).get(name) or measures.heading(name) for name in shown.columns}
    tables.words(shown, alt=alt, notes=told)


def made_by(rows: Sequence[object]) -> None:
    """How the numbers above were made, and why some are missing."""
    for sentence in views.evaluation.shared.notes(rows)[:LINES]:
        st.caption(sentence)
    for sentence in views.evaluation.shared.reasons(rows)[:LINES]:
        st.caption(f":material/info: {sentence}")
