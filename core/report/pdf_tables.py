"""Tables and frames of the PDF."""

from collections.abc import Sequence
from html import escape
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, LongTable
from reportlab.platypus import Paragraph as Text
from reportlab.platypus import Table as Frame

from core.report.document import Table, Tone
from core.report.palette import INK
from core.report.wording import shown

SIZE = 6.8
PAD = 5.0
"""Points between columns."""
TONES: dict[Tone, str] = {"red": "#B3261E", "amber": "#9A6700", "green": "#1A7F4B", "plain": "#8D8B97"}


def grid(table: Table, *, width: float, font: str) -> Flowable:
    """The table over the whole width, its head repeated on every page."""
    seen = [place for place, column in enumerate(table.columns) if column.shown]
    heads = [table.columns[place].head for place in seen]
    texts = [[shown(row[place], table.columns[place]) for place in seen] for row in table.rows]
    numeric = [all(not isinstance(row[place], str) for row in table.rows) for place in seen]
    head = [_text(text, font=f"{font}-Bold", right=right) for text, right in zip(heads, numeric, strict=True)]
    body = [[_text(text, font=font, right=right) for text, right in zip(row, numeric, strict=True)] for row in texts]
    made = LongTable([head, *body], colWidths=_widths(heads, texts, width=width, font=font), repeatRows=1)
    made.setStyle(
        [
            ("LINEABOVE", (0, 0), (-1, 0), 1, HexColor(INK)),
            ("LINEBELOW", (0, 0), (-1, 0), 0.5, HexColor(INK)),
            ("LINEBELOW", (0, -1), (-1, -1), 1, HexColor(INK)),
            ("LINEBELOW", (0, 1), (-1, -2), 0.3, HexColor("#E4E3E8")),
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("VALIGN", (0, 1), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), PAD),
            ("TOPPADDING", (0, 0), (-1, -1), 1.2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return made


def notice_box(text: Text, *, tone: Tone, width: float) -> Flowable:
    """A sentence in a frame, with a bar in its tone."""
    made = Frame([[text]], colWidths=[width], spaceBefore=2, spaceAfter=5)
    made.setStyle(
        [
            ("BOX", (0, 0), (-1, -1), 0.6, HexColor(TONES[tone])),
            ("LINEBEFORE", (0, 0), (0, -1), 4, HexColor(TONES[tone])),
            ("LEFTPADDING", (0, 0), (-1, -1), 9),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    return made


def _text(text: str, *, font: str, right: bool) -> Text:
    options: dict[str, Any] = {"alignment": TA_RIGHT} if right else {}
    style = ParagraphStyle("cell", fontName=font, fontSize=SIZE, leading=SIZE * 1.35, splitLongWords=1, **options)
    return Text(escape(text), style)


def _widths(heads: list[str], texts: list[list[str]], *, width: float, font: str) -> list[float]:
    """What each column would like, at least its longest word; what is over or lacking is shared in proportion."""
    columns = list(zip(heads, zip(*texts, strict=True), strict=True))
    wanted = [max(_long(text, font) for text in (head, *column)) + PAD + 1 for head, column in columns]
    least = [max(_long(part, font) for part in (*head.split(), *_whole(column))) + PAD + 1 for head, column in columns]
    if sum(least) > width:
        return [low * width / sum(least) for low in least]
    if sum(wanted) <= width:
        return [want * width / sum(wanted) for want in wanted]
    free = width - sum(least)
    over = [want - low for want, low in zip(wanted, least, strict=True)]
    # text may take several lines, so a long column asks for less than its length
    shares = [value**0.5 for value in over]
    return [low + free * share / sum(shares) for low, share in zip(least, shares, strict=True)]


def _whole(column: Sequence[str]) -> list[str]:
    """What should not be broken: a number with its interval, else each word, up to a length."""
    return [part[:26] for text in column for part in ([text] if text[-1:] == ")" else text.split())]


def _long(text: str, font: str) -> float:
    return float(stringWidth(text, f"{font}-Bold", SIZE))
