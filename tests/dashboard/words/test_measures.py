"""Every number and every heading that is not plain is explained in one sentence, where it stands."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation import METRICS
from dashboard.app_pages.evaluation.page import TOPICS
from dashboard.words import measures
from tests.dashboard.conftest import Visit, shown, tables

PLAIN = {
    "", "Model", "Models", "Patients", "Metric", "Group", "By", "Calibration", "tissue and genes", "tissue only",
    "genes only", measures.SAYS,
}  # fmt: skip
"""Headings that need no explanation; those of modes are explained by the section's note."""


@pytest.mark.parametrize("name", [*METRICS, *measures.OTHERS])
def test_a_number_is_explained_in_one_plain_sentence(name: str):
    sentence = measures.sentence(name)
    assert sentence is not None and sentence.endswith(".") and sentence[0].isupper()
    assert sentence.count(". ") == 0 and len(sentence) <= 120
    assert measures.heading(measures.label(name)) == sentence


def test_a_number_is_explained_wherever_its_name_is_part_of_a_heading():
    assert measures.heading("Sensitivity at its threshold") == measures.OTHERS["sensitivity"]
    assert measures.heading("Calibration slope") == measures.OTHERS["slope"]
    assert measures.heading("C-index gained") == measures.OTHERS["c-index"]
    assert measures.heading("Patients") is None


@pytest.mark.parametrize("topic", TOPICS)
def test_every_heading_of_the_evaluation_that_is_not_plain_explains_itself(visit: Visit, full_data: Path, topic: str):
    app = visit("evaluation", full_data, run="run-0", topic=topic)
    assert not app.exception
    assert _unexplained(app) == set()


def test_the_chosen_metric_is_explained_under_its_name(visit: Visit, full_data: Path):
    app = visit("evaluation", full_data, run="run-0", topic="Comparisons")
    assert METRICS["auroc"].sentence in shown(app)


@pytest.mark.parametrize("page", ["models", "patients", "cohort"])
def test_a_metric_that_heads_a_column_says_what_it_is(visit: Visit, full_data: Path, page: str):
    app = visit(page, full_data)
    labels = {metric.label for metric in METRICS.values()}
    assert not app.exception
    assert labels & _unexplained(app) == set()


def _unexplained(app: AppTest) -> set[str]:
    found: set[str] = set()
    for table in app.dataframe:
        config = json.loads(table.proto.columns or "{}")
        told = {str(name) for name, column in config.items() if column and column.get("help")}
        found |= {str(name) for name in table.value.columns if str(name) not in told}
    for table in tables(app):
        found |= {str(name) for name in table.columns if name not in table.attrs}
    return {name for name in found if name not in PLAIN and not name.startswith("Where ")}
