"""Gene expression tables: genes by samples or samples by genes, in four units, to one matrix of samples by genes."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32, Float64

from core.cohort.barcodes import join_samples
from core.cohort.gene_names import RENAMED, check_gene_names, renamed_genes
from core.cohort.gene_sets import PAM50_GENES, shipped_modules
from core.cohort.sources import FILE_NAME, Orientation, Unit
from core.cohort.tables import Table, read_table
from core.cohort.units import check_unit, clipped, logged
from core.errors import InputError

ANNOTATIONS = frozenset({"entrez_gene_id", "entrezgene", "entrez", "description", "gene_type", "cytoband"})
"""Columns that may stand beside the gene names; they are left out, and notes say so."""

_FRACTION = re.compile(r"^[+-]?\d*[.,]\d+([eE][+-]?\d+)?$")


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleExpression:
    """Expression by sample, as read: logged where it was counts or TPM, clipped, not scaled, never imputed."""

    samples: tuple[str, ...]
    """Sorted."""
    genes: tuple[str, ...]
    """Sorted; in the order asked for where genes were asked for."""
    values: Float32[np.ndarray, "samples genes"]
    unit: Literal["log2", "zscore"]
    notes: tuple[str, ...]
    """What was found out and decided."""
    missing: tuple[str, ...] = ()
    """Genes asked for that the table does not have."""

    def __post_init__(self) -> None:
        assert self.values.shape == (len(self.samples), len(self.genes))
        assert np.isfinite(self.values).all()


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Values as a file states them, turned to samples by genes, in no unit yet; NaN where a cell is empty."""

    path: Path
    samples: tuple[str, ...]
    genes: tuple[str, ...]
    """Under today's symbols; a gene may stand there more than once."""
    values: Float64[np.ndarray, "samples genes"]
    orientation: Orientation
    notes: tuple[str, ...]

    def only(self, sample: str) -> "Measured":
        """That sample alone; what is amiss with others no longer matters."""
        row = self.samples.index(sample)
        return replace(self, samples=(sample,), values=self.values[[row]])


def read_expression(
    path: Path,
    *,
    unit: Unit,
    clip: float | None = None,
    genes: Sequence[str] | None = None,
    patients: Sequence[str] = (),
    orientation: Orientation | None = None,
) -> SampleExpression:
    """Read an expression table.

    Counts become log2(CPM + 1) over all genes of the table, TPM becomes log2(TPM + 1); log2 values and z-scores stay.

    Args:
        path: csv, tsv (gzip or not), xlsx or parquet; the first column names the rows. One sample is enough.
        unit: what the values are.
        clip: values beyond +-clip are put at +-clip, after logarithms.
        genes: the genes wanted, in this order; those not in the table are told in `missing`, not made up.
        patients: identifiers known from the clinical table; they help to tell samples from genes.
        orientation: what the rows are, where the table does not tell it itself.

    Raises:
        InputError: orientation cannot be told, genes are not symbols, a sample stands there twice, or a value is
            missing, not a number, or impossible for the unit.
    """
    measured = read_measured(path, genes=genes, patients=patients, orientation=orientation)
    return in_unit(measured, unit=unit, clip=clip, genes=genes)


def read_measured(
    path: Path,
    *,
    genes: Sequence[str] | None = None,
    patients: Sequence[str] = (),
    orientation: Orientation | None = None,
) -> Measured:
    """Samples and genes of a table, before anybody says what unit its values have; arguments as in `read_expression`.

    Raises:
        InputError: orientation cannot be told, genes are not symbols, or a sample stands there twice.
    """
    table, notes = _without_annotations(read_table(path))
    rows = table.text(table.columns[0])
    facing = orientation or _orientation(table, rows, patients=patients, genes=genes)
    notes.append(f"expression: {facing.replace('-', ' ')}" + ("" if orientation else " (found out)"))
    samples, names, values = _turned(table, rows, facing)
    current = _current(names, notes)
    check_gene_names(current, path=path)
    _check_samples(samples, path)
    return Measured(path=path, samples=samples, genes=current, values=values, orientation=facing, notes=tuple(notes))


def in_unit(
    measured: Measured, *, unit: Unit, clip: float | None = None, genes: Sequence[str] | None = None
) -> SampleExpression:
    """A table's values on the scale that models see; arguments as in `read_expression`.

    Raises:
        InputError: a value is missing, not a number, or impossible for the unit.
    """
    notes = list(measured.notes)
    found = _filled(measured, notes)
    check_unit(found.values, unit, samples=found.samples, genes=found.genes, path=found.path)
    found = _merged(found, unit, notes)
    values = clipped(logged(found.values, unit), clip, notes)
    return _selected(found.samples, found.genes, values, unit=unit, wanted=genes, notes=notes)


def _selected(
    samples: Sequence[str],
    genes: Sequence[str],
    values: Float64[np.ndarray, "samples genes"],
    *,
    unit: Unit,
    wanted: Sequence[str] | None,
    notes: list[str],
) -> SampleExpression:
    """Samples in alphabetical order; the genes wanted that are there, or all in alphabetical order."""
    place = {gene: column for column, gene in enumerate(genes)}
    kept = sorted(genes) if wanted is None else [gene for gene in wanted if gene in place]
    order = sorted(range(len(samples)), key=samples.__getitem__)
    return SampleExpression(
        samples=tuple(samples[row] for row in order),
        genes=tuple(kept),
        values=values[np.ix_(order, [place[gene] for gene in kept])].astype(np.float32),
        unit="zscore" if unit == "zscore" else "log2",
        notes=tuple(notes),
        missing=tuple(gene for gene in wanted or () if gene not in place),
    )


