"""Whole sites dealt to folds, so that each fold holds its even share of every class.

After Howard et al. 2021 (Nat Commun 12:4423), who state it as an integer programme for a commercial solver; here it is
HiGHS, which comes with SciPy.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int64

from core.training.dealing_balance import SiteTable
from core.training.dealing_programme import solved

OUTER_NODES = 2000
"""Nodes the search may visit for one deal of outer folds; 657 patients of 35 sites need a few hundred."""
INNER_NODES = 300
"""The same for inner parts, of which there are as many deals as outer folds."""
PAIRED = 8
"""Of so many smaller sites, two are tied."""
_SAME = 1e-6
"""HiGHS calls a search done within this; one patient weighs more in any cohort below half a million."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteDeal:
    """Which fold each site is in, and how even that is."""

    fold: Int64[np.ndarray, " sites"]
    cost: float
    """By `SiteTable.cost`."""
    bound: float
    """No deal costs less."""
    patient: float
    """What one patient may change the cost by."""
    searched: bool
    """True when the integer programme found it, false when the greedy deal was as good."""
    timed_out: bool = False

    @property
    def proven(self) -> bool:
        """Whether no deal is more even."""
        return self.cost <= self.bound + _SAME

    @property
    def nearly(self) -> bool:
        """Whether a more even deal would differ by one patient at most."""
        return self.cost <= self.bound + self.patient

    @property
    def how(self) -> str:
        """In words, for reports."""
        by = "integer programming (HiGHS)" if self.searched else "the greedy deal, largest site first"
        if self.proven:
            return f"{by}, proven best"
        if self.nearly:
            return f"{by}, within one patient of the best"
        end = "time, so that another machine may deal otherwise" if self.timed_out else "nodes"
        gap = (self.cost - self.bound) / self.cost
        return f"{by}, not proven best: the integer programme ran out of {end}, at a gap of {gap:.0%}"


def deal_sites(
    counts: Int64[np.ndarray, "sites classes"],
    folds: int,
    *,
    seed: tuple[int, ...],
    nodes: int,
    left: int = 1,
    vary: bool = False,
) -> SiteDeal:
    """The better of a greedy deal and an integer programme, which is not asked where no deal can pass the greedy one.

    The work is bounded by nodes and not by time, so that a seed deals the same folds on a slow machine. Seeds differ in
    the order in which the sites are given, which decides between deals that are equally even.

    Args:
        counts: patients of each class at each site; no site is empty.
        folds: at least 2, and no more than sites.
        seed: of the order of the sites and the numbers of the folds.
        nodes: most nodes of the search.
        left: least sites outside any one fold; 2 where what is left is dealt again.
        vary: tie random pairs of sites, where that costs no more than a patient, so that seeds deal differently.
    """
    sites = len(counts)
    most = sites - max(left, folds - 1)
    assert 2 <= folds <= sites <= most * folds, "too few sites"
    generator = np.random.default_rng(seed)
    order = generator.permutation(sites)
    table = SiteTable.of(counts[order])
    dealt = _tied(table, folds, nodes=nodes, most=most, generator=generator) if vary else None
    if dealt is None or not dealt.nearly:
        dealt = _varied(dealt, _best(table, folds, nodes=nodes, most=most))
    numbers = generator.permutation(folds)
    fold = np.empty(sites, dtype=np.int64)
    fold[order] = numbers[dealt.fold]
    return replace(dealt, fold=fold)


def _varied(tied: SiteDeal | None, free: SiteDeal) -> SiteDeal:
    """The deal with tied sites, unless the ties cost more than a patient."""
    if tied is None or tied.cost > free.cost + free.patient:
        return free
    return replace(tied, bound=min(free.bound, tied.cost))


def _tied(table: SiteTable, folds: int, *, nodes: int, most: int, generator: np.random.Generator) -> SiteDeal | None:
    """A deal that keeps some random pairs of smaller sites together; None where there are too few to tie.

    A cohort may have only one best deal, and repeats of one deal would tell nothing new.
    """
    small = np.argsort(-table.counts[:, -1], kind="stable")[folds:]
    pairs = len(small) // PAIRED
    if not pairs:
        return None
    drawn = generator.permutation(small)[: 2 * pairs].reshape(pairs, 2)
    lead = np.arange(table.sites)
    lead[drawn[:, 1]] = drawn[:, 0]
    leaders, group = np.unique(lead, return_inverse=True)
    counts = np.zeros((len(leaders), len(table.weights)), dtype=np.int64)
    np.add.at(counts, group, table.counts)
    found = _best(replace(table, counts=counts), folds, nodes=nodes, most=most - pairs)
    # what the search proved of the tied sites does not hold of the free ones
    return replace(found, fold=found.fold[group], bound=min(table.least(folds=folds), found.cost))


def _best(table: SiteTable, folds: int, *, nodes: int, most: int) -> SiteDeal:
    fold = greedy(table, folds, most=most)
    cost, bound = float(table.cost(table.held(fold, folds=folds))), table.least(folds=folds)
    plain = SiteDeal(fold=fold, cost=cost, bound=bound, patient=table.patient, searched=False)
    if plain.proven:
        return plain
    found = solved(table, folds=folds, nodes=nodes, most=most)
    bound = min(max(bound, found.bound), cost)
    if found.fold is not None:
        better = float(table.cost(table.held(found.fold, folds=folds)))
        if better < cost - _SAME:
            bound = min(bound, better)
            return SiteDeal(
                fold=found.fold,
                cost=better,
                bound=bound,
                patient=table.patient,
                searched=True,
                timed_out=found.timed_out,
            )
    return SiteDeal(fold=fold, cost=cost, bound=bound, patient=table.patient, searched=False, timed_out=found.timed_out)


def greedy(table: SiteTable, folds: int, *, most: int) -> Int64[np.ndarray, " sites"]:
    """Largest site first, each to the fold it helps most: where the cost of the deal so far ends least.

    No fold takes more than `most` sites.
    """
    held = np.zeros((folds, len(table.weights)), dtype=np.int64)
    sizes, fold = np.zeros(folds, dtype=np.int64), np.zeros(table.sites, dtype=np.int64)
    for site in np.argsort(-table.counts[:, -1], kind="stable"):
        tried = held + np.eye(folds, dtype=np.int64)[:, :, None] * table.counts[site]
        fold[site] = np.where(sizes < most, table.cost(tried), np.inf).argmin()
        held[fold[site]] += table.counts[site]
        sizes[fold[site]] += 1
    return fold
