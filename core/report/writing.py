"""The report's files: report.html, report.pdf, and a CSV of every table."""

import os
import shutil
from pathlib import Path

from core.errors import InputError
from core.report.content import document
from core.report.document import Document
from core.report.findings import read_findings
from core.report.html import to_html
from core.report.pdf import to_pdf
from core.report.tables import to_csv
from core.results import RunFolder

HTML, PDF, TABLES = "report.html", "report.pdf", "tables"


def write_report(run: RunFolder, out: Path) -> Document:
    """Write the report of a run into the folder `out`; what an earlier report left there is replaced.

    Raises:
        InputError: `out` cannot be written, or holds what no report of ours left there.
    """
    made = document(read_findings(run))
    fresh = out.with_name(f".{out.name}.tmp-{os.getpid()}")
    _check(out)
    try:
        (fresh / TABLES).mkdir(parents=True)
        _fill(fresh, made)
        _put(fresh, out)
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror or error}); choose another --out") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return made


def csv_names(made: Document) -> dict[str, str]:
    """File of each table by its name; they sort as the tables are numbered."""
    return {table.name: f"table_{made.numbers['table', table.name]:02d}_{table.name}.csv" for table in made.tables}


def _fill(folder: Path, made: Document) -> None:
    names = csv_names(made)
    for table in made.tables:
        (folder / TABLES / names[table.name]).write_text(to_csv(table), encoding="utf-8")
    (folder / HTML).write_text(to_html(made), encoding="utf-8")
    (folder / PDF).write_bytes(to_pdf(made))


def _check(out: Path) -> None:
    there = {path.name for path in out.iterdir()} if out.is_dir() else set[str]()
    if (out.exists() and not out.is_dir()) or there - {HTML, PDF, TABLES}:
        raise InputError(f"--out {out} holds something else than a report; give a new folder")


def _put(fresh: Path, out: Path) -> None:
    """A folder is not renamed over a filled one: the old report is moved aside first."""
    old = fresh.with_name(f"{fresh.name}-old")
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)
