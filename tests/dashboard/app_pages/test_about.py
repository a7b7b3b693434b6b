"""The About page: true to the data folder, the run and the files that it speaks of."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest

from core.evaluation import METRICS
from core.evaluation.rows import TABLES
from core.report import read_findings
from core.results import RunFolder, Store
from dashboard import views
from dashboard.app_pages.about.page import GLOSSARY, TOPICS
from dashboard.views.model_card import model_card
from dashboard.words import measures
from dashboard.words.wording import RESEARCH_USE_ONLY
from tests.dashboard.conftest import Visit, faults, shown

ROOT = Path(__file__).parents[3]
CITATION = (ROOT / "CITATION.cff").read_text()


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("data", ["full_data", "tmp_path"])
def test_every_topic_opens_with_and_without_data(visit: Visit, request: pytest.FixtureRequest, topic: str, data: str):
    app = visit("about", request.getfixturevalue(data), about=topic)
    assert not app.exception and not faults(app)
    assert app.title[0].value == "About" and "no medical device" in shown(app)


def test_the_card_states_the_scores_the_classes_and_the_use_of_its_run(full_data: Path):
    findings = read_findings(RunFolder.open(full_data, "run-0"))
    card = model_card(findings)
    assert RESEARCH_USE_ONLY in card
    assert all(name.replace("_", "\\_") in card for name in findings.cohort.classes)
    score = findings.pooled("auroc", model="image")
    assert score is not None and score.value is not None and f"{score.value:.3f}" in card
    assert {f"{'#' * 2} {title}" for title in ("Model card", "What the audits say")} <= set(card.splitlines())


def test_every_row_of_a_cards_tables_has_all_its_cells(full_data: Path):
    lines = model_card(read_findings(RunFolder.open(full_data, "run-0"))).splitlines()
    bars = [len(re.findall(r"(?<!\\)\|", line)) for line in lines]
    assert sum(bars) > 0
    assert all(one == other for one, other in itertools.pairwise(bars) if one and other)


def test_every_number_that_a_run_states_is_explained(full_data: Path):
    store = Store.open(full_data)
    assert store is not None
    tables = [store.evaluation(table, "run-0") for table in TABLES]
    names = {name for table in tables if "metric" in table for name in table["metric"]}
    store.close()
    assert len(names) > len(METRICS)
    assert [name for name in sorted(names) if measures.sentence(name) is None] == []


def test_the_glossary_holds_every_measure_and_every_word_of_the_document():
    text = GLOSSARY.read_text()
    words = {one.word for one in views.about.glossary(text)}
    assert {metric.label for metric in METRICS.values()} <= words
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|")][2:]
    missing = {row.lower() for row in rows} - {word.lower() for word in words}
    assert missing == set()


def test_a_search_keeps_only_words_that_hold_it():
    known = views.about.glossary(GLOSSARY.read_text())
    found = views.about.sought(known, "SITE")
    assert 0 < len(found) < len(known)
    assert all("site" in f"{one.word} {one.meaning}".lower() for one in found)


def test_sizes_are_those_on_disk(tmp_path: Path):
    (tmp_path / "runs" / "one").mkdir(parents=True)
    (tmp_path / "runs" / "one" / "weights").write_bytes(bytes(1500))
    (tmp_path / "catalog-000001.duckdb").write_bytes(bytes(20))
    found = {one.name: (one.files, one.size) for one in views.about.places(tmp_path)}
    assert found == {"Runs": (1, "1.5 kB"), "Catalogue": (1, "20 B")}


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (999, "999 B"), (8_663_040, "8.7 MB"), (123e9, "123 GB")])
def test_sizes_are_written_for_people(count: int, text: str):
    assert views.about.size(int(count)) == text


def test_the_citation_file_names_this_version_and_these_authors():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"version: {project['version']}" in CITATION and f"license: {project['license']}" in CITATION
    said = views.about.citation({"Acinus": project["version"], "Commit": "0" * 40}, year=2026)
    title = re.search(r'title: "(.+)"', CITATION)
    assert title is not None and title.group(1) in said
    assert "The Acinus authors" in said and "The Acinus authors" in CITATION


@pytest.mark.parametrize(
    "word",
    ["PAM50", "ER, HER2", "H&E", "Holm correction", "DeLong test", "Cox model", "ROC curve", "Conformal set",
     "Log-odds", "Micrometres per pixel (µm/px)", "Out-of-fold", "Attention", "Gene set, token", "Interval"],
)  # fmt: skip
def test_special_words_of_the_pages_are_explained(word: str):
    assert word in {one.word for one in views.about.glossary(GLOSSARY.read_text())}


def test_words_are_written_alike_and_none_twice():
    words = views.about.glossary(GLOSSARY.read_text())
    assert all(one.word[0] == one.word[0].upper() and one.meaning.endswith(".") for one in words)
    assert len({one.word.lower() for one in words}) == len(words)
