"""The files of a report: safe, complete, the same each time, and readable by those who open them."""

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pypdf
import pytest

from core.errors import InputError
from core.evaluation.rows import SiteClass
from core.evaluation.values import Estimate
from core.report import document, write_report
from core.report.document import Column, Table
from core.report.html import to_html
from core.report.pdf import to_pdf
from core.report.tables import to_csv
from core.report.wording import shown
from core.results import RunFolder
from tests.report.rows import findings_of
from tests.stores import write_run

EVIL = "<img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://evil.example";"click")'


@pytest.fixture(scope="module")
def made():
    """A whole report with names from outside that mean harm."""
    whole = findings_of(accept=EVIL)
    sites = tuple(SiteClass(site=site, label="Luminal", patients=3) for site in (EVIL, FORMULA, "$\\alpha$", "-5"))
    whole = replace(
        whole,
        cohort=replace(whole.cohort, name=f"Cohort & {EVIL}"),
        tables={**whole.tables, "site_classes": sites},
    )
    return document(whole)


@pytest.fixture(scope="module")
def page(made):
    return to_html(made)


@pytest.fixture(scope="module")
def paper(made):
    return to_pdf(made)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    write_run(data, name="small-run", models=("fused", "genes"))
    return RunFolder.open(data, "small-run")


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_asks_nothing_of_the_network(page) -> None:
    tags = Tags(page).found
    assert not {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "embed", "image", "base"}
    links = [
        value for _, attributes in tags for name, value in attributes.items() if name in ("href", "src", "xlink:href")
    ]
    assert links
    assert all(link is not None and link.startswith("#") for link in links)
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_names_from_outside_are_text_and_nothing_else(page) -> None:
    tags = Tags(page).found
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_every_id_is_used_once_and_every_reference_leads_somewhere(page) -> None:
    tags = Tags(page).found
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    asked = {attributes["href"] for tag, attributes in tags if tag == "a"}
    asked |= {f"#{name}" for _, own in tags for name in (own.get("aria-labelledby") or "").split()}
    assert asked <= {f"#{name}" for name in ids}


def test_figures_and_tables_speak_to_those_who_cannot_see_them(page, made) -> None:
    tags = Tags(page).found
    pictures = [attributes for tag, attributes in tags if tag == "svg"]
    assert len(pictures) == len(made.figures)
    assert all(attributes["role"] == "img" and attributes["aria-labelledby"] for attributes in pictures)
    assert sum(tag == "caption" for tag, _ in tags) == sum(tag == "table" for tag, _ in tags) == len(made.tables)
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in tags if tag == "th")
    assert [tag for tag, _ in tags if re.fullmatch("h[1-6]", tag)][:2] == ["h1", "h2"]


def test_every_table_has_a_csv_with_the_numbers_that_are_shown(made) -> None:
    for table in made.tables:
        head, *lines = csv.reader(io.StringIO(to_csv(table)))
        assert len(lines) == len(table.rows)
        for row, line in zip(table.rows, lines, strict=True):
            assert len(line) == len(head)
            for place, column in enumerate(table.columns):
                cell, at = row[place], head.index(column.head)
                if isinstance(cell, Estimate) and cell.low is not None and cell.value is not None:
                    value, low, high = (float(text) for text in line[at : at + 3])
                    again = Estimate(value=value, low=low, high=high, n=int(line[at + 3]), how=line[at + 4])
                    assert again == cell
                    assert shown(again, column) == shown(cell, column)
                elif isinstance(cell, float):
                    assert float(line[at]) == cell


def test_no_cell_of_a_csv_is_a_formula(made) -> None:
    cells = [cell for table in made.tables for line in csv.reader(io.StringIO(to_csv(table))) for cell in line]
    risky = [
        cell for cell in cells if cell.startswith(("=", "+", "-", "@")) and not re.fullmatch(r"[-+]?[\d.e-]+", cell)
    ]
    assert not risky
    assert f"'{FORMULA}" in cells
    assert "-5" in cells


def test_a_number_that_is_missing_is_empty_in_the_csv_and_has_its_reason() -> None:
    nothing = Estimate(value=None, low=None, high=None, n=3, how="too few")
    table = Table(name="one", title="One.", columns=(Column(head="AUROC"),), rows=((nothing,),))
    assert to_csv(table).splitlines()[1] == ",,,3,too few"
    assert shown(nothing, table.columns[0]) == "not computed"


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes(made, page, paper) -> None:
    assert to_html(made) == page
    assert to_pdf(made) == paper


def test_the_pdf_opens_with_contents_text_and_the_date_of_the_run(made, paper) -> None:
    pdf = pypdf.PdfReader(io.BytesIO(paper))
    text = "".join(one.extract_text() for one in pdf.pages)
    assert len(pdf.pages) > 5
    assert pdf.metadata is not None
    assert pdf.metadata.creation_date.isoformat() == made.made
    assert made.run in text
    assert EVIL in text.replace("\n", " ")
    assert len(pdf.outline) == len(made.sections)
    assert all(f"Table {number}." in text for number in range(1, len(made.tables) + 1))


@pytest.mark.slow
def test_a_run_becomes_files_that_name_no_patient(run, tmp_path: Path) -> None:
    made = write_report(run, tmp_path / "report")
    files = {path.relative_to(tmp_path / "report").as_posix() for path in (tmp_path / "report").rglob("*.*")}
    assert {"report.html", "report.pdf"} <= files
    assert len([name for name in files if name.startswith("tables/")]) == len(made.tables)
    pdf = "".join(one.extract_text() for one in pypdf.PdfReader(tmp_path / "report" / "report.pdf").pages)
    text = pdf + "".join((tmp_path / "report" / name).read_text() for name in files if not name.endswith(".pdf"))
    cohort = run.cohort()
    assert not [one.id for one in cohort.patients if one.id in text]
    assert not [one.patient for one in cohort.exclusions if one.patient in text]
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


@pytest.mark.slow
def test_an_earlier_report_gives_way_but_nothing_else_does(run, tmp_path: Path) -> None:
    write_report(run, tmp_path / "report")
    (tmp_path / "report" / "tables" / "stale.csv").touch()
    write_report(run, tmp_path / "report")
    assert not (tmp_path / "report" / "tables" / "stale.csv").exists()
    (tmp_path / "report" / "thesis.docx").touch()
    with pytest.raises(InputError, match="new folder"):
        write_report(run, tmp_path / "report")
    assert (tmp_path / "report" / "thesis.docx").exists()


def test_an_unfinished_run_is_refused_with_what_to_do(tmp_path: Path) -> None:
    run = write_run(tmp_path, name="begun", models=("genes",), finish=False)
    with pytest.raises(InputError, match="--resume"):
        write_report(run, tmp_path / "report")
    assert not (tmp_path / "report").exists()
