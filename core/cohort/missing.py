"""What counts as "no value" in a table; the only list of its kind."""

from collections.abc import Iterable

MISSING: frozenset[str] = frozenset(
    {
        "",
        "-",
        "--",
        "'--",
        ".",
        "na",
        "n/a",
        "#n/a",
        "nan",
        "null",
        "unknown",
        "not available",
        "not applicable",
        "not evaluated",
        "not reported",
        "not known",
        "[unknown]",
        "[discrepancy]",
        "[not available]",
        "[not applicable]",
        "[not evaluated]",
        "[not reported]",
    }
)
"""Cells that mean "missing", in lower case; the manifest's `[clinical] missing` adds to them."""


def is_missing(cell: str, *, also: Iterable[str] = ()) -> bool:
    """Whether a cell states no value; capitals and space around it do not matter."""
    plain = cell.strip().lower()
    return plain in MISSING or any(plain == token.strip().lower() for token in also)
