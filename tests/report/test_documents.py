"""What a report says: made from the numbers, and honest about those that are missing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.rows import Finding
from core.report import document
from core.report.content.summary import summary
from core.report.content.suppression import HIDDEN, SMALL, suppressed
from core.report.content.tripod import AUTHORS, ITEMS
from core.report.document import Bullets, Notice, Paragraph, Table
from core.report.html import to_html
from core.types import Difference
from tests.report.rows import findings_of


@pytest.fixture(scope="module")
def whole():
    return findings_of(accept="a pilot at few sites")


def words(section) -> str:
    return " ".join(
        block.text if isinstance(block, Paragraph | Notice) else " ".join(block.items)
        for block in section.blocks
        if isinstance(block, Paragraph | Notice | Bullets)
    )


def section_of(made, title):
    return next(section for section in made.sections if section.title == title)


def table_of(made, name) -> Table:
    return next(table for table in made.tables if table.name == name)


def test_every_table_and_every_figure_has_a_number_of_its_own(whole) -> None:
    made = document(whole)
    assert len(made.numbers) == len(made.tables) + len(made.figures)
    assert len(made.figures) >= 12


def test_sections_without_rows_say_why() -> None:
    made = document(findings_of(tables=False))
    empty = [section for section in made.sections if words(section).startswith("Not computed: ")]
    assert {"Calibration", "Decision curves", "Survival", "Circularity ladder", "Optimism of a random split"} <= {
        section.title for section in empty
    }
    assert all(len(words(section)) > 30 for section in empty)


def test_the_reason_for_accepting_a_red_finding_stands_on_top_and_in_the_certificate(whole) -> None:
    made = document(whole)
    assert any("a pilot at few sites" in notice.text for notice in made.notices)
    assert "a pilot at few sites" in words(section_of(made, "Split certificate"))


def test_a_red_finding_without_a_reason_is_told_too(whole) -> None:
    silent = replace(whole, record=replace(whole.record, config={**whole.record.config, "accept": ""}))
    assert any("No reason is recorded" in notice.text for notice in document(silent).notices)


def test_a_run_without_red_findings_warns_of_none(whole) -> None:
    green = tuple(one for one in whole.of(Finding) if one.severity == "green")
    calm = replace(
        whole,
        tables={**whole.tables, "findings": green},
        record=replace(whole.record, config={**whole.record.config, "accept": ""}),
    )
    assert not any("certificate" in notice.text for notice in document(calm).notices)


@pytest.mark.parametrize(
    ("value", "p", "said"),
    [(0.1, 0.001, "is better than genes alone"), (0.0, 0.8, "not shown to add anything"), (-0.1, 0.001, "is worse")],
)
def test_the_summary_says_plainly_what_the_fusion_adds(whole, value, p, said) -> None:
    one = Difference(
        model="fused", baseline="genes", metric="auroc", value=value, low=value - 0.02, high=value + 0.02, n=60,
        how="bootstrap", permutation_p=p, holm_p=p, detectable=0.05,
    )  # fmt: skip
    assert said in words(summary(replace(whole, tables={**whole.tables, "differences": (one,)})))


def test_whether_sites_are_shared_is_read_from_the_folds_not_from_the_option(whole) -> None:
    assert whole.record.config["split"] == "site"
    assert "some sites are in training and test at once" in words(summary(whole))


def test_no_patient_is_named(whole) -> None:
    text = repr(document(whole))
    assert not [one.id for one in whole.cohort.patients if one.id in text]
    assert not [one.patient for one in whole.cohort.exclusions if one.patient in text]


def test_the_flow_adds_up(whole) -> None:
    counts = [row[-1] for row in table_of(document(whole), "exclusions").rows]
    assert sum(counts) == len(whole.cohort.exclusions)


def test_the_checklist_has_all_27_items_and_leaves_to_the_authors_what_no_record_holds(whole) -> None:
    rows = {row[0]: row[-1] for row in table_of(document(whole), "tripod_ai").rows}
    assert {int("".join(filter(str.isdigit, item))) for item in rows} == set(range(1, 28))
    assert all(rows[item] == AUTHORS for item in ("2", "3a", "8b", "17", "18a", "18b", "18c", "18d", "19", "25", "27c"))
    assert len(rows) == len(ITEMS)


def test_sections_that_the_checklist_names_are_there(whole) -> None:
    made = document(whole)
    answers = " ".join(str(row[-1]) for row in table_of(made, "tripod_ai").rows)
    numbers = {int(word.rstrip(",);.")) for part in answers.split("section ")[1:] for word in part.split()[:1]}
    assert numbers <= set(range(1, len(made.sections) + 1))


@given(
    counts=st.lists(st.lists(st.integers(0, 40), min_size=2, max_size=2), min_size=1, max_size=6),
)
def test_no_small_cell_can_be_worked_out(counts) -> None:
    rows = [[*row, sum(row)] for row in counts]
    totals = [sum(column) for column in zip(*rows, strict=True)]
    told = suppressed(rows, totals=totals)
    gone = [[cell in (f"<{SMALL}", HIDDEN) for cell in row] for row in told]
    small = [[0 < count < SMALL for count in row] for row in rows]
    assert all(g or not s for gs, ss in zip(gone, small, strict=True) for g, s in zip(gs, ss, strict=True))
    # a row's or a column's sum is known: a single gap in it would be no secret
    assert all(sum(row) != 1 for row in gone)
    if len(rows) > 1:
        assert all(sum(column) != 1 for column in zip(*gone, strict=True))


def test_logistic_regression_in_a_cohort_of_one_modality_is_reported():
    whole = findings_of(models=("genes", "logistic"))

    def alone(row):
        return replace(row, mode="genes") if getattr(row, "model", "") == "logistic" and hasattr(row, "mode") else row

    tables = {name: tuple(map(alone, rows)) for name, rows in whole.tables.items()}
    one = replace(whole, tables=tables, predictions=tuple(map(alone, whole.predictions)))
    said = [to_html(document(findings)).count("Logistic regression") for findings in (whole, one)]
    assert said[0] == said[1] > 5
