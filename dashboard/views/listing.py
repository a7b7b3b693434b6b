"""The list of patients: what it is narrowed to, as the address has it, and its rows in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from core.results.listing import FLAGS, SORTS, Around, Asked, Flag, Listed, Sort
from dashboard.views.runs import Run
from dashboard.words.wording import counted, listed

CONFIDENT = 0.8
"""A decision at or above this probability counts as confident."""

ON_A_PAGE = 100
"""Rows that the browser gets at once."""

USUAL: Sort = "patient"
MOST_TEXT = 100
FALLING = "falling"
Address = Mapping[str, Sequence[str]]
"""The address's part after the question mark: names, each with its values."""

MARKS: Mapping[str, str] = {
    "disagree": "models disagree",
    "referred": "referred",
    "doubted": "low trust",
    "spoiled": "slide problems",
}
"""Flags that the table names, by their column; whether a decision is wrong has a column of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Which patients are listed, and in what order; an empty choice leaves nobody out."""

    text: str = ""
    truths: tuple[str, ...] = ()
    """Names of classes."""
    decisions: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    sort: Sort = USUAL
    falling: bool = False
    page: int = 1


def chosen(address: Address, *, classes: Sequence[str]) -> Choice:
    """What an address asks for; what is not known is left out, as anyone can write an address."""
    values = {name: tuple(dict.fromkeys(found)) for name, found in address.items() if found}
    first = {name: found[0] for name, found in values.items()}
    page = first.get("page", "")
    return Choice(
        text=first.get("find", "")[:MOST_TEXT],
        truths=tuple(one for one in values.get("true", ()) if one in classes),
        decisions=tuple(one for one in values.get("decided", ()) if one in classes),
        sites=values.get("site", ()),
        flags=tuple(flag for flag in FLAGS if flag in values.get("only", ())),
        sort=_sort(first.get("sort")),
        falling=first.get("order") == FALLING,
        # no cohort has a million pages, and the database takes no number beyond its own
        page=int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 7 and int(page) else 1,
    )


def _sort(name: str | None) -> Sort:
    for sort in SORTS:
        if sort == name:
            return sort
    return USUAL


def address(choice: Choice) -> dict[str, list[str]]:
    """The choice as an address has it; a name without values is not needed there."""
    return {
        "find": [choice.text] if choice.text else [],
        "true": list(choice.truths),
        "decided": list(choice.decisions),
        "site": list(choice.sites),
        "only": list(choice.flags),
        "sort": [] if choice.sort == USUAL else [choice.sort],
        "order": [FALLING] if choice.falling else [],
        "page": [] if choice.page == 1 else [str(choice.page)],
    }


def asked(choice: Choice, *, run: Run, model: str, spoiled: Sequence[str] = ()) -> Asked:
    """The choice as the store is asked; `spoiled` are the bags of slides with a problem."""
    return Asked(
        run=run.name,
        cohort=run.cohort,
        model=model,
        text=choice.text,
        truths=tuple(run.classes.index(name) for name in choice.truths),
        decisions=tuple(run.classes.index(name) for name in choice.decisions),
        sites=choice.sites,
        flags=choice.flags,
        confident=CONFIDENT,
        spoiled=tuple(spoiled),
        sort=choice.sort,
        falling=choice.falling,
    )


def pages(found: Listed) -> int:
    """How many pages the list has."""
    return max(1, -(-found.listed // ON_A_PAGE))


def page_of(around: Around) -> int:
    """The page of the list that a patient stands on; the first for one who is not listed."""
    return 1 if around.place is None else 1 + (around.place - 1) // ON_A_PAGE


def on_page(choice: Choice, found: Listed) -> Choice:
    """The choice on a page that exists: a filter may leave fewer."""
    return replace(choice, page=min(choice.page, pages(found)))


def sentence(found: Listed, *, model: str) -> str:
    """How many are listed, and how many of them are decided wrongly."""
    return (
        f"{found.listed:,} of {counted(found.total, noun='patient')} listed, {found.wrong:,} of them decided "
        f"wrongly by {model}"
    )


def in_words(choice: Choice) -> str:
    """The choice in one line; empty when everyone is listed in the usual order."""
    named = [
        f"“{choice.text}”" if choice.text else "",
        f"true class {listed(choice.truths)}" if choice.truths else "",
        f"decided {listed(choice.decisions)}" if choice.decisions else "",
        f"site {listed(choice.sites)}" if choice.sites else "",
        *choice.flags,
        "" if (choice.sort, choice.falling) == (USUAL, False) else _order(choice),
    ]
    return " · ".join(one for one in named if one)


def _order(choice: Choice) -> str:
    return f"by {choice.sort}{', falling' if choice.falling else ''}"


def table(rows: pd.DataFrame, *, classes: Sequence[str]) -> pd.DataFrame:
    """Rows of the list in words: patient, site, truth, decision, right, confidence and own (percent), flags."""
    marks = [
        ", ".join(name for column, name in MARKS.items() if flags[column])
        for flags in rows[list(MARKS)].to_dict(orient="records")
    ]
    return pd.DataFrame(
        {
            "patient": rows["patient"].astype(str),
            "site": rows["site"].astype(str),
            "truth": [classes[label] for label in rows["label"]],
            "decision": [classes[place] for place in rows["predicted"]],
            "right": ["✗ wrong" if wrong else "✓" for wrong in rows["wrong"]],
            "confidence": 100 * rows["confidence"],
            "own": 100 * rows["own"],
            "flags": marks,
        }
    )
