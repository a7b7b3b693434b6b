"""Gene expression tables: genes by samples or samples by genes, in four units, to one matrix of samples by genes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32, Float64

from core.cohort.barcodes import join_samples
from core.cohort.gene_names import check_gene_names
from core.cohort.gene_sets import PAM50_GENES, shipped_modules
from core.cohort.manifest import FILE_NAME, Orientation, Unit
from core.cohort.tables import Table, read_table
from core.cohort.units import check_unit, clipped, logged
from core.errors import InputError

ANNOTATIONS = frozenset({"entrez_gene_id", "entrezgene", "entrez", "description", "gene_type", "cytoband"})
"""Columns that may stand beside the gene names; they are left out, and notes say so."""


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
class _Matrix:
    """Values as the file states them, turned to samples by genes."""

    samples: tuple[str, ...]
    genes: tuple[str, ...]
    values: Float64[np.ndarray, "samples genes"]


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
    table, notes = _without_annotations(read_table(path))
    rows = table.text(table.columns[0])
    facing = orientation or _orientation(table, rows, patients=patients, genes=genes)
    notes.append(f"expression: {facing.replace('-', ' ')}" + ("" if orientation else " (found out)"))
    matrix = _matrix(table, rows, facing)
    check_gene_names(matrix.genes, path=path)
    matrix = _checked(matrix, path, notes)
    check_unit(matrix.values, unit, samples=matrix.samples, genes=matrix.genes, path=path)
    matrix = _merged(matrix, unit, notes)
    values = clipped(logged(matrix.values, unit), clip, notes)
    kept = sorted(matrix.genes) if genes is None else [gene for gene in genes if gene in set(matrix.genes)]
    place = {gene: column for column, gene in enumerate(matrix.genes)}
    order = sorted(range(len(matrix.samples)), key=lambda row: matrix.samples[row])
    return SampleExpression(
        samples=tuple(matrix.samples[row] for row in order),
        genes=tuple(kept),
        values=values[np.ix_(order, [place[gene] for gene in kept])].astype(np.float32),
        unit="zscore" if unit == "zscore" else "log2",
        notes=tuple(notes),
        missing=tuple(gene for gene in genes or () if gene not in place),
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
    notes = [f"expression: left out the columns {', '.join(dropped)}"] if dropped else []
    return table.select(kept), notes


def _orientation(
    table: Table, rows: Sequence[str], *, patients: Sequence[str], genes: Sequence[str] | None
) -> Orientation:
    """What the rows are, told by which side has known patients, else by which side has known genes."""
    columns = table.columns[1:]
    evidence = (
        (len(join_samples(columns, patients, what="").chosen), len(join_samples(rows, patients, what="").chosen)),
        _known_genes(rows, columns, genes),
    )
    for in_rows, in_columns in evidence:
        if in_rows and not in_columns:
            return "genes-in-rows"
        if in_columns and not in_rows:
            return "samples-in-rows"
    raise InputError(
        f"{table.path.name}: cannot tell genes from samples, neither rows nor columns carry known names alone; "
        f'state it: {FILE_NAME} [expression] orientation = "genes-in-rows" or "samples-in-rows"'
    )


def _known_genes(rows: Sequence[str], columns: Sequence[str], genes: Sequence[str] | None) -> tuple[int, int]:
    known = set(genes or ()) | set(PAM50_GENES).union(*shipped_modules().members.values())
    return len(known & set(rows)), len(known & set(columns))


def _matrix(table: Table, rows: tuple[str, ...], facing: Orientation) -> _Matrix:
    columns = table.columns[1:]
    values = np.stack([table.numbers(column) for column in columns])
    if facing == "genes-in-rows":
        return _Matrix(samples=columns, genes=rows, values=values)
    return _Matrix(samples=rows, genes=columns, values=np.ascontiguousarray(values.T))


def _checked(matrix: _Matrix, path: Path, notes: list[str]) -> _Matrix:
    """The matrix with every cell finite; genes measured in no sample and rows without a gene name are left out."""
    again = (
        {sample for sample in matrix.samples if matrix.samples.count(sample) > 1} if _repeats(matrix.samples) else set()
    )
    if again:
        raise InputError(f'{path.name}: sample "{min(again)}" stands there more than once; keep one')
    named = np.array([bool(gene) for gene in matrix.genes])
    measured = ~np.isnan(matrix.values).all(axis=0)
    for what, mask in (("rows without a gene name", ~named), ("genes without any value", named & ~measured)):
        if mask.any():
            notes.append(f"expression: left out {int(mask.sum())} {what}")
    keep = np.flatnonzero(named & measured)
    if not len(keep):
        raise InputError(f"{path.name} holds no values: every gene is empty")
    values = matrix.values[:, keep]
    genes = tuple(matrix.genes[column] for column in keep)
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        sample, gene = wrong[0]
        raise InputError(
            f'{path.name}: gene "{genes[gene]}", sample "{matrix.samples[sample]}" has no finite value '
            f"({len(wrong)} such cells); fill them in or remove the gene"
        )
    return _Matrix(samples=matrix.samples, genes=genes, values=values)


def _repeats(names: Sequence[str]) -> bool:
    return len(set(names)) < len(names)


def _merged(matrix: _Matrix, unit: Unit, notes: list[str]) -> _Matrix:
    """Rows of one gene put together, sample by sample: counts and TPM summed, log2 values and z-scores averaged."""
    if not _repeats(matrix.genes):
        return matrix
    genes, place = np.unique(np.array(matrix.genes), return_inverse=True)
    summed = np.zeros((len(matrix.samples), len(genes)))
    np.add.at(summed.T, place, matrix.values.T)
    how = "summed"
    if unit in ("log2", "zscore"):
        summed /= np.bincount(place)
        how = "averaged"
    notes.append(f"expression: {len(matrix.genes) - len(genes)} repeated rows of genes were {how}")
    return _Matrix(samples=matrix.samples, genes=tuple(str(gene) for gene in genes), values=summed)
