"""Outcomes that are computed from what a model is shown: naming them is no finding."""

import re
from typing import Literal

from core.evaluation.rows import Finding

Source = Literal["expression", "images", "neither"]
"""What an outcome was computed from; "neither": measured by other means."""

_FROM_EXPRESSION = re.compile(
    r"pam_?50|claudin|intrinsic|subtype|prosigna|mammaprint|oncotype|scmod|sorlie|parker|signature", re.IGNORECASE
)
"""Names of outcomes that are usually computed from expression; "subtype" is taken to be the intrinsic one."""


def derivation(outcome: str, *, declared: Source | None, genes: bool, image: bool) -> str:
    """Why the outcome is a function of the inputs, in a clause; "" where nothing says so.

    Args:
        outcome: column of the clinical table.
        declared: what the cohort's manifest says it was computed from; None where it does not say.
        genes: expression is among the inputs.
        image: slides are among the inputs.
    """
    if declared == "expression" and genes:
        return f'the manifest says that "{outcome}" was computed from expression, and expression is among the inputs'
    if declared == "images" and image:
        return f'the manifest says that "{outcome}" was read from slides, and slides are among the inputs'
    if declared is None and genes and _FROM_EXPRESSION.search(outcome):
        return f'"{outcome}" is, by its name, computed from expression, and expression is among the inputs'
    return ""


def derived_finding(derived: str) -> Finding:
    """What the certificate says of it; `derived` is what `derivation` gave."""
    sentence = "The outcome is not known to be computed from any input."
    if derived:
        sentence = (
            f"The outcome is a function of the inputs: {derived}. A model that sees them is near-circular: its score "
            "says that the computation can be repeated, not that anything was found; look at the model without them, "
            "or predict something measured by other means."
        )
    return Finding(
        check="outcome derived from inputs",
        severity="amber" if derived else "green",
        repeat=None,
        fold=None,
        count=None,
        share=None,
        sentence=sentence,
    )
