"""Training of a run: `python train.py`."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, cast

from core.config import EvaluationSpec, FitSpec, RunSpec, TileSpec
from core.errors import InputError
from core.results.run_folder import NAME, TWIN
from core.results.standing import standing
from core.types import RunRecord
from dashboard.jobs.task import Kind, Task, option, path

TRAIN = Path(__file__).parents[2] / "train.py"
NESTED = {"tiles": TileSpec, "fit": FitSpec, "evaluation": EvaluationSpec}


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """What is asked of `python train.py`; the run has a name."""

    kind: ClassVar[Kind] = "training"
    program: ClassVar[tuple[str, ...]] = (str(TRAIN),)

    spec: RunSpec

    @property
    def title(self) -> str:
        """The run."""
        return self.spec.run

    @property
    def runs(self) -> tuple[str, ...]:
        """Names of the runs it trains, in their order."""
        return (self.spec.run, self.spec.run + TWIN) if self.spec.compare_splits else (self.spec.run,)

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Training | None":
        """The task that `settings` describes; None when they do not."""
        try:
            given: dict[str, Any] = {one.name: settings[one.name] for one in fields(RunSpec)}
            given |= {name: kind(**given[name]) for name, kind in NESTED.items()}
            given |= {name: Path(given[name]) for name in ("cohort", "data")}
            given |= {"models": tuple(given["models"]), "encoder_weights": weights(given["encoder_weights"])}
            spec = RunSpec(**given)
            return cls(spec=spec) if NAME.fullmatch(spec.run) else None
        except (KeyError, TypeError, ValueError, InputError):
            return None

    @classmethod
    def of_run(cls, data: Path, record: RunRecord) -> "Training | None":
        """What continues a run, whoever began it; None for one whose record does not tell."""
        config = cast(Mapping[str, Any], record.config)
        plain = cls(spec=RunSpec(cohort=Path(record.cohort_folder), data=data, run=record.name)).settings()
        known = {name: config[name] for name in plain if name in config}
        # all models that were trained, in words, as a newer version might train others where none are named
        return cls.of(plain | known | {"models": record.models, "resume": True})

    def settings(self) -> dict[str, Any]:
        """All of it, as JSON holds it."""
        plain = asdict(self.spec)
        return plain | {name: str(plain[name]) for name in ("cohort", "data", "encoder_weights")}

    def resumed(self) -> "Training":
        """The same, continued."""
        return replace(self, spec=replace(self.spec, resume=True))

    def same_as(self, other: Task | None) -> bool:
        """Whether both write a run of one name."""
        return isinstance(other, Training) and not set(self.runs).isdisjoint(other.runs)

    def options(self, data: Path) -> list[str]:
        """The words after the program; what is as by default is left out."""
        plain = RunSpec(cohort=self.spec.cohort, data=Path("data"))
        return [*_words("--cohort", self.spec.cohort), *_options(replace(self.spec, data=data), plain)]

    def refused(self, data: Path) -> str | None:
        """Why it cannot begin now; None when it can."""
        for name in self.runs:
            found = standing(data, name)
            if found.busy:
                return f'run "{name}" is being trained already, by a process that was not started on this page'
            if found.there and not self.spec.resume:
                return f'there is a run "{name}" already; choose another name, or resume that one'
        return None


def weights(text: str) -> Any:
    """Encoder weights as the command reads them: a name that it knows, or a file."""
    return text if text in ("imagenet", "random") else Path(text)


def _options(spec: Any, plain: Any, prefix: str = "--") -> Iterator[str]:
    """Words for everything in which `spec` differs from `plain`."""
    for one in fields(spec):
        value, usual = getattr(spec, one.name), getattr(plain, one.name)
        name = prefix + one.name.replace("_", "-")
        if is_dataclass(value):
            yield from _options(value, usual, f"{name}.")
        elif value != usual:
            yield from _words(name, value)


def _words(name: str, value: object) -> list[str]:
    if isinstance(value, bool):
        return [name] if value else []
    if isinstance(value, tuple):
        return [name, *map(str, cast(tuple[object, ...], value))]
    return [name, path(str(value))] if isinstance(value, Path) else option(name, str(value))
