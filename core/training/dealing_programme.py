"""The deal of sites as a mixed-integer linear programme, solved by HiGHS."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64
from scipy import sparse
from scipy.optimize import milp

from core.training.dealing_balance import MISSING, SiteTable

Numbers = Float64[np.ndarray, " variables"]
Limit = Float64[np.ndarray, " rows"] | float | int

SAFETY_S = 60.0
"""Seconds after which a search ends whatever its nodes; reached only by cohorts far larger than any published one."""
_TIME_LIMIT = 1
"""scipy's status of a search that ran out of time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Solution:
    """What the solver found within its nodes."""

    fold: Int64[np.ndarray, " sites"] | None
    """None where it found no deal at all."""
    bound: float
    """No deal costs less."""
    timed_out: bool
    """True when time and not nodes ended the search: another machine may deal otherwise."""


def solved(table: SiteTable, *, folds: int, nodes: int, most: int) -> Solution:
    """The most even deal that HiGHS finds within so many nodes, with at most `most` sites in a fold.

    Variables are, in this order: whether a site is in a fold; the deviation of each column in each fold; whether a fold
    lacks a column; the shortfall of each column in the fold where it is greatest.
    """
    pairs, columns = table.sites * folds, len(table.weights)
    cells = columns * folds
    found = milp(
        np.concatenate([np.zeros(pairs), np.repeat(table.weights, folds), np.full(cells, MISSING), table.weights]),
        integrality=np.repeat([1, 0], [pairs, 2 * cells + columns]),
        bounds=_bounds(table, folds),
        constraints=_constraints(table, folds, most),
        options={"node_limit": nodes, "mip_rel_gap": 0.0, "time_limit": SAFETY_S, "presolve": True},
    )
    bound = found.mip_dual_bound
    return Solution(
        fold=None if found.x is None else _fold(np.asarray(found.x[:pairs]), folds),
        bound=float(bound) if bound is not None and np.isfinite(bound) else 0.0,
        timed_out=found.status == _TIME_LIMIT and "time limit" in str(found.message).lower(),
    )


def _fold(chosen: Float64[np.ndarray, " pairs"], folds: int) -> Int64[np.ndarray, " sites"]:
    return chosen.reshape(-1, folds).argmax(axis=1).astype(np.int64)


def _bounds(table: SiteTable, folds: int) -> tuple[Numbers, Numbers]:
    """The largest sites take the first folds in turn: renumbering folds gives the same deal, and is not searched."""
    may = np.ones((table.sites, folds))
    for place, site in enumerate(np.argsort(-table.counts[:, -1], kind="stable")[:folds]):
        may[site, place + 1 :] = 0
    off = (table.totals / folds) % 1
    nearest = np.repeat(np.minimum(off, 1 - off), folds)
    cells, columns = nearest.size, len(table.weights)
    return (
        np.concatenate([np.zeros(may.size), nearest, np.zeros(cells), table.shortfall(folds=folds)]),
        np.concatenate([may.ravel(), np.full(cells, np.inf), np.ones(cells), np.full(columns, np.inf)]),
    )


def _constraints(table: SiteTable, folds: int, most: int) -> list[tuple[sparse.csr_array, Limit, Limit]]:
    """Rows of coefficients, with the least and the most that each may come to."""
    columns = len(table.weights)
    spread = np.ones((1, folds))
    each = sparse.eye(columns * folds)
    held = sparse.kron(table.counts.T, sparse.eye(folds))
    even = np.repeat(table.totals / folds, folds)
    return [
        (_row(table, folds, chosen=sparse.kron(sparse.eye(table.sites), spread)), 1, 1),
        (_row(table, folds, chosen=sparse.kron(np.ones((1, table.sites)), sparse.eye(folds))), 1, most),
        (_row(table, folds, chosen=held, deviation=-each), -np.inf, even),
        (_row(table, folds, chosen=held, deviation=each), even, np.inf),
        (_row(table, folds, chosen=held, lacking=each), 1, np.inf),
        (_row(table, folds, chosen=held, shortfall=sparse.kron(sparse.eye(columns), spread.T)), even, np.inf),
        # patients come whole: stated outright, this ends the search as soon as a deal reaches it, several times earlier
        (_row(table, folds, deviation=sparse.kron(sparse.eye(columns), spread)), table.slack(folds=folds), np.inf),
    ]


def _row(table: SiteTable, folds: int, **groups: Any) -> sparse.csr_array:
    """Coefficients of the groups of variables in their order; 0 for those that are not given."""
    columns = len(table.weights)
    widths = {
        "chosen": table.sites * folds,
        "deviation": columns * folds,
        "lacking": columns * folds,
        "shortfall": columns,
    }
    rows = next(iter(groups.values())).shape[0]
    parts = [groups[name] if name in groups else sparse.csr_array((rows, width)) for name, width in widths.items()]
    return sparse.csr_array(sparse.hstack(parts))
