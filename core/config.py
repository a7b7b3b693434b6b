"""One frozen dataclass per stage, checked when made; the string under a field is its help on the command line."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from core.errors import InputError

ModelName = Literal["fused", "image", "genes", "concat", "late", "logistic", "paper"]
MODELS: tuple[ModelName, ...] = get_args(ModelName)
NEEDS: dict[ModelName, tuple[bool, bool]] = {
    "fused": (True, True),
    "image": (True, False),
    "genes": (False, True),
    "concat": (True, True),
    "late": (True, True),
    "logistic": (False, False),
    "paper": (True, True),
}
"""Which modalities a model cannot do without: (image, genes); logistic regression takes what there is."""
StainName = Literal["none", "macenko", "reinhard"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldSpec:
    """How patients are dealt into folds."""

    count: int = 5
    """Number of folds; each patient is tested exactly once per repeat."""
    repeats: int = 1
    """How often the whole deal is repeated with another seed."""
    split: Literal["site", "random"] = "site"
    """site: patients of one site are never in train and test at once; random: patients are dealt one by one."""
    inner: int = 4
    """Inner parts of each fold's training patients: one network per part, stopped on the part it did not learn from."""

    def __post_init__(self) -> None:
        if self.count < 2:
            raise InputError(f"--folds must be at least 2, got {self.count}")
        if self.repeats < 1:
            raise InputError(f"--repeats must be at least 1, got {self.repeats}")
        if self.inner < 2:
            raise InputError(f"at least 2 inner parts are needed, got {self.inner}")


@dataclass(frozen=True, kw_only=True, slots=True)
class TileSpec:
    """How a slide is cut into tiles."""

    um_per_px: float = 0.5
    """Resolution of the tiles, micrometres per pixel; the slide is resampled from its nearest finer level."""
    size_px: int = 224
    """Tile side at that resolution."""
    min_tissue: float = 0.5
    """Least share of a tile that must be tissue."""
    max_tiles: int = 1024
    """Most tiles kept of one slide, spread evenly over its tissue."""
    min_sharpness: float = 40.0
    """Least variance of the Laplacian of a tile, squared grey levels; blurred tiles below it are left out."""

    def __post_init__(self) -> None:
        if not 0.05 <= self.um_per_px <= 20:
            raise InputError(f"tile resolution must lie between 0.05 and 20 um/px, got {self.um_per_px}")
        if not 32 <= self.size_px <= 2048:
            raise InputError(f"tile size must lie between 32 and 2048 px, got {self.size_px}")
        if not 0 < self.min_tissue <= 1:
            raise InputError(f"least share of tissue must lie above 0 and not above 1, got {self.min_tissue}")
        if self.max_tiles < 1:
            raise InputError(f"at least one tile of a slide must be kept, got {self.max_tiles}")


