"""About: what this is, where its data lies, how to cite it, and what its words and numbers mean."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from core.results import RunFolder, Store
from dashboard import views
from dashboard.pieces import parts, tables
from dashboard.views.about import Place, Word

GLOSSARY = views.about.ROOT / "docs" / "glossary.md"
SIZES_S = 60
"""Seconds until sizes on disk are looked up again."""


def render(data: Path) -> None:
    """One topic at a time, which stands in the address; needs no trained model."""
    parts.heading("About", question="What is this, where does its data lie, and how is it cited?")
    st.warning(f"**{views.about.USE[1]}**", icon=":material/shield:")
    first = next(iter(TOPICS))
    topic = st.segmented_control(
        "Topic", list(TOPICS), default=first, key="about", bind="query-params", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    TOPICS[topic or first](data)


def _use(_: Path) -> None:
    left, right = parts.pair("about-use")
    with left:
        parts.section("Research use only")
        st.markdown("\n".join(f"- {sentence}" for sentence in views.about.USE))
    with right:
        parts.section("Versions", note="Each run keeps those that it was made with; see Models, Record.")
        parts.facts(_software(), alt="Versions of what runs")


def _places(data: Path) -> None:
    parts.section("What leaves this machine")
    st.markdown(views.about.LEAVES)
    parts.section("Where the data lies")
    st.code(str(data.absolute()), language=None)
    found = _sizes(data)
    if not found:
        st.info("The data folder is empty. Run `make demo` to fill it.", icon=":material/info:")
        return
    table = pd.DataFrame([[one.name, one.size, f"{one.files:,}", one.holds, one.lost, one.path] for one in found])
    table.columns = ["What", "Size", "Files", "Holds", "When it is lost", "Path"]
    tables.words(table, alt="What lies in the data folder", notes={"When it is lost": "What brings it back."})


def _cards(data: Path) -> None:
    parts.section("Model cards", note="Made from what the run states; nothing in a card was typed by hand.")
    store = Store.open(data)
    runs = views.runs.runs(store.runs()) if store else ()
    if store:
        store.close()
    names = [run.name for run in runs if run.finished]
    if not names:
        parts.no_runs()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Run", names, key="about-run", width=420)
        text = _card(data, name, RunFolder.open(data, name).evaluation.written_at or "")
        st.download_button(
            "Model card (Markdown)",
            text,
            file_name=f"acinus-model-card-{name}.md",
            mime="text/markdown",
            icon=":material/download:",
            on_click="ignore",
            key="download-card",
        )
    with st.container(border=True, key="model-card"):
        # the page has a title of its own
        st.markdown(re.sub("^#", "##", text, flags=re.MULTILINE))


def _cite(_: Path) -> None:
    software, year = _software(), datetime.now(UTC).year
    parts.section("How to cite", note="The copy button stands at the right end of each box.")
    st.markdown(
        "State the version and the commit: they say which code made your numbers. Cite the cohorts' authors too."
    )
    st.code(views.about.citation(software, year=year), language=None, wrap_lines=True)
    st.markdown("**BibTeX**")
    st.code(views.about.bibtex(software, year=year), language=None)
    parts.section("Licences")
    tables.words(pd.DataFrame(views.about.LICENCES, columns=["Part", "Licence", "Text"]), alt="Licences")
    st.caption("Other packages are installed under their own licences and are not part of Acinus.")


def _words(_: Path) -> None:
    parts.section("Words and numbers", note="One word per idea, the same on every page and in every document.")
    known = views.about.glossary(GLOSSARY.read_text(encoding="utf-8") if GLOSSARY.is_file() else "")
    asked = st.text_input("Search", placeholder="A word, or part of a meaning", key="about-search", width=420)
    found = views.about.sought(known, asked)
    if not found:
        st.info("No word fits; search for less.", icon=":material/search_off:")
        return
    _listed(found)


def _listed(words: tuple[Word, ...]) -> None:
    """In two columns, each word with its meaning under it."""
    half = -(-len(words) // 2)
    for column, own in zip(parts.pair("words"), (words[:half], words[half:]), strict=True):
        column.markdown("\n\n".join(f"**{parts.escaped(one.word)}**: {one.meaning}" for one in own))


def _keys(_: Path) -> None:
    parts.section("Keyboard", note="Every control of every page is reached without a mouse.")
    for column, (where, keys) in zip(st.columns(len(views.about.KEYS)), views.about.KEYS.items(), strict=True):
        with column:
            st.markdown(f"**{where}**")
            parts.facts(keys, alt=f"Keys: {where}")


@st.cache_data(show_spinner=False)
def _software() -> Mapping[str, str]:
    return views.about.software()


@st.cache_data(show_spinner="Looking up sizes …", ttl=SIZES_S)
def _sizes(data: Path) -> tuple[Place, ...]:
    return views.about.places(data)


@st.cache_data(show_spinner="Writing the card …", max_entries=8)
def _card(data: Path, name: str, written: str) -> str:
    """Kept until the run is evaluated anew, which changes `written`."""
    assert written is not None
    # takes a second to import, which no other page needs to wait for
    from core.report import read_findings
    from dashboard.views.model_card import model_card

    return model_card(read_findings(RunFolder.open(data, name)))


TOPICS: Mapping[str, Callable[[Path], None]] = {
    "Use and versions": _use,
    "Data and privacy": _places,
    "Model cards": _cards,
    "Cite and licences": _cite,
    "Words and numbers": _words,
    "Keyboard": _keys,
}
"""By name, which stands in the address too."""
