"""The PDF of one case: exactly one page, whatever is on it, and it says what must be known."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from core.report.case_sheet import case_sheet
from tests.case_contents import CHECKS, case_content, write_case_content

LONG = "a very long name that somebody outside has chosen " * 6


def pages(folder: Path, content: dict[str, Any]) -> list[str]:
    """Text of each page."""
    write_case_content(folder / "result", content)
    read = PdfReader(io.BytesIO(case_sheet(content, folder / "result")))
    return [re.sub(r"\s+", " ", page.extract_text()) for page in read.pages]


@pytest.mark.parametrize("mode", ["both", "image", "genes"])
def test_it_is_one_page_that_names_answer_doubts_and_research_use(tmp_path: Path, mode: str) -> None:
    models = {"both": ("fused", "image"), "image": ("image",), "genes": ("fused", "genes")}[mode]
    (text,) = pages(tmp_path, case_content(mode=mode, models=models))
    assert "Luminal: 80 %" in text and f"by {models[0]}" in text
    assert text.count("For research use only") == 2, "in a box and at the foot"
    assert "invented patients" in text
    assert "CAUTION" in text and "Out of distribution" in text
    assert "decides Luminal" in text


def test_it_says_when_the_answer_is_to_be_referred_and_when_nobody_knows(tmp_path: Path) -> None:
    (refer,) = pages(tmp_path / "a", case_content(refer=True))
    assert "Refer for the assay" in refer and "remain possible" in refer
    (unknown,) = pages(tmp_path / "b", case_content(refer=None))
    assert "not evaluated" in unknown


def test_it_stays_one_page_with_many_models_long_names_and_long_sentences(tmp_path: Path) -> None:
    content = case_content(
        models=("fused", "image", "genes", "concat", "late", "logistic", "paper"),
        classes=tuple(f"{LONG}{place}" for place in range(9)),
        sets=[f"{LONG}{place}" for place in range(12)],
    )
    content["checks"] = [{"name": name, "state": "warning", "sentence": LONG * 4} for name, *_ in CHECKS]
    content["notes"] = [LONG] * 5
    (text,) = pages(tmp_path, content)
    assert text.count("For research use only") == 2


def test_markup_in_names_is_only_text(tmp_path: Path) -> None:
    (text,) = pages(tmp_path, case_content(classes=("<b>bold</b>", "a & b"), sets=("<font size=40>x</font>",)))
    assert "<b>bold</b>" in text and "<font size=40>" in text


def test_the_same_case_gives_the_same_bytes(tmp_path: Path) -> None:
    content = case_content()
    write_case_content(tmp_path / "result", content)
    assert case_sheet(content, tmp_path / "result") == case_sheet(content, tmp_path / "result")


@pytest.mark.parametrize(("share", "told"), [(0.9999, "> 99 %"), (1.0, "100 %"), (0.5, "50 %")])
def test_probabilities_that_are_not_quite_one_are_not_shown_as_one(tmp_path: Path, share: float, told: str) -> None:
    (text,) = pages(tmp_path, case_content(share=share, spread=0.0))
    assert f"Luminal: {told}" in text
