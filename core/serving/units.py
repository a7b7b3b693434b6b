"""Which unit a sample's values have, and whether a run can take it."""

import numpy as np
from jaxtyping import Float64

from core.cohort import Unit
from core.cohort.units import MAX_LOG2
from core.errors import InputError
from core.serving.checks import QuestionError

WORDS: dict[str, str] = {"counts": "counts", "tpm": "TPM", "log2": "log2 values", "zscore": "z-scores"}
MANY = 0.2
"""Share of negative values from which on they are z-scores rather than logarithms of small numbers."""


def likely_unit(values: Float64[np.ndarray, " genes"]) -> Unit:
    """What one sample's values look like; empty cells are passed over."""
    known = values[np.isfinite(values)]
    if (known < 0).mean() >= MANY:
        return "zscore"
    if known.max(initial=0) <= MAX_LOG2:
        return "log2"
    return "counts" if (known == np.rint(known)).all() else "tpm"


def taken(run_unit: str) -> tuple[Unit, ...]:
    """Units that can be brought to that of a run: a z-score needs a cohort, which one case is not."""
    return ("zscore",) if run_unit == "zscore" else ("log2", "tpm", "counts")


def chosen_unit(values: Float64[np.ndarray, " genes"], *, stated: str, run_unit: str) -> tuple[Unit, str | None]:
    """The unit that a sample is read in, and a sentence where it does not look like it.

    Args:
        values: of one sample, as the file has them.
        stated: by the user; empty where nothing was said.
        run_unit: that the run was trained on, log2 or zscore.

    Raises:
        InputError: the run cannot take the stated unit.
        QuestionError: nothing was stated, and the values do not look like the run's unit.
    """
    likely, able = likely_unit(values), taken(run_unit)
    if stated:
        if stated not in able:
            raise InputError(
                f"this run was trained on {WORDS[run_unit]}, to which {WORDS[stated]} cannot be brought; "
                f"give {_or(able)}"
            )
        doubt = None if stated == likely else f"stated as {WORDS[stated]}, but they look like {WORDS[likely]}"
        return next(unit for unit in able if unit == stated), doubt
    if likely == run_unit:
        return likely, None
    raise QuestionError(
        f"the values look like {WORDS[likely]} ({_seen(values)}), but this run was trained on {WORDS[run_unit]}; "
        f"state what they are (--unit): it takes {_or(able)}",
        asks="unit",
        choices=able,
        suggested=likely if likely in able else "",
    )


def _seen(values: Float64[np.ndarray, " genes"]) -> str:
    known = values[np.isfinite(values)]
    return f"from {known.min():,.4g} to {known.max():,.4g}" if len(known) else "all empty"


def _or(units: tuple[Unit, ...]) -> str:
    names = [WORDS[unit] for unit in units]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
