"""One case on one page of A4: what was predicted, from what, and what to know before believing it.

It names no file, no sample and no patient, so that it can lie in a folder with others.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, KeepInFrame, PageTemplate, Spacer
from reportlab.platypus import Image as Picture
from reportlab.platypus import Paragraph as Text
from reportlab.platypus import Table as Grid

from core.report.document import Column, Notice, Table, Tone
from core.report.pdf import FONT, NOTE, register_fonts, style
from core.report.pdf_tables import grid, notice_box

Content = Mapping[str, Any]
MARGIN = 16 * mm
WIDTH, HEIGHT = A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN - 6 * mm
LEFT = 0.56 * WIDTH
PICTURE_HEIGHT, PICTURE_PX = 88 * mm, 1000
MOST_CLASSES, MOST_SETS, MOST_NAME = 6, 8, 60
FROM = {"both": "slide and expression", "image": "the slide alone", "genes": "the expression alone"}
CHECKS = {
    "reader": "Slide",
    "resolution": "Resolution",
    "tissue": "Tissue",
    "quality": "Slide quality",
    "unit": "Unit",
    "coverage": "Gene coverage",
    "genes-distance": "Expression, beside the training patients",
    "image-distance": "Tissue, beside the training patients",
    "fused-distance": "Both, beside the training patients",
}
SIGNS = {"passed": "in order", "warning": "CAUTION", "unavailable": "not available"}
BODY = style(8.2, below=3)
HEADING = style(10, bold=True, above=6, below=3)


def case_sheet(content: Content, folder: Path) -> bytes:
    """The PDF of a prediction.json whose pictures lie in `folder`; exactly one page, however long the names."""
    register_fonts()
    buffer = io.BytesIO()
    title = f"One case, {_name(str(content['outcome']))}"
    page = BaseDocTemplate(
        buffer, pagesize=A4, title=title, author="Acinus", subject="Research use only", lang="en", invariant=1
    )
    frame = Frame(MARGIN, MARGIN + 6 * mm, WIDTH, HEIGHT, 0, 0, 0, 0, id="page")
    page.addPageTemplates([PageTemplate(id="page", frames=[frame], onPage=_footer(content))])
    everything = list(_everything(content, folder, title))
    page.build([KeepInFrame(WIDTH, HEIGHT - 1, everything, mode="shrink")])
    return buffer.getvalue()


def _footer(content: Content) -> Any:
    def drawn(canvas: Any, _: Any) -> None:
        canvas.saveState()
        canvas.setFont(FONT, 7)
        canvas.setFillColor(HexColor("#565462"))
        canvas.drawString(MARGIN, 11 * mm, f"Acinus, run {content['run']}. {content['research_use_only']}")
        canvas.drawRightString(A4[0] - MARGIN, 11 * mm, str(content["made"])[:10])
        canvas.restoreState()

    return drawn


def _everything(content: Content, folder: Path, title: str) -> Iterator[Flowable]:
    yield Text(escape(title), style(15, bold=True, below=4))
    yield _box("red", str(content["research_use_only"]))
    if content["synthetic"]:
        yield _box("amber", "The run was trained on invented patients: no number here says anything about a tumour.")
    yield from _decision(content)
    yield grid(_answers(content), width=WIDTH, font=FONT)
    yield Text(escape(f"Decides or refers: {content['decided_how']}."), NOTE)
    yield Text("What it was told from", HEADING)
    yield grid(_checks(content), width=WIDTH, font=FONT)
    yield from _looked(content, folder)
    yield from _facts(content)


def _decision(content: Content) -> Iterator[Flowable]:
    answer = content["models"][content["leading"]]
    name = max(answer["probabilities"], key=answer["probabilities"].get)
    low, high = answer["spread"][name]
    told = (
        f"<b>{escape(_name(name))}</b>: {_percent(answer['probabilities'][name])} by {content['leading']} from "
        f"{FROM[answer['mode']]}, calibrated, mean over {len(answer['folds'])} folds' models ({_percent(low)} to "
        f"{_percent(high)})."
    )
    yield Text(told, style(10, below=4))
    if answer["refer"]:
        yield _box("amber", f"Refer for the assay: {_possible(answer)}.")
    elif answer["refer"] is None:
        yield _box("plain", "Whether the answer is to be referred is not known: the run is not evaluated.")


def _answers(content: Content) -> Table:
    chosen = sorted(content["classes"], key=lambda name: -_leading(content)[name])[:MOST_CLASSES]
    columns = ("Model", "From", *(_name(name) for name in chosen), "Decides")
    rows = [
        (
            name,
            FROM[one["mode"]],
            *(_with_range(one, chosen_name) for chosen_name in chosen),
            _possible(one),
        )
        for name, one in content["models"].items()
    ]
    return Table(name="answers", title="", columns=tuple(Column(head=head) for head in columns), rows=tuple(rows))


def _leading(content: Content) -> Mapping[str, float]:
    return content["models"][content["leading"]]["probabilities"]


def _with_range(answer: Content, name: str) -> str:
    low, high = answer["spread"][name]
    return f"{_percent(answer['probabilities'][name])} ({_percent(low)} to {_percent(high)})"


def _possible(answer: Content) -> str:
    possible = answer["possible"]
    if possible is None:
        return "not evaluated"
    if not possible:
        return "refers: no class fits"
    names = ", ".join(map(_name, possible))
    return f"decides {names}" if len(possible) == 1 else f"refers: {names} remain possible"


def _checks(content: Content) -> Table:
    rows = [
        (CHECKS[one["name"]], SIGNS.get(one["state"], one["state"]), one["sentence"])
        for one in content["checks"]
        if one["name"] in CHECKS
    ]
    heads = ("What", "State", "Found")
    return Table(name="checks", title="", columns=tuple(Column(head=head) for head in heads), rows=tuple(rows))


def _looked(content: Content, folder: Path) -> Iterator[Flowable]:
    """The attention on the slide beside the gene sets that moved the answer most."""
    tissue, genes = list(_tissue(content, folder)), list(_gene_sets(content))
    if tissue and genes:
        beside = Grid([[tissue, genes]], colWidths=[LEFT, WIDTH - LEFT])
        beside.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, 0), 0)])
        yield beside
    else:
        yield from (*tissue, *genes)


def _tissue(content: Content, folder: Path) -> Iterator[Flowable]:
    drawn = next((one["overlay"] for one in content["slides"] if one["overlay"]), None)
    if drawn is None:
        return
    explained = content["explained"]
    model = next(name for name in (content["leading"], "image") if explained.get(name, {}).get("tokens"))
    yield Text(f"Where {escape(model)} looked", HEADING)
    yield _picture(folder / drawn)
    doubt = explained[model]["low_trust"]
    said = doubt or "Attention shows what the model weighed, not that this tissue is of the class."
    yield Text(escape(f"{_scale(content)} {said}"), NOTE)


def _scale(content: Content) -> str:
    """How much more than an even share the brightest tile got: colours alone make an even map look uneven."""
    tiles = sum(int(one["tiles"]) for one in content["slides"])
    largest = max((float(one["attention"]) for one in content["top_tiles"]), default=0.0)
    return f"Bright: most attention, up to {largest * tiles:.2f} times an even share; dark: least."


def _picture(file: Path) -> Flowable:
    """As JPEG of no more pixels than paper shows: a slide's PNG would be most of the file."""
    with Image.open(file) as found:
        small = found.convert("RGB")
    small.thumbnail((PICTURE_PX, PICTURE_PX))
    scale = min((LEFT - 8) / small.width, PICTURE_HEIGHT / small.height)
    buffer = io.BytesIO()
    small.save(buffer, format="JPEG", quality=88)
    buffer.seek(0)
    return Picture(buffer, width=small.width * scale, height=small.height * scale)


