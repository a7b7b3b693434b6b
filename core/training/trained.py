"""A trained model: networks, scalers and calibration together; the same object scores a test fold and a new case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int64
from scipy.special import softmax
from torch import Tensor, nn

from core.config import ModelName
from core.model import Batch, NetworkSpec, Output, Shape, build
from core.training.batches import Inputs, in_order
from core.training.calibration import Calibration
from core.training.scaling import Scaler, scaler_arrays, scaler_of
from core.types import Json, Mode


@dataclass(frozen=True, kw_only=True, slots=True)
class Scalers:
    """One scaler a modality; None for one that the cohort does not have."""

    tiles: Scaler | None
    genes: Scaler | None

    def __call__(self, raw: Inputs) -> Inputs:
        """Scaled patients; a gene that is not known (NaN) is put at zero, the middle of the training patients."""
        return Inputs(
            patients=raw.patients,
            tiles=self._tiles(raw.tiles),
            genes=raw.genes if self.genes is None else np.nan_to_num(self.genes(raw.genes), nan=0.0),
            label=raw.label,
            has_image=raw.has_image,
            has_genes=raw.has_genes,
        )

    def _tiles(self, bags: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        if self.tiles is None:
            return tuple(bags)
        edges = np.cumsum([len(bag) for bag in bags])[:-1]
        return tuple(np.split(self.tiles(np.concatenate(list(bags))), edges))


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a trained model says of each patient of a batch."""

    probabilities: Float32[np.ndarray, "patients classes"]
    uncalibrated: Float32[np.ndarray, "patients classes"]
    """The networks' own."""
    tile_attention: tuple[np.ndarray | None, ...]
    """float32[tokens, tiles] of each patient, padding removed."""
    token_attention: tuple[np.ndarray | None, ...]


@dataclass(frozen=True, kw_only=True)
class Trained:
    """One model fitted on one fold."""

    model: ModelName
    shape: Shape
    spec: NetworkSpec
    scalers: Scalers
    members: tuple[nn.Module, ...]
    calibrations: Mapping[Mode, Calibration]
    """One for each mode the model answers in."""
    device: str = "cpu"

    def log_probabilities(self, scaled: Inputs, *, mode: Mode) -> np.ndarray:
        """Calibrated log-probabilities; float64[patients, classes]."""
        outputs = [outputs for _, outputs in answered(self.members, scaled, mode=mode, device=self.device)]
        return self.calibrations[mode](_mean_terms(outputs))

    def log_odds(self, outputs: Sequence[Output], chosen: Int64[Tensor, " patients"], *, mode: Mode) -> Tensor:
        """Calibrated log-odds of one class of each patient against all others, through which gradients flow."""
        terms = torch.stack([_stacked(output).float() for output in outputs]).mean(dim=0)
        weights, shifts = (
            torch.from_numpy(fitted).to(terms)
            for fitted in (self.calibrations[mode].weights, self.calibrations[mode].shifts)
        )
        logits = torch.einsum("ptc,t->pc", terms, weights) + shifts
        own = torch.nn.functional.one_hot(chosen, logits.shape[1]).bool()
        return logits[own] - logits.masked_fill(own, -torch.inf).logsumexp(dim=1)

    def answer(self, scaled: Inputs, *, mode: Mode) -> Answer:
        """Probabilities and attention of each patient, with the modalities of `mode`."""
        said = list(answered(self.members, scaled, mode=mode, device=self.device))
        terms = _mean_terms([outputs for _, outputs in said])
        return Answer(
            probabilities=np.exp(self.calibrations[mode](terms)).astype(np.float32),
            uncalibrated=uncalibrated(terms),
            tile_attention=tuple(kept for batch, outputs in said for kept in _tile_maps(batch, outputs)),
            token_attention=tuple(kept for batch, outputs in said for kept in _token_rows(batch, outputs)),
        )


def answered(
    members: Sequence[nn.Module], scaled: Inputs, *, mode: Mode, device: str, size: int = 128
) -> Iterator[tuple[Batch, list[Output]]]:
    """What each member says of each batch, in order."""
    for whole in in_order(scaled, size=size):
        batch = whole.only(image=mode != "genes", genes=mode != "image")
        yield batch, _outputs(members, batch.to(device))


@torch.inference_mode()
def _outputs(members: Sequence[nn.Module], batch: Batch) -> list[Output]:
    return [member(batch) for member in members]


def terms_of(output: Output) -> Float64[np.ndarray, "patients terms classes"]:
    """The terms of the logits."""
    return _stacked(output).double().cpu().numpy()


