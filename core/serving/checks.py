"""What is looked at before a case is answered for, one check after the other, and how each of them stands."""

import json
import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from core.errors import InputError
from core.types import Json

State = Literal["waiting", "running", "passed", "warning", "failed", "unavailable"]
Name = Literal[
    "reader", "resolution", "tissue", "quality",
    "table", "sample", "unit", "coverage",
    "features", "models", "genes-distance", "image-distance", "fused-distance", "answer", "explanation",
]  # fmt: skip
"""In their order."""
NAMES: tuple[Name, ...] = get_args(Name)
OF_SLIDE: tuple[Name, ...] = ("reader", "resolution", "tissue", "quality", "features", "image-distance")
OF_EXPRESSION: tuple[Name, ...] = ("table", "sample", "unit", "coverage", "genes-distance")
OF_BOTH: tuple[Name, ...] = ("fused-distance",)
OF_ALL: tuple[Name, ...] = ("models", "answer", "explanation")
Asked = Literal["", "um_per_px", "sample", "unit"]


class QuestionError(InputError):
    """What only a person can answer, before the case can go on."""

    def __init__(self, sentence: str, *, asks: Asked, choices: Sequence[str] = (), suggested: str = "") -> None:
        super().__init__(sentence)
        self.asks: Asked = asks
        self.choices = tuple(choices)
        self.suggested = suggested


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One check and what it found."""

    name: Name
    state: State = "waiting"
    sentence: str = ""
    """What was found; of a failed check, what is wrong and what to do."""
    asks: Asked = ""
    """The option that would let a failed check pass."""
    choices: tuple[str, ...] = ()
    """Values that the option may have; empty where any number may be typed."""
    suggested: str = ""
    genes: tuple[str, ...] = ()
    """Genes that are missing."""
    seconds: float | None = None
    """How long it took, once it has ended."""

    @classmethod
    def of(cls, content: Mapping[str, Json]) -> "Check":
        """From JSON."""
        lists = {name: tuple(content[name]) for name in ("choices", "genes")}  # type: ignore[arg-type]
        return cls(**{**content, **lists})  # type: ignore[arg-type]


Told = Callable[[Sequence[Check]], None]


class Checklist:
    """The checks of one case; whoever looks on is told after every change."""

    def __init__(self, told: Told | None = None) -> None:
        self._told = told
        self._checks: dict[Name, Check] = {}
        self._began: dict[Name, float] = {}

    @property
    def checks(self) -> tuple[Check, ...]:
        """All of them, in their order."""
        return tuple(self._checks[name] for name in NAMES if name in self._checks)

    def plan(self, *, image: bool, genes: bool) -> None:
        """Which checks a case with these modalities has to pass."""
        wanted = {*(OF_SLIDE if image else ()), *(OF_EXPRESSION if genes else ()), *OF_ALL}
        wanted |= set(OF_BOTH) if image and genes else set()
        self._checks = {name: Check(name=name) for name in NAMES if name in wanted}
        self._tell()

    @contextmanager
    def at(self, name: Name, sentence: str = "") -> Generator[None]:
        """One check runs; what a user can mend makes it a failed one."""
        self._set(Check(name=name, state="running", sentence=sentence))
        try:
            yield
        except QuestionError as error:
            asked = Check(name=name, state="failed", sentence=str(error))
            self._set(replace(asked, asks=error.asks, choices=error.choices, suggested=error.suggested))
            raise
        except InputError as error:
            known = self._checks[name]
            self._set(replace(known, state="failed", sentence=str(error)))
            raise

    def note(self, name: Name, *, genes: Sequence[str]) -> None:
        """Names of missing genes, which stay beside whatever becomes of the check."""
        self._set(replace(self._checks[name], genes=tuple(genes)))

    def passed(self, name: Name, sentence: str) -> None:
        """Nothing speaks against going on."""
        self._set(replace(self._checks[name], state="passed", sentence=sentence))

    def going(self, name: Name, sentence: str) -> None:
        """How far a check that runs has come."""
        self._set(replace(self._checks[name], state="running", sentence=sentence))

    def warned(self, name: Name, sentence: str) -> None:
        """It goes on, but this has to be known with the answer."""
        self._set(replace(self._checks[name], state="warning", sentence=sentence))

    def unavailable(self, name: Name, sentence: str) -> None:
        """It could not be checked."""
        self._set(replace(self._checks[name], state="unavailable", sentence=sentence))

    def _set(self, check: Check) -> None:
        assert check.name in self._checks, "only checks that were planned"
        began = self._began.setdefault(check.name, time.perf_counter())
        ended = check.state not in ("waiting", "running")
        self._checks[check.name] = replace(check, seconds=time.perf_counter() - began if ended else None)
        self._tell()

    def _tell(self) -> None:
        if self._told is not None:
            self._told(self.checks)


def write_checks(path: Path) -> Told:
    """Keeps the checks in a JSON file, whole at every moment."""

    def told(checks: Sequence[Check]) -> None:
        fresh = path.with_name(f".{path.name}.tmp-{os.getpid()}")
        fresh.write_text(json.dumps([asdict(one) for one in checks]))
        fresh.replace(path)

    return told


def read_checks(path: Path) -> tuple[Check, ...]:
    """The checks of a file; none while there is no file."""
    try:
        return tuple(Check.of(one) for one in json.loads(path.read_text()))
    except FileNotFoundError:
        return ()


def say_checks(say: Callable[[str], None]) -> Told:
    """Says each check on the console once it has ended."""
    said: set[Name] = set()

    def told(checks: Sequence[Check]) -> None:
        for one in checks:
            if one.state in ("passed", "warning", "unavailable") and one.name not in said:
                said.add(one.name)
                say(f"{one.state:11} {one.name} ({one.seconds:.1f} s): {one.sentence}")

    return told
