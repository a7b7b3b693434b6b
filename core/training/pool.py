"""Many fits on the cores of one machine: each fit on one core, as many at once as there are cores.

The networks are small: one fit gains little from a second core, two fits side by side gain all of it. Each fit is
seeded by its own fold and computed on one thread, so the numbers do not depend on how many run at once.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing.connection import wait

import torch
from threadpoolctl import threadpool_limits

from core.config import ModelName, RunSpec
from core.training.batches import Inputs, has_places
from core.training.cross_validation import FitPlan, FoldInputs, prepare, train_fold
from core.training.device import one_thread
from core.training.gene_tokens import gene_tokens
from core.types import Dataset, Fold, FoldResult, RunRecord

Unit = tuple[Fold, ModelName]
"""One fit."""


@dataclass(kw_only=True)
class Desk:
    """What one worker keeps from fit to fit: the patients, and the fold that is prepared at the moment."""

    raw: Inputs
    plan: FitPlan
    prepared: FoldInputs | None = None

    def fit(self, unit: Unit) -> FoldResult:
        """One fit; models of the same fold share its scaled patients."""
        fold, model = unit
        began = time.monotonic()
        if self.prepared is None or self.prepared.fold != fold:
            self.prepared = prepare(self.raw, fold)
        result = train_fold(self.prepared, model, self.plan)
        return replace(result, seconds=time.monotonic() - began)


def fits(raw: Inputs, plan: FitPlan, units: Sequence[Unit], *, workers: int) -> Iterator[FoldResult]:
    """Results of all units, as they are done."""
    if workers > 1 and len(units) > 1 and plan.device == "cpu":
        yield from _side_by_side(raw, plan, units, workers=min(workers, len(units)))
        return
    desk = Desk(raw=raw, plan=plan)
    for unit in units:
        with one_thread(plan.device):
            result = desk.fit(unit)
        yield result


def planned(record: RunRecord, spec: RunSpec, dataset: Dataset, *, device: str) -> FitPlan:
    """What is the same for every fit of a run on these patients."""
    return FitPlan(
        classes=len(record.classes),
        tokens=gene_tokens(record.genes, record.gene_sets),
        spec=spec.fit,
        seed=spec.seed,
        device=device,
        tiles_have_places=has_places(dataset),
    )


def at_once(device: str) -> int:
    """Most fits that are worth having side by side."""
    return cores() if device == "cpu" else 1


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_desk: Desk | None = None


def _sit_down(raw: Inputs, plan: FitPlan) -> None:
    global _desk
    _desk = Desk(raw=raw, plan=plan)
    torch.set_num_threads(1)
    threadpool_limits(1)
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()


def _leave_with_the_parent() -> None:
    """A worker whose training was killed ends too, instead of computing for nobody."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _work(unit: Unit) -> FoldResult:
    assert _desk is not None
    return _desk.fit(unit)


def _side_by_side(raw: Inputs, plan: FitPlan, units: Sequence[Unit], *, workers: int) -> Iterator[FoldResult]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_sit_down, initargs=(raw, plan)) as pool:
        waiting: list[Future[FoldResult]] = [pool.submit(_work, unit) for unit in units]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
