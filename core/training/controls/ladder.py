"""The circularity ladder: what is left of a label when the genes that define it, and those like them, are taken away.

PAM50 classes are computed from 50 genes, so a model that sees them repeats a formula. Random genes tell how much any
gene knows (Venet 2011, PLoS Comput Biol 7:e1002240).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from core.cohort import PAM50_GENES
from core.evaluation.controls import ALL_GENES
from core.training.controls.jobs import Answer
from core.training.controls.linear import answers, normal_scores
from core.training.controls.patients import Patients, Target
from core.training.controls.splits import Split

RECEPTORS = ("ESR1", "PGR", "ERBB2")
LIMIT = 0.7
"""Genes correlated above it with a PAM50 gene, up or down, count as standing for it."""
DRAWS = 20
"""Random gene sets of each size."""

WITHOUT = "without PAM50"
FAR = f"without PAM50 and genes correlated above {LIMIT} with them"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """Genes that a control may see."""

    name: str
    genes: tuple[int, ...]
    """Columns of the expression."""
    draw: int = 0
    far: bool = False
    """True: those correlated with the panel among a fold's training patients are taken away too."""


def rungs(genes: Sequence[str], *, seed: int, draws: int = DRAWS) -> tuple[tuple[Rung, ...], tuple[str, ...]]:
    """The rungs that a table of genes allows, and why the others are left out.

    Random sets are drawn from the genes outside PAM50, and are the same in all folds.
    """
    panel, rest = _places(genes, PAM50_GENES), _places(genes, set(genes) - set(PAM50_GENES))
    asked = [Rung(name=ALL_GENES, genes=tuple(range(len(genes))))]
    reasons: list[str] = []
    if panel:
        asked += [Rung(name=WITHOUT, genes=rest), Rung(name=FAR, genes=rest, far=True)]
    if len(panel) < len(PAM50_GENES):
        reasons.append(
            f"ladder: the table holds {len(panel)} of the {len(PAM50_GENES)} PAM50 genes; the others, and what is "
            "correlated with them alone, cannot be found and stay hidden in the other genes"
        )
    asked.append(Rung(name=", ".join(RECEPTORS), genes=_places(genes, RECEPTORS)))
    for count in (len(PAM50_GENES), len(RECEPTORS)):
        if count <= len(rest):
            asked += _random(rest, count=count, seed=seed, draws=draws)
    return tuple(rung for rung in asked if rung.genes), tuple(reasons)


@dataclass(frozen=True, kw_only=True, slots=True)
class LadderFold:
    """All rungs on one fold."""

    target: Target
    split: Split
    rungs: tuple[Rung, ...]

    def __call__(self, patients: Patients) -> tuple[Answer, ...]:
        """One answer a rung; a rung of which this fold leaves no gene gives none."""
        assert patients.expression is not None
        scaled = normal_scores(patients.expression, self.split.train)
        near = correlated(scaled[self.split.train], _places(patients.genes, PAM50_GENES))
        seen = [(rung, [gene for gene in rung.genes if not (rung.far and near[gene])]) for rung in self.rungs]
        return tuple(self._answer(rung, scaled[:, genes]) for rung, genes in seen if genes)

    def _answer(self, rung: Rung, columns: Float32[np.ndarray, "patients genes"]) -> Answer:
        target = self.target
        return Answer(
            family="ladder",
            target=target.name,
            name=rung.name,
            inputs=columns.shape[1],
            draw=rung.draw,
            rows=self.split.test,
            label=target.label[self.split.test],
            probabilities=answers(columns, target.label, self.split, classes=target.classes),
        )


def correlated(
    values: Float32[np.ndarray, "patients genes"], panel: Sequence[int], *, limit: float = LIMIT
) -> Bool[np.ndarray, " genes"]:
    """True where |Pearson's r| with any gene of the panel is above the limit; a constant gene is like none."""
    centred = values.astype(np.float64) - values.mean(axis=0, dtype=np.float64)
    length = np.sqrt((centred**2).sum(axis=0))
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
    return (np.abs(unit.T @ unit[:, list(panel)]) > limit).any(axis=1)


def _places(genes: Sequence[str], wanted: Sequence[str] | set[str]) -> tuple[int, ...]:
    names = set(wanted)
    return tuple(place for place, gene in enumerate(genes) if gene in names)


def _random(rest: Sequence[int], *, count: int, seed: int, draws: int) -> list[Rung]:
    drawn: list[Rung] = []
    for draw in range(1, draws + 1):
        generator = np.random.default_rng((seed, count, draw))
        genes = generator.choice(np.array(rest), size=count, replace=False)
        drawn.append(Rung(name=f"random {count}", genes=tuple(sorted(genes.tolist())), draw=draw))
    return drawn
