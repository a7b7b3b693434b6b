"""Arrow's text kernels under typed names: pyarrow makes them at run time, so type checkers do not know them."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc


def trimmed(cells: pa.Array) -> pa.Array:
    """Cells without space around them, as text."""
    return pc.call_function("utf8_trim_whitespace", [pc.cast(cells, pa.string())])


def matching(cells: pa.Array, pattern: str) -> pa.Array:
    """True where a cell matches a regular expression."""
    return pc.call_function("match_substring_regex", [cells], pc.MatchSubstringOptions(pattern))


def replaced(cells: pa.Array, pattern: str, by: str) -> pa.Array:
    """Cells with every match of a regular expression replaced."""
    return pc.call_function("replace_substring_regex", [cells], pc.ReplaceSubstringOptions(pattern, by))


def among(cells: pa.Array, words: Iterable[str]) -> pa.Array:
    """True where a cell is one of the words; capitals do not matter, the words are given in lower case."""
    known = pa.array(sorted(words), pa.string())
    return pc.call_function("is_in", [pc.call_function("utf8_lower", [cells])], pc.SetLookupOptions(known))


def blanked(cells: pa.Array, mask: pa.Array) -> pa.Array:
    """Cells with a null wherever the mask is true."""
    return pc.call_function("if_else", [mask, pa.scalar(None, cells.type), cells])


def neither(first: pa.Array, second: pa.Array) -> pa.Array:
    """True where both masks are false."""
    return pc.call_function("invert", [pc.call_function("or", [first, second])])


def first_true(mask: pa.Array) -> int | None:
    """Place of the first true, or None."""
    place = int(pc.index(mask, value=True).as_py())
    return None if place < 0 else place
