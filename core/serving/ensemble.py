"""All folds of one model of a run, answering together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from core.config import ModelName
from core.results import RunFolder
from core.training.batches import Inputs
from core.training.cross_validation import explained
from core.training.trained import Answer, Trained, trained_of
from core.types import Explanation, Mode


@dataclass(frozen=True, kw_only=True, slots=True)
class Ensemble:
    """One model of a run: a member per fold and repeat."""

    model: ModelName
    members: tuple[Trained, ...]
    tokens: tuple[str, ...]
    """Names of the gene tokens."""

    @classmethod
    def load(cls, run: RunFolder, model: ModelName, *, device: str) -> "Ensemble":
        """Every trained fold of a model, verified against its SHA-256.

        Raises:
            InputError: a fold is missing or damaged.
        """
        loaded = [run.weights(model, fold.repeat, fold.index) for fold in run.folds()]
        names = loaded[0][1]["tokens"]
        assert isinstance(names, Sequence)
        return cls(
            model=model,
            members=tuple(trained_of(weights, settings, device=device) for weights, settings in loaded),
            tokens=tuple(str(name) for name in names),
        )

    def shares(self, raw: Inputs, *, mode: Mode) -> Float32[np.ndarray, "members patients classes"]:
        """Class probabilities by every member; their mean is the ensemble's answer."""
        answers = [member.answer(member.scalers(raw), mode=mode) for member in self.members]
        return np.stack([answer.probabilities for answer in answers])

    def explanation(self, raw: Inputs, *, mode: Mode, tiles_have_places: bool) -> Explanation:
        """What the members looked at for a single patient, averaged."""
        assert len(raw.patients) == 1
        each: list[Explanation] = []
        for member in self.members:
            scaled = member.scalers(raw)
            answer: Answer = member.answer(scaled, mode=mode)
            looked = explained(member, scaled, answer, self.tokens, mode=mode, tiles_have_places=tiles_have_places)
            each.append(looked[raw.patients[0]])
        return Explanation(
            tile_attention=_mean([one.tile_attention for one in each]),
            token_attention=_mean([one.token_attention for one in each]),
            contributions=_mean([one.contributions for one in each]),
            tokens=each[0].tokens,
            sets=each[0].sets,
        )


def _mean(arrays: Sequence[np.ndarray | None]) -> np.ndarray | None:
    known = [array for array in arrays if array is not None]
    return np.mean(known, axis=0).astype(np.float32) if known else None
