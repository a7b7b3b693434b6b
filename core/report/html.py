"""The report as one HTML file that asks nothing of the network: style and figures stand in it; there is no script."""

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from core.report.document import Block, Bullets, Cell, Document, Figure, Notice, Paragraph, Section, Table
from core.report.figures import svg
from core.report.wording import shown

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Even if a name from outside got past the escaping, a browser would neither run nor fetch anything."""
TONES = {"red": "Warning", "amber": "Caution", "green": "In order", "plain": "Note"}


def to_html(document: Document) -> str:
    """The whole page."""
    style = files("core.report").joinpath("page.css").read_text()
    sections = [_section(document, section, number) for number, section in enumerate(document.sections, start=1)]
    return "\n".join(
        (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(document.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>",
            _header(document),
            _contents(document),
            "<main>",
            *sections,
            f"<footer>Acinus, run {escape(document.run)}. Research use only.</footer>",
            "</main>\n</body>\n</html>\n",
        )
    )


def _header(document: Document) -> str:
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in document.facts)
    notices = "\n".join(_notice(notice) for notice in document.notices)
    return f'<header>\n<h1>{escape(document.title)}</h1>\n<dl class="facts">{facts}</dl>\n{notices}\n</header>'


def _contents(document: Document) -> str:
    items = "".join(
        f'<li><a href="#section-{number}">{escape(section.title)}</a></li>'
        for number, section in enumerate(document.sections, start=1)
    )
    return f'<nav aria-labelledby="contents"><h2 id="contents">Contents</h2><ol>{items}</ol></nav>'


def _section(document: Document, section: Section, number: int) -> str:
    name = f"section-{number}"
    blocks = "\n".join(_block(document, block) for block in section.blocks)
    heading = f'<h2 id="{name}">{number}. {escape(section.title)}</h2>'
    return f'<section aria-labelledby="{name}">\n{heading}\n{blocks}\n</section>'


def _block(document: Document, block: Block) -> str:
    match block:
        case Paragraph():
            return f"<p>{escape(block.text)}</p>"
        case Bullets():
            return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in block.items) + "</ul>"
        case Notice():
            return _notice(block)
        case Table():
            return _table(block, document.numbers["table", block.name])
        case Figure():
            return _figure(block, document.numbers["figure", block.name])


def _notice(notice: Notice) -> str:
    return f'<p class="notice {notice.tone}"><strong>{TONES[notice.tone]}.</strong> {escape(notice.text)}</p>'


def _table(table: Table, number: int) -> str:
    seen = [place for place, column in enumerate(table.columns) if column.shown]
    numeric = {place: all(not isinstance(row[place], str) for row in table.rows) for place in seen}
    heads = "".join(
        f'<th scope="col"{_number(numeric[place])}>{escape(table.columns[place].head)}</th>' for place in seen
    )
    rows = "\n".join(_row(table, row, seen, numeric) for row in table.rows)
    caption = f"<caption><strong>Table {number}.</strong> {escape(table.title)}</caption>"
    return (
        f'<div class="scroll" role="region" aria-label="Table {number}" tabindex="0">\n<table>{caption}\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>\n{_notes(table.notes)}"
    )


def _row(table: Table, row: tuple[Cell, ...], seen: Sequence[int], numeric: dict[int, bool]) -> str:
    cells: list[str] = []
    for place in seen:
        text = escape(shown(row[place], table.columns[place]))
        if place == seen[0]:
            cells.append(f'<th scope="row"{_number(numeric[place])}>{text}</th>')
        else:
            cells.append(f"<td{_number(numeric[place]) or ' class=text'}>{text}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _number(numeric: bool) -> str:
    return ' class="number"' if numeric else ""


def _figure(figure: Figure, number: int) -> str:
    caption = f"<figcaption><strong>Figure {number}.</strong> {escape(figure.title)}</figcaption>"
    return f"<figure>\n{svg(figure)}\n{caption}\n</figure>\n{_notes(figure.notes)}"


def _notes(notes: Sequence[str]) -> str:
    return f'<ul class="notes">{"".join(f"<li>{escape(note)}</li>" for note in notes)}</ul>' if notes else ""
