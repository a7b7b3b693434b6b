"""The report as PDF, for a journal's supplement: A4, contents with page numbers, outline, text that can be searched."""

import io
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import matplotlib
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, KeepTogether, PageTemplate, Spacer
from reportlab.platypus import Paragraph as Text
from reportlab.platypus.tableofcontents import TableOfContents

from core.report.document import Block, Bullets, Document, Figure, Notice, Paragraph, Section, Table
from core.report.html import TONES
from core.report.palette import INK
from core.report.pdf_figures import FigureFlowable
from core.report.pdf_tables import grid, notice_box

FONT = "Acinus"
"""DejaVu Sans, which comes with matplotlib and knows the letters of most names."""
MARGIN = 20 * mm
WIDTH = A4[0] - 2 * MARGIN


def to_pdf(document: Document) -> bytes:
    """The whole file."""
    register_fonts()
    buffer = io.BytesIO()
    pages = _Pages(buffer, document)
    pages.multiBuild([*_front(document), *_sections(document)], canvasmaker=_canvas(document))
    return buffer.getvalue()


class _Pages(BaseDocTemplate):
    """Pages that write the contents and the outline as sections pass."""

    def __init__(self, buffer: io.BytesIO, document: Document) -> None:
        super().__init__(
            buffer,
            pagesize=A4,
            title=document.title,
            author="Acinus",
            subject=f"Run {document.run}; research use only",
            lang="en",
            invariant=1,
        )
        frame = Frame(MARGIN, MARGIN, WIDTH, A4[1] - 2 * MARGIN, leftPadding=0, rightPadding=0, id="text")
        self._foot = f"Acinus, run {document.run}. Research use only."
        self.addPageTemplates([PageTemplate(id="page", frames=[frame], onPage=self._footer)])

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802
        """Called by reportlab with everything that was set."""
        title: str | None = getattr(flowable, "section_title", None)
        if title is None:
            return
        page: Any = self.canv  # pyright: ignore[reportAttributeAccessIssue]
        key = f"section-{title}"
        page.bookmarkPage(key)
        page.addOutlineEntry(title, key, 0)
        self.notify("TOCEntry", (0, escape(title), self.page, key))

    def _footer(self, page: Any, template: Any) -> None:
        page.saveState()
        page.setFont(FONT, 7)
        page.setFillColor(HexColor("#565462"))
        page.drawString(MARGIN, 11 * mm, self._foot)
        page.drawRightString(A4[0] - MARGIN, 11 * mm, f"{template.page}")
        page.restoreState()


def _canvas(document: Document) -> Any:
    """A canvas whose dates are those of the run."""
    from reportlab.pdfgen.canvas import Canvas

    made = datetime.fromisoformat(document.made)

    class Dated(Canvas):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            stamp: Any = self._doc._timeStamp  # pyright: ignore[reportAttributeAccessIssue, reportPrivateUsage]
            stamp.t, stamp.lt, stamp.YMDhms = made.timestamp(), made.timetuple(), tuple(made.timetuple())[:6]

    return Dated


@cache
def register_fonts() -> None:
    """Makes `FONT` known to reportlab."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name, file in (("", "DejaVuSans"), ("-Bold", "DejaVuSans-Bold")):
        registerFont(TTFont(FONT + name, str(folder / f"{file}.ttf")))
    registerFontFamily(FONT, normal=FONT, bold=f"{FONT}-Bold", italic=FONT, boldItalic=f"{FONT}-Bold")


def style(
    size: int | float, *, bold: bool = False, above: int = 0, below: int = 4, colour: str = INK
) -> ParagraphStyle:
    return ParagraphStyle(
        name=f"{size}-{bold}-{above}-{below}",
        fontName=FONT + ("-Bold" if bold else ""),
        fontSize=size,
        leading=size * 1.42,
        spaceBefore=above,
        spaceAfter=below,
        textColor=HexColor(colour),
        splitLongWords=1,
    )


BODY = style(8.6, below=5)
CAPTION = style(8, above=6, below=3)
NOTE = style(6.6, below=1, colour="#565462")
HEADING = style(12, bold=True, above=14, below=6)
HEADING.keepWithNext = 1
LINE = style(7.8, below=0)
LINE.leading = 9


def _front(document: Document) -> Iterator[Flowable]:
    yield Text(escape(document.title), style(17, bold=True, below=8))
    for name, value in document.facts:
        yield Text(f"<b>{escape(name)}:</b> {escape(value)}", style(8.2, below=1))
    yield Spacer(0, 8)
    yield from (notice_box(_noted(notice), tone=notice.tone, width=WIDTH) for notice in document.notices)
    yield Text("Contents", style(10, bold=True, above=10))
    contents = TableOfContents()
    contents.levelStyles = [LINE]
    contents.dotsMinLevel = 0
    yield contents


def _sections(document: Document) -> Iterator[Flowable]:
    for number, section in enumerate(document.sections, start=1):
        yield CondPageBreak(45 * mm)
        yield _heading(f"{number}. {section.title}")
        yield from _blocks(document, section)


def _heading(title: str) -> Text:
    heading: Any = Text(escape(title), HEADING)
    heading.section_title = title
    return heading


def _blocks(document: Document, section: Section) -> Iterator[Flowable]:
    for block in section.blocks:
        yield from _block(document, block)


def _block(document: Document, block: Block) -> Iterator[Flowable]:
    match block:
        case Paragraph():
            yield Text(escape(block.text), BODY)
        case Bullets():
            for item in block.items:
                yield Text(escape(item), ParagraphStyle("item", parent=BODY, leftIndent=10), bulletText="•")
        case Notice():
            yield notice_box(_noted(block), tone=block.tone, width=WIDTH)
        case Table():
            yield from _table(block, document.numbers["table", block.name])
        case Figure():
            yield _figure(block, document.numbers["figure", block.name])


def _table(table: Table, number: int) -> Iterator[Flowable]:
    yield CondPageBreak(30 * mm)
    yield Text(f"<b>Table {number}.</b> {escape(table.title)}", CAPTION)
    yield grid(table, width=WIDTH, font=FONT)
    yield from _notes(table.notes)


def _figure(figure: Figure, number: int) -> Flowable:
    picture = FigureFlowable(figure, font=FONT, widest=WIDTH)
    caption = Text(f"<b>Figure {number}.</b> {escape(figure.title)}", CAPTION)
    return KeepTogether([Spacer(0, 6), picture, caption, *_notes(figure.notes)])


def _notes(notes: tuple[str, ...]) -> Iterator[Flowable]:
    yield Spacer(0, 2)
    yield from (Text(escape(note), NOTE) for note in notes)
    yield Spacer(0, 8)


def _noted(notice: Notice) -> Text:
    return Text(f"<b>{TONES[notice.tone]}.</b> {escape(notice.text)}", BODY)
