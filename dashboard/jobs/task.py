"""What can be asked of a process, whatever its kind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, get_args

Kind = Literal["training", "extraction", "report", "check"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Task(Protocol):
    """One kind of long work, with all that is asked of it."""

    kind: ClassVar[Kind]
    program: ClassVar[tuple[str, ...]]
    """Words of the command between `python` and its options."""

    @property
    def title(self) -> str:
        """What it is about, in a few words."""
        ...

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Task | None":
        """The task that `settings` describes; None when they do not."""
        ...

    def settings(self) -> dict[str, Any]:
        """All of it, as JSON holds it."""
        ...

    def same_as(self, other: "Task | None") -> bool:
        """Whether both would write the same."""
        ...

    def options(self, data: Path) -> list[str]:
        """The words after the program; what is as by default is left out."""
        ...

    def refused(self, data: Path) -> str | None:
        """Why it cannot begin now, in a sentence that tells what to do; None when it can."""
        ...


def option(name: str, value: str) -> list[str]:
    """An option with its value, which is never taken for an option itself."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def path(text: str) -> str:
    """As given where that cannot be taken for an option."""
    return f"./{text}" if text.startswith("-") else text
