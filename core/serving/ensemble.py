"""All folds of one model of a run, answering together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import cast

import numpy as np
from jaxtyping import Float32, Int64

from core.config import FitSpec, ModelName
from core.serving.source import Source
from core.training.batches import Inputs
from core.training.cross_validation import explained
from core.training.scrutiny import scrutinised
from core.training.trained import Answer, Trained, trained_of
from core.types import Explanation, Fold, Json, Mode, Scrutiny


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What one fold's model looked at for a single patient, and how far that can be believed."""

    fold: Fold
    explanation: Explanation
    scrutiny: Scrutiny


@dataclass(frozen=True, kw_only=True, slots=True)
class Ensemble:
    """One model of a run: a member per fold and repeat."""

    model: ModelName
    members: tuple[Trained, ...]
    folds: tuple[Fold, ...]
    """Whose members they are."""
    tokens: tuple[str, ...]
    """Names of the gene tokens."""
    seed: int = 0
    """Of the run: what is drawn by chance for a look inside is drawn from it."""
    most_tiles: int = FitSpec().tiles
    """That a look inside of many passes takes of a patient."""

    @classmethod
    def load(cls, source: Source, model: ModelName, *, device: str) -> "Ensemble":
        """Every trained fold of a model, verified against its SHA-256.

        Raises:
            InputError: a fold is missing or damaged.
        """
        loaded = [source.weights(model, fold) for fold in source.folds]
        names = loaded[0][1]["tokens"]
        assert isinstance(names, Sequence)
        fit = cast(Mapping[str, Json], source.record.config.get("fit") or {})
        return cls(
            model=model,
            members=tuple(trained_of(weights, settings, device=device) for weights, settings in loaded),
            folds=source.folds,
            tokens=tuple(str(name) for name in names),
            seed=cast(int, source.record.config["seed"]),
            most_tiles=cast(int, fit.get("tiles", FitSpec().tiles)),
        )

    def answers(self, raw: Inputs, *, mode: Mode) -> tuple[Answer, ...]:
        """What every member says."""
        return tuple(member.answer(member.scalers(raw), mode=mode) for member in self.members)

    def shares(self, raw: Inputs, *, mode: Mode) -> Float32[np.ndarray, "members patients classes"]:
        """Class probabilities by every member; their mean is the ensemble's answer."""
        return np.stack([answer.probabilities for answer in self.answers(raw, mode=mode)])

    def seen(self, raw: Inputs, *, mode: Mode, tiles_have_places: bool) -> tuple[Seen, ...]:
        """What every member looked at for a single patient: all of them as to the class that they decide together."""
        assert len(raw.patients) == 1
        answers = self.answers(raw, mode=mode)
        together = np.mean([answer.probabilities for answer in answers], axis=0)
        chosen: Int64[np.ndarray, " patients"] = together.argmax(axis=1).astype(np.int64)
        return tuple(
            self._seen(member, fold, raw, answer, chosen, mode=mode, tiles_have_places=tiles_have_places)
            for member, fold, answer in zip(self.members, self.folds, answers, strict=True)
        )

    def explanation(self, raw: Inputs, *, mode: Mode, tiles_have_places: bool) -> Explanation:
        """What the members looked at for a single patient, averaged."""
        return averaged(self.seen(raw, mode=mode, tiles_have_places=tiles_have_places))

    def _seen(
        self,
        member: Trained,
        fold: Fold,
        raw: Inputs,
        answer: Answer,
        chosen: Int64[np.ndarray, " patients"],
        *,
        mode: Mode,
        tiles_have_places: bool,
    ) -> Seen:
        scaled, (patient,) = member.scalers(raw), raw.patients
        look = scrutinised(
            member, scaled, answer, mode=mode, fold=fold, seed=self.seed, most=self.most_tiles, chosen=chosen
        )
        found = explained(
            member, scaled, answer, self.tokens, mode=mode, tiles_have_places=tiles_have_places, chosen=chosen
        )
        return Seen(
            fold=fold,
            explanation=replace(found[patient], gene_attributions=look.gene_attributions.get(patient)),
            scrutiny=look.scrutiny[0],
        )


def averaged(seen: Sequence[Seen]) -> Explanation:
    """The mean of what members looked at."""
    each = [one.explanation for one in seen]
    return Explanation(
        tile_attention=_mean([one.tile_attention for one in each]),
        token_attention=_mean([one.token_attention for one in each]),
        contributions=_mean([one.contributions for one in each]),
        tokens=each[0].tokens,
        sets=each[0].sets,
        gene_attributions=_mean([one.gene_attributions for one in each]),
    )


def scrutiny_of(seen: Sequence[Seen]) -> Scrutiny:
    """The mean of what members tell of their maps; the rules of single members are held against it."""
    numbers = [one.name for one in fields(Scrutiny) if one.name not in ("model", "repeat", "fold", "patient")]
    known = {name: [value for one in seen if (value := getattr(one.scrutiny, name)) is not None] for name in numbers}
    means = {name: float(np.mean(values)) if values else None for name, values in known.items()}
    return replace(seen[0].scrutiny, **means)


def _mean(arrays: Sequence[np.ndarray | None]) -> np.ndarray | None:
    known = [array for array in arrays if array is not None]
    return np.mean(known, axis=0).astype(np.float32) if known else None
