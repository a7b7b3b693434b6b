"""A figure as SVG that stands within a page of HTML."""

import io
import re
from html import escape

from core.report.document import Figure
from core.report.figures.drawing import drawn, settled

_OWN = re.compile(r'(\bid="|href="#|url\(#)')


def svg(figure: Figure) -> str:
    """The figure with its title and what it shows; its names are its own, so that several stand in one page."""
    with settled():
        buffer = io.StringIO()
        # the date, and links to the vocabularies that describe it, would make two reports of a run differ
        drawn(figure.plot).savefig(
            buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    text = buffer.getvalue()
    body = text[text.index("<svg") :]
    head, rest = body.split(">", 1)
    view = re.search(r'viewBox="([^"]+)"', head)
    assert view is not None
    name = f"svg-{figure.name}"
    opened = f'<svg viewBox="{view[1]}" role="img" aria-labelledby="{name}-title {name}-desc" style="{_width(head)}">'
    said = f'<title id="{name}-title">{escape(figure.title)}</title><desc id="{name}-desc">{escape(figure.alt)}</desc>'
    return opened + said + _OWN.sub(lambda found: f"{found[1]}{name}-", rest.strip())


def _width(head: str) -> str:
    width = re.search(r'width="([\d.]+)pt"', head)
    assert width is not None
    # a little larger than drawn: on a screen its letters are then as large as those of a table
    return f"width:100%;max-width:{float(width[1]) * 1.6:.0f}px"
