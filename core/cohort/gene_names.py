"""Judging names of genes: HGNC symbols are wanted, everything else is refused with what to do."""

import re
from collections.abc import Sequence
from pathlib import Path

from core.errors import InputError

_ENSEMBL = re.compile(r"^ENS[A-Z]*G\d{11}(\.\d+)?$")
_ENTREZ = re.compile(r"^\d+$")
_PIPED = re.compile(r"^[^|]+\|[^|]+$")
_DATE = re.compile(
    r"^(\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|(mar|sep|dec)-\d{1,2}|\d{4}-\d{2}-\d{2}.*)$",
    re.IGNORECASE,
)

_KINDS = (
    (_ENSEMBL, "Ensembl identifiers", "map them to HGNC symbols"),
    (_ENTREZ, "numbers, as Entrez identifiers are", "map them to HGNC symbols"),
    (_PIPED, "joined names such as SYMBOL|IDENTIFIER", "keep only the HGNC symbol"),
)


def check_gene_names(names: Sequence[str], *, path: Path) -> None:
    """Refuse a table whose genes are not named by symbols.

    Raises:
        InputError: most names are Ensembl or Entrez identifiers or joined names, or a spreadsheet made dates of some.
    """
    for pattern, what, advice in _KINDS:
        count = sum(bool(pattern.match(name)) for name in names)
        if count > len(names) / 2:
            raise InputError(f"{path.name}: {count} of {len(names)} gene names are {what}; {advice}")
    dates = [name for name in names if _DATE.match(name)]
    if dates:
        raise InputError(
            f'{path.name}: {len(dates)} gene names were turned into dates by a spreadsheet (first: "{dates[0]}"); '
            "export the table again with the names as text"
        )
