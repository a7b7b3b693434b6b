"""How far a case lies from the patients a run learned from: by its genes, by its tissue, and by both together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.explain import nearest, similarity
from core.explain.familiarity import MOST, Unlikeness
from core.results.familiar import Modality, mean_tile
from core.serving.checks import Checklist, Name
from core.serving.ensemble import Ensemble
from core.serving.source import Source
from core.training.batches import Inputs
from core.training.embedding import NEIGHBOURS, embedded
from core.types import Bag, Neighbour

TOO_OLD = "Not available for runs made before this was kept; train again to have it."
TOO_FEW = "Not available: the run's folds have too few training patients to tell what is usual."
WHAT: dict[Name, str] = {
    "genes-distance": "expression",
    "image-distance": "tissue",
    "fused-distance": "slide and expression together",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Distance:
    """How far the case lies, in one way."""

    name: Name
    share: float
    """Of the run's patients, by models and references that do not know them, who lie nearer."""
    patients: int
    flagged: bool


def modality_distance(source: Source, checks: Checklist, *, modality: Modality, values: np.ndarray) -> Distance | None:
    """Of one modality's values, held against the references that were kept when the run began."""
    name: Name = "genes-distance" if modality == "genes" else "image-distance"
    with checks.at(name):
        kept = source.familiarity()
        if kept is None:
            checks.unavailable(name, TOO_OLD)
            return None
        if modality not in kept:
            checks.unavailable(name, TOO_FEW)
            return None
        return told(checks, name, kept[modality].unlikeness(values))


def tissue_of(bags: Sequence[Bag]) -> np.ndarray:
    """What the references hold of tissue."""
    return mean_tile(bags)


def fused_distance(
    source: Source, checks: Checklist, ensemble: Ensemble | None, raw: Inputs
) -> tuple[Distance | None, tuple[Neighbour, ...]]:
    """By the fused model's embedding: how near the nearest training patients are, and who they are, fold by fold.

    It is held against what every fold found of the patients it tested, who were as new to it as the case is.
    """
    with checks.at("fused-distance"):
        near = () if ensemble is None else _near(source, ensemble, raw)
        tested = source.tested()
        if not near or not len(tested):
            checks.unavailable("fused-distance", "Not available: the run keeps no embeddings of its patients.")
            return None, ()
        mine = float(np.mean([one.similarity for one in near]))
        found = Unlikeness(share=float((tested > mine).mean()), patients=len(tested))
        return told(checks, "fused-distance", found), near


def told(checks: Checklist, name: Name, found: Unlikeness) -> Distance:
    """Passed, or a warning, in a sentence."""
    start = f"by its {WHAT[name]}, the case lies {_beyond(found)}"
    if found.flagged:
        checks.warned(
            name,
            f"Out of distribution: {start}. The answer may not hold; check unit, platform, stain and tumour type.",
        )
    else:
        checks.passed(name, f"B{start[1:]}; more than {100 * MOST:g} % would be out of distribution.")
    return Distance(name=name, share=found.share, patients=found.patients, flagged=found.flagged)


def _near(source: Source, ensemble: Ensemble, raw: Inputs) -> tuple[Neighbour, ...]:
    rows: list[Neighbour] = []
    for trained, fold in zip(ensemble.members, ensemble.folds, strict=True):
        known = source.embeddings(fold)
        asked = None if known is None else embedded(trained, trained.scalers(raw))
        if known is None or asked is None:
            return ()
        similar = similarity(asked, known)
        blank = Neighbour(
            model=ensemble.model, repeat=fold.repeat, fold=fold.index, patient="", neighbour="", rank=0, similarity=0.0
        )
        rows.extend(
            replace(blank, neighbour=fold.train[place], rank=rank, similarity=float(similar[0, place]))
            for rank, place in enumerate(nearest(similar, count=NEIGHBOURS)[0].tolist(), start=1)
        )
    return tuple(rows)


def _beyond(found: Unlikeness) -> str:
    """In words; never more than the patients there are can tell."""
    own = f"the run's own {found.patients:,} patients"
    if found.share in (0, 1):
        return f"{'farther' if found.share else 'no farther'} from the training patients than any of {own}"
    return f"farther from the training patients than {np.floor(1000 * found.share) / 10:g} % of {own}"
