"""Several tests at once: the chance that any of them errs stays at the level of one."""

from collections.abc import Sequence


def holm(p: Sequence[float | None]) -> tuple[float | None, ...]:
    """Each p corrected for its being one of several (Holm 1979, Scand J Stat 6:65).

    Tests that were not made do not count. The least is multiplied by the number of tests, the next by one less, and
    none falls below the one before it.
    """
    order = sorted((value, place) for place, value in enumerate(p) if value is not None)
    corrected: list[float | None] = [None] * len(p)
    reached = 0.0
    for done, (value, place) in enumerate(order):
        reached = max(reached, min(1.0, value * (len(order) - done)))
        corrected[place] = reached
    return tuple(corrected)
