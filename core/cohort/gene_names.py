"""Judging names of genes: HGNC symbols are wanted, everything else is refused with what to do."""

import re
from collections.abc import Mapping, Sequence
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

RENAMED: Mapping[str, str] = {
    "ADSSL1": "ADSS1",
    "ATP5A1": "ATP5F1A",
    "ATP5B": "ATP5F1B",
    "ATP5C1": "ATP5F1C",
    "ATP5D": "ATP5F1D",
    "ATP5F1": "ATP5PB",
    "ATP5G1": "ATP5MC1",
    "ATP5G3": "ATP5MC3",
    "C17orf37": "MIEN1",
    "CASC5": "KNL1",
    "CDCA1": "NUF2",
    "CTGF": "CCN2",
    "CYR61": "CCN1",
    "DDX58": "RIGI",
    "ERO1L": "ERO1A",
    "FAM64A": "PIMREG",
    "GBA": "GBA1",
    "GSDML": "GSDMB",
    "IGJ": "JCHAIN",
    "IL8": "CXCL8",
    "KNTC2": "NDC80",
    "MRE11A": "MRE11",
    "ORC6L": "ORC6",
    "PERLD1": "PGAP3",
    "PHB": "PHB1",
    "SDPR": "CAVIN2",
    "SGOL1": "SGO1",
    "TMEM173": "STING1",
    "WISP1": "CCN4",
}
"""Outdated HGNC symbols that breast-cancer tables still carry (three of them in PAM50), to today's."""


def renamed_genes(names: Sequence[str]) -> dict[str, str]:
    """Outdated symbols among the names to today's, where today's is not there already."""
    present = set(names)
    return {old: new for old, new in RENAMED.items() if old in present and new not in present}


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