@dataclass(frozen=True, kw_only=True, slots=True)
class EncoderSpec:
    """What turns a tile into features."""

    weights: Literal["imagenet", "random"] | Path = "imagenet"
    """imagenet: torchvision's IMAGENET1K_V2, downloaded once; random: seeded, for demonstration only;
    a path: safetensors or a state dict."""
    seed: int = 0
    """Seed of the random weights."""
    trunk: str = "resnet50"
    """resnet50, or module:function of the current folder, which makes an encoder (docs/encoders.md)."""
    stain: StainName = "none"
    """How each slide's stain is brought to one reference before its tiles are encoded."""
    batch: int = 0
    """Tiles encoded at once; 0: 32 on a CPU, 256 on a GPU."""

    def __post_init__(self) -> None:
        if self.batch < 0:
            raise InputError(f"tiles encoded at once must be at least 1, or 0 to go by the device, got {self.batch}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ShardSpec:
    """Which part of a work list a process begins with, when several share it."""

    index: int = 1
    count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.count:
            raise InputError(
                f"--shard {self.index}/{self.count} names no part; parts are numbered from 1 to {self.count}"
            )

    @classmethod
    def parse(cls, text: str) -> "ShardSpec":
        """From "2/8"."""
        index, slash, count = text.partition("/")
        if not (slash and index.isdecimal() and count.isdecimal()):
            raise InputError(f'--shard must be like 2/8, the second of eight parts, got "{text}"')
        return cls(index=int(index), count=int(count))


@dataclass(frozen=True, kw_only=True, slots=True)
class FitSpec:
    """How the networks are trained; chosen on inner parts (docs/results.md), never on a test fold."""

    width: int = 32
    """Length of a token."""
    heads: int = 4
    """Heads of the cross-attention."""
    dropout: float = 0.3
    """Dropout inside the network."""
    input_dropout: float = 0.3
    """Dropout of single genes and tile features on their way in."""
    epochs: int = 60
    """Most epochs."""
    patience: int = 10
    """Epochs without a better loss on the inner part before the fit stops."""
    batch: int = 32
    """Patients per step."""
    tiles: int = 256
    """Most tiles of a patient per step; a larger bag is sampled anew each time."""
    rate: float = 3e-4
    """Learning rate of the deep paths."""
    decay: float = 1e-2
    """Weight decay of the deep paths."""
    genes_wide_rate: float = 3e-4
    """Learning rate of the linear shortcut of the genes."""
    image_wide_rate: float = 3e-3
    """Learning rate of the linear shortcut of the tissue."""
    wide_decay: float = 1.0
    """Weight decay of the linear shortcuts."""
    clip: float = 1.0
    """Largest norm of a gradient."""
    modality_dropout: float = 0.15
    """Chance that a training patient is shown without the image, and the same for without the genes (fused only)."""

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise InputError(f"width ({self.width}) must be a multiple of heads ({self.heads})")
        if not 0 <= self.modality_dropout < 0.5:
            raise InputError(f"modality dropout must lie in [0, 0.5), got {self.modality_dropout}")


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationSpec:
    """How predictions are judged; changes nothing that is trained."""

    resamples: int = 2000
    """Bootstrap resamples and permutations."""
    smallest_group: int = 20
    """Subgroups of fewer patients, or with fewer than a quarter as many of their rarest class, show no score."""
    coverage: float = 0.9
    """Share of patients whose conformal set is to hold their true class; the others' answer is to refer."""
    rule: Literal["youden", "sensitivity", "specificity"] = "youden"
    """How thresholds are chosen on inner parts: youden: largest sensitivity + specificity; sensitivity or specificity:
    the other one as large as can be while this one reaches `least`."""
    least: float = 0.95
    """What sensitivity or specificity must reach under those rules."""

    def __post_init__(self) -> None:
        if self.resamples < 100:
            raise InputError(f"at least 100 resamples are needed for an interval, got {self.resamples}")
        if not 0.5 <= self.coverage < 1:
            raise InputError(f"coverage must lie between 0.5 and 1, got {self.coverage}")
        if not 0 < self.least < 1:
            raise InputError(f"what sensitivity or specificity must reach lies between 0 and 1, got {self.least}")
        if self.smallest_group < 1:
            raise InputError(f"the smallest group that is shown must be at least 1, got {self.smallest_group}")


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSpec:
    """Train and compare the models on a cohort, in nested cross-validation."""

    cohort: Path
    """Folder with cohort.toml."""
    models: tuple[ModelName, ...] = ()
    """Models to train; all that the cohort's modalities allow when left out."""
    folds: int = 5
    """Number of folds; each patient is tested exactly once per repeat."""
    repeats: int = 1
    """How often the whole deal is repeated."""
    split: Literal["site", "random"] = "site"
    """site: patients of one site are never in train and test at once; random: patients are dealt one by one."""
    compare_splits: bool = False
    """Train a second run with random folds, and state how much better it looks: the optimism of a random split."""
    accept: str = ""
    """Why the run goes on although its split certificate has red findings; printed in every report."""
    seed: int = 0
    """Same seed, same machine: same numbers."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto: the GPU when there is one."""
    data: Path = Path("data")
    """Where features, runs and catalogues live."""
    run: str = ""
    """Name of the run; made from the cohort and the time when left out."""
    resume: bool = False
    """Continue the named run after its last finished fold; begin it when there is none of that name."""
    outcome: str = ""
    """Clinical column to use in place of the manifest's outcome; its classes are those of the manifest's
    `[outcome.COLUMN]` table, or the column's own values in alphabetical order."""
    encoder_weights: Literal["imagenet", "random"] | Path = "imagenet"
    """ResNet-50 weights for slides: imagenet, random, or a local file."""
    trunk: str = "resnet50"
    """Network that encodes tiles: resnet50, or module:function of the current folder (docs/encoders.md)."""
    stain: StainName = "none"
    """How each slide's stain is brought to one reference: none, macenko or reinhard."""
    tiles: TileSpec = field(default_factory=TileSpec)
    """How slides are cut."""
    fit: FitSpec = field(default_factory=FitSpec)
    """How the networks are trained."""
    evaluation: EvaluationSpec = field(default_factory=EvaluationSpec)
    """How predictions are judged."""
