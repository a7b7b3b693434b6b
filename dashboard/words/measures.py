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


LABELS: Mapping[str, str] = {
    "ece": "Expected calibration error",
    "ppv": "PPV",
    "npv": "NPV",
}
"""Numbers whose name, with a capital letter, does not say enough."""

SAYS = "What it says"
"""Heading of the sentences, in a table that has a number on each line."""

HEADINGS: Mapping[str, str] = {
    "ECE": OTHERS["ece"],
    "p": "How often a ratio at least this far from 1 would be seen if the term did not matter at all.",
    "Against": "The model that the fused one is compared with.",
    "Score": "The chosen metric in this group, with its 95 % interval; where there is none, why.",
    "Of the rarest class": "Patients of the class with the fewest in this group: the interval rests on them.",
    "Taken away": "What the model was not shown when it was asked.",
    "How": "How it was taken away: exchanged between patients, or put at the training mean for everyone.",
    "With both": "The metric when the model is shown tissue and genes.",
    "Without it": "The metric when that modality is taken away.",
    "Lost": "With both minus without it, with its 95 % interval: the least that the modality contributes.",
    "Contributes": "Yes where the interval of what is lost lies above 0.",
    "Fitted": "Whatever learned something from patients.",
    "On": "Whose values it learned from.",
    "Saw test patients": "Whether any patient it learned from is tested by the same fold.",
    "Random folds": "The metric with patients dealt into folds at random.",
    "Sites kept apart": "The metric with each site in training or in test, never in both.",
    "Optimism": "Random folds minus sites kept apart: what a random split promises and a new hospital does not keep.",
    "Answer": "The model, and what it was shown where that is not its main way.",
    "Wanted": "How often the set of classes was to hold the true class.",
    "Set holds the truth": "How often the set of classes did hold the true class, with its 95 % interval.",
    "Referred": "Share of the patients whose set holds no class or several: for them the assay is asked.",
    "Right among those decided": "Share of right decisions among patients whose set holds exactly one class.",
    "Term": "What the ratio belongs to; the others are held equal.",
    "Events": "Patients who had the event while they were followed.",
    "Threshold, median of the folds (range)": "The probability from which on the positive class is decided.",
    "In this cohort": "What the thresholds reach on patients out of fold, with 95 % intervals.",
    "Folds": "Parts that the patients were dealt into; each is tested once by a model that learned from the others.",
}
"""Headings of tables, beside those that name a number."""


def sentence(name: str) -> str | None:
    """What a number says; None for a name that nobody explained."""
    if name in METRICS:
        return METRICS[name].sentence
    return OTHERS.get(name) or next(
        (text for start, text in OTHERS.items() if name.startswith((f"{start}:", f"{start} "))), None
    )


def label(name: str) -> str:
    """A number as pages call it."""
    return METRICS[name].label if name in METRICS else LABELS.get(name, name.capitalize())


def heading(text: str) -> str | None:
    """What a heading or a line of a table says, by the words that stand there; None for plain ones."""
    if text in HEADINGS:
        return HEADINGS[text]
    named = {label(name): name for name in (*OTHERS, *METRICS)}
    said = text.removeprefix("Calibration ").removesuffix(" at its threshold")
    found = named.get(text) or named.get(said[:1].upper() + said[1:])
    found = found or next((name for word, name in named.items() if text.startswith(f"{word} ")), None)
    return sentence(found) if found else None