def _stacked(output: Output) -> Tensor:
    return torch.stack(output.terms or (output.logits,), dim=1)


def uncalibrated(terms: Float64[np.ndarray, "patients terms classes"]) -> Float32[np.ndarray, "patients classes"]:
    """Probabilities before calibration: every term counts once, no class is shifted."""
    return softmax(terms.sum(axis=1), axis=1).astype(np.float32)


def _mean_terms(batches: Sequence[Sequence[Output]]) -> np.ndarray:
    return np.concatenate([np.mean([terms_of(output) for output in outputs], axis=0) for outputs in batches])


def _mean(values: Sequence[Tensor | None]) -> Tensor | None:
    known = [value.float() for value in values if value is not None]
    return torch.stack(known).mean(dim=0).cpu() if known else None


def _tile_maps(batch: Batch, outputs: Sequence[Output]) -> list[np.ndarray | None]:
    attention = _mean([output.tile_attention for output in outputs])
    if attention is None:
        return [None] * len(batch.label)
    seen = batch.present & batch.has_image[:, None]
    return [
        weights[:, present].numpy() if present.any() else None for weights, present in zip(attention, seen, strict=True)
    ]


def _token_rows(batch: Batch, outputs: Sequence[Output]) -> list[np.ndarray | None]:
    attention = _mean([output.token_attention for output in outputs])
    if attention is None:
        return [None] * len(batch.label)
    return [
        weights.numpy() if known else None for weights, known in zip(attention, batch.has_genes.tolist(), strict=True)
    ]


def weights_of(trained: Trained) -> dict[str, np.ndarray]:
    """Everything fitted, by name."""
    arrays: dict[str, np.ndarray] = {}
    for mode, calibration in trained.calibrations.items():
        arrays |= {f"calibration.{mode}.weights": calibration.weights, f"calibration.{mode}.shifts": calibration.shifts}
    for kind, scaler in (("tiles", trained.scalers.tiles), ("genes", trained.scalers.genes)):
        if scaler is not None:
            arrays |= {f"scaler.{kind}.{name}": array for name, array in scaler_arrays(scaler).items()}
    for index, member in enumerate(trained.members):
        arrays |= {f"member{index}.{name}": value.cpu().numpy() for name, value in member.state_dict().items()}
    return arrays


def settings_of(trained: Trained) -> dict[str, Json]:
    """What is needed to build the networks again."""
    return {
        "model": trained.model,
        "members": len(trained.members),
        "modes": [*trained.calibrations],
        "network": cast(Json, asdict(trained.spec)),
        "shape": {
            "classes": trained.shape.classes,
            "genes": trained.shape.genes,
            "dim": trained.shape.dim,
            "sets": [list(members) for members in trained.shape.sets],
        },
    }


def trained_of(weights: Mapping[str, np.ndarray], settings: Mapping[str, Json], *, device: str = "cpu") -> Trained:
    """The model that `weights_of` and `settings_of` took apart."""
    sizes = cast(dict[str, int], settings["shape"])
    sets = cast(dict[str, list[list[int]]], settings["shape"])["sets"]
    shape = Shape(
        classes=sizes["classes"], genes=sizes["genes"], dim=sizes["dim"], sets=tuple(tuple(row) for row in sets)
    )
    spec = NetworkSpec(**cast(dict[str, float], settings["network"]))  # type: ignore[arg-type]
    name = cast(ModelName, settings["model"])
    members: list[nn.Module] = []
    for index in range(cast(int, settings["members"])):
        network = build(name, shape, spec)
        network.load_state_dict(
            {key: torch.from_numpy(value) for key, value in _under(weights, f"member{index}.").items()}
        )
        members.append(network.eval().to(device))
    modes = cast(list[Mode], settings["modes"])
    tiles, genes = _under(weights, "scaler.tiles."), _under(weights, "scaler.genes.")
    return Trained(
        model=name,
        shape=shape,
        spec=spec,
        scalers=Scalers(tiles=scaler_of(tiles) if tiles else None, genes=scaler_of(genes) if genes else None),
        members=tuple(members),
        calibrations={mode: _calibration(weights, mode) for mode in modes},
        device=device,
    )


def _calibration(weights: Mapping[str, np.ndarray], mode: Mode) -> Calibration:
    return Calibration(weights=weights[f"calibration.{mode}.weights"], shifts=weights[f"calibration.{mode}.shifts"])


def _under(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
