"""The checks of a new case as they are made, and what one of them may ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.serving.checks import Check, State

TITLES = {
    "reader": "The slide can be read",
    "resolution": "Its resolution is known",
    "tissue": "There is tissue on it",
    "quality": "It is good enough",
    "table": "The expression table is understood",
    "sample": "The sample is told",
    "unit": "The unit fits the run",
    "coverage": "The genes of the run are there",
    "features": "Tiles are encoded",
    "models": "The models are loaded",
    "genes-distance": "The expression is like that of the training patients",
    "image-distance": "The tissue is like that of the training patients",
    "fused-distance": "Both together are like those of the training patients",
    "answer": "The models answer",
    "explanation": "What they looked at is computed",
}
NOTICED_S = 0.05
SIGNS: Mapping[State | Literal["asking", "unreached"], tuple[str, str, str]] = {
    "waiting": ("hourglass_empty", "gray", "waiting"),
    "running": ("progress_activity", "blue", "running"),
    "passed": ("check_circle", "green", "passed"),
    "warning": ("warning", "orange", "look"),
    "failed": ("cancel", "red", "not passed"),
    "asking": ("help", "blue", "asks you"),
    "unreached": ("remove", "gray", "not reached"),
    "unavailable": ("help", "gray", "not available"),
}
"""Icon, colour and word of each state."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckLine:
    """One check as a line of the list."""

    title: str
    icon: str
    colour: str
    word: str
    sentence: str
    failed: bool
    genes: tuple[str, ...]
    took: str = ""
    """How long, where it took a noticeable while."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What the user has to state before a case can go on."""

    asks: str
    """um_per_px, sample or unit."""
    sentence: str
    choices: tuple[str, ...]
    suggested: str


def lines(checks: Sequence[Check], *, over: bool = True) -> tuple[CheckLine, ...]:
    """The checks as a list; `over` when nothing is made any more of those that wait."""
    return tuple(_line(one, over=over) for one in checks)


def progress(checks: Sequence[Check]) -> tuple[float, str]:
    """Share of the checks that are made, and in words what is going on."""
    if not checks:
        return 0.0, "Starting"
    made = sum(one.state not in ("waiting", "running") for one in checks)
    return made / len(checks), f"{made} of {len(checks)} steps"


def _line(check: Check, *, over: bool) -> CheckLine:
    state = check.state
    if over and state in ("waiting", "running"):
        state = "unreached"
    icon, colour, word = SIGNS["asking" if check.asks else state]
    return CheckLine(
        title=TITLES[check.name],
        icon=icon,
        colour=colour,
        word=word,
        sentence="" if state == "unreached" else check.sentence,
        failed=state == "failed",
        genes=check.genes,
        took="" if check.seconds is None or check.seconds < NOTICED_S else f"{check.seconds:.1f} s",
    )


def question(checks: Sequence[Check]) -> Question | None:
    """What the failed check asks; None where nothing that can be stated would let it pass."""
    asking = next((one for one in checks if one.state == "failed" and one.asks), None)
    if asking is None:
        return None
    return Question(asks=asking.asks, sentence=asking.sentence, choices=asking.choices, suggested=asking.suggested)
