"""The demo cohort's expression table: log2(TPM+1) of about a thousand genes that move in groups.

The planted gene factor lowers luminal genes and raises basal, HER2 and proliferation genes. Every other group has a
hidden activity of its own, and every site shifts every gene a little, so that not all that varies is the answer.
"""

import gzip
import io
from pathlib import Path

import numpy as np
from jaxtyping import Float

from core.cohort.demo.genes import background_groups
from core.cohort.demo.patients import SITES, DemoPatient
from core.cohort.gene_sets import PAM50_GENES, shipped_modules

_CARRIERS = {
    "Oestrogen response": -1.0,
    "Luminal differentiation": -1.0,
    "Basal keratins": 1.0,
    "HER2 amplicon": 0.7,
    "Proliferation": 0.8,
}
"""Shipped modules that carry the planted factor, with its direction. Modules that share their genes show it too."""

_FACTOR_LOG2 = 0.75
"""Shift of a carrier gene when the factor goes up by one."""
_GROUP_LOG2 = 0.25
"""Standard deviation that a group's own activity adds to its genes."""
_SITE_LOG2 = 0.15
_NOISE_LOG2 = 0.8


def demo_symbols() -> tuple[str, ...]:
    """Genes of the table, in its order."""
    return tuple(dict.fromkeys(symbol for symbols in _groups().values() for symbol in symbols))


def expression_values(
    rng: np.random.Generator, patients: tuple[DemoPatient, ...]
) -> tuple[tuple[str, ...], Float[np.ndarray, "genes patients"]]:
    """Symbols and log2(TPM+1), never negative, of all given patients."""
    symbols = demo_symbols()
    row = {symbol: index for index, symbol in enumerate(symbols)}
    factor = np.array([patient.genes for patient in patients])
    values = np.repeat(rng.normal(5.5, 1.6, size=(len(symbols), 1)).clip(1.0), len(patients), axis=1)
    for name, members in _groups().items():
        rows = [row[symbol] for symbol in members]
        loading = rng.uniform(0.5, 1.5, size=(len(rows), 1))
        activity = _GROUP_LOG2 * rng.standard_normal(len(patients))
        if name in _CARRIERS:
            activity = activity + _CARRIERS[name] * _FACTOR_LOG2 * factor
        values[rows] += loading * activity
    shift = _SITE_LOG2 * rng.standard_normal((len(symbols), len(SITES)))
    values += shift[:, [patient.site for patient in patients]]
    values += _NOISE_LOG2 * rng.standard_normal(values.shape)
    return symbols, values.clip(0.0)


def write_expression(path: Path, patients: tuple[DemoPatient, ...], *, rng: np.random.Generator) -> None:
    """Write genes x patients as gzipped TSV; the same input gives the same bytes (no time in the gzip header)."""
    measured = tuple(patient for patient in patients if patient.expressed)
    symbols, values = expression_values(rng, measured)
    with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0) as packed:
        text = io.TextIOWrapper(packed, encoding="utf-8", newline="\n")
        text.write("\t".join(["gene_symbol", *(patient.id for patient in measured)]) + "\n")
        for symbol, line in zip(symbols, values, strict=True):
            text.write(symbol + "\t" + "\t".join(f"{value:.3f}" for value in line) + "\n")
        text.flush()
        text.detach()


def _groups() -> dict[str, tuple[str, ...]]:
    """Genes that move together: the shipped modules, PAM50 and the background."""
    return {**shipped_modules().members, "PAM50": PAM50_GENES, **background_groups()}
