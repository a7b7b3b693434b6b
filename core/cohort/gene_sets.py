"""Named groups of genes: GMT files, and the modules that ship with Acinus."""

from importlib.resources import files
from pathlib import Path

from core.cohort.file_bytes import read_bounded
from core.cohort.gene_names import RENAMED
from core.errors import InputError
from core.types import GeneSets

# fmt: off
PAM50_GENES: tuple[str, ...] = (
    "ACTR3B", "ANLN", "BAG1", "BCL2", "BIRC5", "BLVRA", "CCNB1", "CCNE1", "CDC20", "CDC6", "CDH3", "CENPF", "CEP55",
    "CXXC5", "EGFR", "ERBB2", "ESR1", "EXO1", "FGFR4", "FOXA1", "FOXC1", "GPR160", "GRB7", "KIF2C", "KRT14", "KRT17",
    "KRT5", "MAPT", "MDM2", "MELK", "MIA", "MKI67", "MLPH", "MMP11", "MYBL2", "MYC", "NAT1", "NDC80", "NUF2", "ORC6",
    "PGR", "PHGDH", "PTTG1", "RRM2", "SFRP1", "SLC39A6", "TMEM45B", "TYMS", "UBE2C", "UBE2T",
)
# fmt: on
"""The 50 genes of the PAM50 subtype call (Parker 2009, J Clin Oncol 27:1160), under today's HGNC symbols."""

MODULES_SOURCE = "Acinus modules"


def read_gmt(path: Path) -> GeneSets:
    """Gene sets of a GMT file: a line is a name, a description and genes, separated by tabs.

    Outdated symbols are put under today's, as expression tables are.

    Raises:
        InputError: the file cannot be read, or a line is at fault; the message names the line.
    """
    try:
        text = read_bounded(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8; save it as UTF-8 text") from error
    return GeneSets(source=path.name, members=_parse(text, name=path.name))


def shipped_modules() -> GeneSets:
    """Breast-cancer gene modules written for Acinus, each a token of biology a pathologist would ask about."""
    text = files("core.cohort").joinpath("modules.gmt").read_text(encoding="utf-8")
    return GeneSets(source=MODULES_SOURCE, members=_parse(text, name="modules.gmt"))


def _parse(text: str, *, name: str) -> dict[str, tuple[str, ...]]:
    members: dict[str, tuple[str, ...]] = {}
    for row, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        title, *rest = (cell.strip() for cell in line.split("\t"))
        genes = tuple(dict.fromkeys(RENAMED.get(gene, gene) for gene in rest[1:] if gene))
        if not title or not genes:
            raise InputError(f"{name}, line {row}: expected name, description and at least one gene, separated by tabs")
        if title in members:
            raise InputError(f'{name}, line {row}: the set "{title}" stands there twice; rename or remove one')
        members[title] = genes
    if not members:
        raise InputError(f"{name} holds no gene set; give lines of name, description and genes, separated by tabs")
    return members
