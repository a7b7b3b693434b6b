"""A trained model: networks, scalers and temperature together; the same object scores a test fold and a new case."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor, nn

from core.config import ModelName
from core.model import Batch, NetworkSpec, Output, Shape, build
from core.training.batches import Inputs, in_order
from core.training.scaling import Scaler, scaler_arrays, scaler_of
from core.types import Json


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
    temperature: float
    device: str = "cpu"

    @torch.inference_mode()
    def logits(self, scaled: Inputs, *, size: int = 64) -> Tensor:
        """Mean log-probabilities over the members, before the temperature; float32[patients, classes]."""
        return torch.cat([self._mean(batch).logits for batch in in_order(scaled, size=size)])

    @torch.inference_mode()
    def answer(self, scaled: Inputs, *, image: bool = True, genes: bool = True, size: int = 64) -> Answer:
        """Probabilities and attention of each patient, with one or both modalities."""
        batches = [batch.only(image=image, genes=genes) for batch in in_order(scaled, size=size)]
        outputs = [(batch, self._mean(batch)) for batch in batches]
        logits = torch.cat([output.logits for _, output in outputs])
        return Answer(
            probabilities=torch.softmax(logits / self.temperature, dim=1).numpy(),
            tile_attention=tuple(map_ for batch, output in outputs for map_ in _tile_maps(batch, output)),
            token_attention=tuple(row for batch, output in outputs for row in _token_rows(batch, output)),
        )

    def _mean(self, batch: Batch) -> Output:
        moved = batch.to(self.device)
        outputs: list[Output] = [member(moved) for member in self.members]
        return Output(
            logits=_mean([torch.log_softmax(output.logits.float(), dim=1) for output in outputs]),
            tile_attention=_mean_or_none([output.tile_attention for output in outputs]),
            token_attention=_mean_or_none([output.token_attention for output in outputs]),
        )


def _mean(values: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(values)).mean(dim=0).cpu()


def _mean_or_none(values: Sequence[Tensor | None]) -> Tensor | None:
    known = [value.float() for value in values if value is not None]
    return _mean(known) if known else None


def _tile_maps(batch: Batch, output: Output) -> list[np.ndarray | None]:
    if output.tile_attention is None:
        return [None] * len(batch.label)
    seen = batch.present & batch.has_image[:, None]
    return [
        weights[:, present].numpy() if present.any() else None
        for weights, present in zip(output.tile_attention, seen, strict=True)
    ]


def _token_rows(batch: Batch, output: Output) -> list[np.ndarray | None]:
    if output.token_attention is None:
        return [None] * len(batch.label)
    return [
        weights.numpy() if known else None
        for weights, known in zip(output.token_attention, batch.has_genes.tolist(), strict=True)
    ]


def weights_of(trained: Trained) -> dict[str, np.ndarray]:
    """Everything fitted, by name."""
    arrays = {"temperature": np.array([trained.temperature], np.float64)}
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
    tiles, genes = _under(weights, "scaler.tiles."), _under(weights, "scaler.genes.")
    return Trained(
        model=name,
        shape=shape,
        spec=spec,
        scalers=Scalers(tiles=scaler_of(tiles) if tiles else None, genes=scaler_of(genes) if genes else None),
        members=tuple(members),
        temperature=float(weights["temperature"][0]),
        device=device,
    )


def _under(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
