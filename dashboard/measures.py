"""Every number that pages state, with one plain sentence about what it says."""

from collections.abc import Mapping

from core.evaluation import METRICS

OTHERS: Mapping[str, str] = {
    "sensitivity": "Share of the patients of the positive class who were called positive.",
    "specificity": "Share of the patients of the other class who were not called positive.",
    "ppv": "Share of the patients called positive who truly are (positive predictive value).",
    "npv": "Share of the patients not called positive who truly are not (negative predictive value).",
    "prevalence": "Share of the positive class among the patients.",
    "ece": "Mean gap between the predicted probability and the share that truly was positive: 0 is perfect.",
    "intercept": "Whether probabilities are too high (below 0) or too low (above 0) on the whole: 0 is perfect.",
    "slope": "Whether probabilities are too extreme (below 1) or too timid (above 1): 1 is perfect.",
    "reliability": "Part of the Brier score that comes from probabilities that are off: 0 is perfect.",
    "resolution": "Part of the Brier score that is won by telling patients apart: higher is better.",
    "uncertainty": "Part of the Brier score that the mix of classes alone brings; no model can change it.",
    "remainder": "What is left of the Brier score because patients with unlike probabilities share a bin.",
    "c-index": "Chance that of two patients the one with the higher risk has the event first: 0.5 is guessing.",
    "hazard ratio": "How many times as often the event comes at any moment: 1 is no difference.",
    "log-rank p": "How often curves at least this far apart would be seen if the groups did not differ.",
    "proportional hazards p": "A small value says that the hazard ratio changes over time, so one number misleads.",
    "agreement": "How alike the maps of two networks of the same model are: 1 is the same, 0 is unrelated.",
    "completeness": "Whether the parts of an explanation add up to the whole answer.",
    "deletion": "How much more the answer drops when the tiles looked at most are taken away than when chance picks.",
    "insertion": "How much sooner the answer is back when the tiles looked at most are put back than by chance.",
}
"""By the name in the tables, or by what such names begin with; the metrics of the Models page are in METRICS."""


def sentence(name: str) -> str | None:
    """What a number says; None for a name that nobody explained."""
    if name in METRICS:
        return METRICS[name].sentence
    return OTHERS.get(name) or next(
        (text for start, text in OTHERS.items() if name.startswith((f"{start}:", f"{start} "))), None
    )