def _gene_sets(content: Content) -> Iterator[Flowable]:
    sets: Sequence[Content] = content["top_gene_sets"][:MOST_SETS]
    if not sets:
        return
    yield Text("Gene sets that moved the answer", HEADING)
    rows = tuple((_name(one["set"]), f"{one['contribution']:+.2f}") for one in sets)
    table = Table(name="sets", title="", columns=(Column(head="Set"), Column(head="Log-odds")), rows=rows)
    yield grid(table, width=WIDTH - LEFT - 8, font=FONT)
    yield Text("Above 0: speaks for the most probable class.", NOTE)


def _facts(content: Content) -> Iterator[Flowable]:
    versions = ", ".join(f"{name} {version}" for name, version in list(content["versions"].items())[:6])
    facts = (
        f"Run {content['run']}, trained {str(content['started'])[:10]} on {content['cohort']}; "
        f"image features: {content['encoder']}.",
        f"Predicted {str(content['made'])[:16].replace('T', ' ')} UTC. Versions of the run: {versions}.",
    )
    yield Spacer(0, 4)
    if content["notes"]:
        yield Text(escape(f"Noted: {'; '.join(map(str, content['notes']))}."), NOTE)
    yield from (Text(escape(fact), NOTE) for fact in facts)


def _box(tone: Tone, text: str) -> Flowable:
    notice = Notice(tone=tone, text=text)
    return notice_box(Text(escape(notice.text), BODY), tone=notice.tone, width=WIDTH)


def _percent(share: float) -> str:
    if 0.995 <= share < 1:
        return "> 99 %"
    return "< 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def _name(text: str) -> str:
    """Names of classes and gene sets come from outside and may be of any length."""
    return text if len(text) <= MOST_NAME else f"{text[: MOST_NAME - 1]}…"
