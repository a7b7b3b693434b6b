"""The selection of the Cohort page: as its address has it, as chips, and after a click."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.results.laid_out import COLUMNS, Facet
from core.results.selections import AGE_YEARS, Choice, Where
from dashboard.views.cohort.summary import Panel, title, value_name
from dashboard.words.wording import listed

AGE = "age"
COVARIATE = "is."
"""Stands before the name of a covariate, so that none is taken for another part of the address."""
MOST_VALUES = 500
MOST_TEXT = 500
"""Characters of a value; longer ones are nobody's."""

Address = Mapping[str, Sequence[str]]
"""The address's part after the question mark: names, each with its values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chip:
    """One filter that is active, and what is left without it."""

    name: str
    """Of the filter in the address."""
    text: str
    without: Where


def facet_name(facet: Facet) -> str:
    """How the address names a facet."""
    return f"{COVARIATE}{facet.name}" if facet.covariate else facet.name


def panel_name(panel: Panel) -> str:
    """How the address names what a chart chooses."""
    return AGE if panel.facet is None else facet_name(panel.facet)


def pressed(where: Where, panel: Panel, values: Sequence[str], *, boxed: bool) -> Where:
    """After bars of a chart were pressed: one by a click, or several by a box; values that it has not are left out."""
    known = [value for value in panel.values if value in values]
    if not known:
        return where
    if panel.facet is None:
        firsts = list(map(int, known))
        return brushed_ages(where, firsts) if boxed else clicked_age(where, firsts[0])
    return put(where, panel.facet, known) if boxed else clicked(where, panel.facet, known[0])


def chosen(address: Address, *, facets: Sequence[Facet]) -> tuple[Where, tuple[str, ...]]:
    """What an address asks for, and the names of filters in it that the cohort has not."""
    known = {facet_name(facet): facet for facet in facets}
    choices: list[Choice] = []
    for name, facet in known.items():
        values = tuple(dict.fromkeys(value for value in address.get(name, ()) if _can_be(value)))[:MOST_VALUES]
        if values:
            choices.append(Choice(facet=facet, values=values))
    filters = [name for name in address if name in COLUMNS or name.startswith(COVARIATE)]
    return Where(choices=tuple(choices), ages=_ages(address)), tuple(name for name in filters if name not in known)


def address(where: Where) -> dict[str, list[str]]:
    """A selection as the address has it."""
    found = {facet_name(choice.facet): list(choice.values) for choice in where.choices}
    return found if where.ages is None else {**found, AGE: [f"{where.ages[0]}-{where.ages[1]}"]}


def filter_names(given: Address) -> tuple[str, ...]:
    """Names in an address that are filters, whether or not the cohort has them."""
    return tuple(name for name in given if name in (*COLUMNS, AGE) or name.startswith(COVARIATE))


def put(where: Where, facet: Facet, values: Sequence[str]) -> Where:
    """The selection with these values of a facet, and no others; without values the facet leaves nobody out."""
    others = tuple(choice for choice in where.choices if choice.facet != facet)
    mine = (Choice(facet=facet, values=tuple(dict.fromkeys(values))[:MOST_VALUES]),) if values else ()
    return replace(where, choices=(*others, *mine))


def clicked(where: Where, facet: Facet, value: str) -> Where:
    """After a click on a bar: its value is chosen too, or no longer."""
    values = where.values(facet)
    return put(where, facet, [one for one in values if one != value] if value in values else [*values, value])


def clicked_age(where: Where, first: int) -> Where:
    """After a click on an age group: the range grows to hold it; inside the range it becomes the range; again, none."""
    last = first + AGE_YEARS - 1
    if where.ages is None:
        return replace(where, ages=(first, last))
    low, high = where.ages
    if (low, high) == (first, last):
        return replace(where, ages=None)
    inside = low <= first and last <= high
    return replace(where, ages=(first, last) if inside else (min(low, first), max(high, last)))


def brushed_ages(where: Where, firsts: Sequence[int]) -> Where:
    """After a box was drawn around age groups."""
    return replace(where, ages=(min(firsts), max(firsts) + AGE_YEARS - 1)) if firsts else where


def between(where: Where, ages: tuple[int, int] | None) -> Where:
    """The selection with this range of ages, both ends included; None leaves nobody out."""
    return replace(where, ages=ages)


def chips(where: Where) -> tuple[Chip, ...]:
    """The active filters, in the order they were chosen, age last."""
    found = [
        Chip(
            name=facet_name(choice.facet),
            text=f"{title(choice.facet)}: {_values(choice)}",
            without=put(where, choice.facet, ()),
        )
        for choice in where.choices
    ]
    if where.ages is not None:
        low, high = where.ages
        shown = f"Age: {low} to {high} years" if high > low else f"Age: {low} years"
        found.append(Chip(name=AGE, text=shown, without=replace(where, ages=None)))
    return tuple(found)


def sentence(where: Where) -> str:
    """The selection in words."""
    return "; ".join(chip.text for chip in chips(where)) or "all patients"


def _values(choice: Choice) -> str:
    return listed([_short(value_name(choice.facet, value)) for value in choice.values], most=4)


def _short(text: str, *, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _can_be(value: str) -> bool:
    """The database takes no text with a zero byte or half a character in it."""
    return len(value) <= MOST_TEXT and "\0" not in value and not any("\ud800" <= one <= "\udfff" for one in value)


def _ages(given: Address) -> tuple[int, int] | None:
    low, dash, high = next(iter(given.get(AGE, ())), "").partition("-")
    if not dash or not all(part.isascii() and part.isdecimal() and len(part) < 4 for part in (low, high)):
        return None
    return (int(low), int(high)) if int(low) <= int(high) else None