def _without_annotations(table: Table) -> tuple[Table, list[str]]:
    """The table without columns beside the gene names, its row names put first."""
    dropped = [name for name in table.columns[1:] if name.lower() in ANNOTATIONS]
    texts = [name for name in table.columns if table.is_text(name)]
    # parquet states types, and pandas writes the index last: the row names are then the only text
    names = texts[0] if len(texts) == 1 else table.columns[0]
    kept = [names, *(name for name in table.columns if name not in dropped and name != names)]
    if len(kept) < 2:
        raise InputError(f"{table.path.name} holds no values: expected row names in the first column, then numbers")
    _check_header(kept, table.path)
    notes = [f"expression: left out the columns {', '.join(dropped)}"] if dropped else []
    return table.select(kept), notes


def _check_header(names: Sequence[str], path: Path) -> None:
    """Refuse a table without header, whose first gene would be taken for one."""
    if names[0] in _known_genes(None) or any(_FRACTION.match(name) for name in names[1:]):
        raise InputError(f"{path.name}: its first row holds values, not names; add a header row")


def _orientation(
    table: Table, rows: Sequence[str], *, patients: Sequence[str], genes: Sequence[str] | None
) -> Orientation:
    """What the rows are: known patients on one side only, or known genes on one side only, and no contradiction."""
    columns = table.columns[1:]
    known = _known_genes(genes)
    verdicts = {
        _one_sided(*(len(join_samples(side, patients, what="").chosen) for side in (columns, rows))),
        _one_sided(*(len(known.intersection(side)) for side in (rows, columns))),
    } - {None}
    if len(verdicts) == 1:
        return "genes-in-rows" if verdicts.pop() else "samples-in-rows"
    raise InputError(
        f"{table.path.name}: cannot tell genes from samples, the names of its rows and columns do not settle it; "
        f'state it: {FILE_NAME} [expression] orientation = "genes-in-rows" or "samples-in-rows"'
    )


def _one_sided(for_genes_in_rows: int, against: int) -> bool | None:
    """What names that were recognised on each side say; nothing where both sides or none carry some."""
    return None if bool(for_genes_in_rows) == bool(against) else bool(for_genes_in_rows)


def _known_genes(genes: Sequence[str] | None) -> set[str]:
    return set(genes or ()).union(PAM50_GENES, RENAMED, *shipped_modules().members.values())


def _turned(
    table: Table, rows: tuple[str, ...], facing: Orientation
) -> tuple[tuple[str, ...], tuple[str, ...], Float64[np.ndarray, "samples genes"]]:
    columns = table.columns[1:]
    values = np.stack([table.numbers(column) for column in columns])
    if facing == "genes-in-rows":
        return columns, rows, values
    return rows, columns, np.ascontiguousarray(values.T)


def _current(genes: tuple[str, ...], notes: list[str]) -> tuple[str, ...]:
    """The genes under today's symbols."""
    renamed = renamed_genes(genes)
    if renamed:
        shown = ", ".join(f"{old} is now {new}" for old, new in sorted(renamed.items())[:3])
        more = ", ..." if len(renamed) > 3 else ""
        notes.append(f"expression: outdated gene symbols renamed: {len(renamed)} ({shown}{more})")
    return tuple(renamed.get(gene, gene) for gene in genes)


def _check_samples(samples: Sequence[str], path: Path) -> None:
    counts = Counter(samples)
    again = sorted(sample for sample, count in counts.items() if count > 1)
    if again:
        raise InputError(f'{path.name}: sample "{again[0]}" stands there {counts[again[0]]} times; keep one')
    if "" in counts:
        raise InputError(f"{path.name}: a sample has no name; name it or remove it")


def _filled(matrix: Measured, notes: list[str]) -> Measured:
    """The table with every cell finite; genes measured in no sample and rows without a gene name are left out."""
    named = np.array([bool(gene) for gene in matrix.genes])
    measured = ~np.isnan(matrix.values).all(axis=0)
    for what, mask in (("rows without a gene name", ~named), ("genes without any value", named & ~measured)):
        if mask.any():
            notes.append(f"expression: left out {what}: {int(mask.sum())}")
    keep = np.flatnonzero(named & measured)
    if not len(keep):
        raise InputError(f"{matrix.path.name} holds no values: every gene is empty; check the table")
    values = matrix.values[:, keep]
    genes = tuple(matrix.genes[column] for column in keep)
    # NaN compares false; what single precision cannot hold would become infinite later
    wrong = np.argwhere(~(np.abs(values) <= np.finfo(np.float32).max))
    if len(wrong):
        sample, gene = wrong[0]
        raise InputError(
            f'{matrix.path.name}: gene "{genes[gene]}", sample "{matrix.samples[sample]}" has no finite value '
            f"({len(wrong):,} such cells); fill them in or remove the gene"
        )
    return replace(matrix, genes=genes, values=values)


def _merged(matrix: Measured, unit: Unit, notes: list[str]) -> Measured:
    """Rows of one gene put together, sample by sample: counts and TPM summed, log2 values and z-scores averaged."""
    if len(set(matrix.genes)) == len(matrix.genes):
        return matrix
    genes, place = np.unique(np.array(matrix.genes), return_inverse=True)
    summed = np.zeros((len(matrix.samples), len(genes)))
    np.add.at(summed.T, place, matrix.values.T)
    how = "summed"
    if unit in ("log2", "zscore"):
        summed /= np.bincount(place)
        how = "averaged"
    notes.append(f"expression: repeated rows of genes {how}: {len(matrix.genes) - len(genes)}")
    return replace(matrix, genes=tuple(str(gene) for gene in genes), values=summed)
