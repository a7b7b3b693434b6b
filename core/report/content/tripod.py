"""The TRIPOD+AI checklist (Collins 2024, BMJ 385:e078378), filled from the record and never guessed.

The items are named in our own short words; their numbers are those of the statement.
"""

from collections.abc import Mapping

from core.report.document import Cell, Column, Paragraph, Section, Table
from core.report.findings import Findings
from core.report.wording import counted

AUTHORS = "not known to Acinus: authors to fill in"
TITLE = "TRIPOD+AI checklist"

Answers = dict[str, str]

ITEMS = (
    ("1", "Title", "Says that a multivariable model was developed or evaluated, for whom and for what outcome"),
    ("2", "Abstract", "Follows TRIPOD+AI for abstracts"),
    ("3a", "Background", "Setting and reason for the model, with what exists already"),
    ("3b", "Background", "For whom and where in care it is meant"),
    ("3c", "Background", "Known health inequalities between groups"),
    ("4", "Objectives", "What was aimed at: development, evaluation or both"),
    ("5a", "Data", "Sources, and why they fit"),
    ("5b", "Data", "Dates of data and follow-up"),
    ("6a", "Participants", "Setting: number and place of centres"),
    ("6b", "Participants", "Who was eligible"),
    ("6c", "Participants", "Treatments received"),
    ("7", "Data preparation", "Cleaning and quality control, alike in all groups"),
    ("8a", "Outcome", "What is predicted, when, how it was assessed"),
    ("8b", "Outcome", "Who assessed it, where judgement is involved"),
    ("8c", "Outcome", "Blinding of its assessment"),
    ("9a", "Predictors", "Choice of the first predictors"),
    ("9b", "Predictors", "What they are, when and how measured"),
    ("9c", "Predictors", "Who assessed them, where judgement is involved"),
    ("10", "Sample size", "How it came about, and whether it suffices"),
    ("11", "Missing data", "How it was handled"),
    ("12a", "Analysis", "How data were used for development and evaluation"),
    ("12b", "Analysis", "How predictors were handled"),
    ("12c", "Analysis", "Kind of model, all steps of building, tuning and internal validation"),
    ("12d", "Analysis", "Differences between clusters such as sites"),
    ("12e", "Analysis", "Measures of performance and of comparison"),
    ("12f", "Analysis", "Updating of the model"),
    ("12g", "Analysis", "How predictions are computed, for evaluation"),
    ("13", "Class imbalance", "What was done about it, and recalibration after"),
    ("14", "Fairness", "What was done about it"),
    ("15", "Model output", "What it gives, and how classes and thresholds were chosen"),
    ("16", "Training and evaluation", "Differences between the data of both"),
    ("17", "Ethics", "Approval and consent"),
    ("18a", "Open science", "Funding"),
    ("18b", "Open science", "Interests"),
    ("18c", "Open science", "Protocol"),
    ("18d", "Open science", "Registration"),
    ("18e", "Open science", "Data"),
    ("18f", "Open science", "Code"),
    ("19", "Patient involvement", "In design, conduct, reporting"),
    ("20a", "Participants", "Flow, with outcome and follow-up"),
    ("20b", "Participants", "Characteristics, with missing values"),
    ("20c", "Participants", "Development and evaluation data compared"),
    ("21", "Development", "Participants and outcome events in each analysis"),
    ("22", "Specification", "The full model, so that others can use it"),
    ("23a", "Performance", "Estimates with intervals, for key groups too"),
    ("23b", "Performance", "Differences between clusters"),
    ("24", "Updating", "Results of it"),
    ("25", "Interpretation", "Overall, with fairness, against earlier studies"),
    ("26", "Limitations", "Of the study, and what they do to the results"),
    ("27a", "Usability", "How poor or missing input is handled"),
    ("27b", "Usability", "What users must do, and what skill they need"),
    ("27c", "Usability", "What is to be studied next"),
)
"""Number, topic, and what is asked."""


def checklist(findings: Findings, sections: Mapping[str, int]) -> Section:
    """Every item with what the record says of it.

    Args:
        sections: number of each section of the report by its title.
    """
    answers = _answers(findings, sections)
    rows: tuple[tuple[Cell, ...], ...] = tuple((*item, answers.get(item[0], AUTHORS)) for item in ITEMS)
    known = sum(item[0] in answers for item in ITEMS)
    text = (
        f"{known} of the {len(ITEMS)} parts of the 27 items are answered from the run's record; the others are left to "
        "the authors. Nothing is filled in that the record does not hold."
    )
    heads = ("Item", "Topic", "What is asked", "Answer")
    table = Table(
        name="tripod_ai",
        title="TRIPOD+AI (Collins 2024), items named in our own words.",
        columns=tuple(Column(head=head) for head in heads),
        rows=rows,
    )
    return Section(title=TITLE, blocks=(Paragraph(text=text), table))


def _answers(findings: Findings, sections: Mapping[str, int]) -> Answers:
    def at(*titles: str) -> str:
        return ", ".join(f"section {sections[title]}" for title in titles)

    return _planned(findings, at("Reproduction")) | {
        "6b": f"a class, a site and every modality ({at('Cohort flow')}); clinical criteria: authors to fill in",
        "11": f"patients with a modality missing are left out, counted by step and reason ({at('Cohort flow')}); "
        f"covariates: “not stated” ({at('Patients')})",
        "12b": f"scaled on training patients of each fold only ({at('Split certificate', 'Model card')})",
        "12c": at("Model card", "Split certificate"),
        "12d": at("Split certificate", "Sites left out"),
        "12e": at("Scores of all models", "Comparison with the baselines", "Calibration", "Decision curves"),
        "14": f"scores by group are reported ({at('Subgroups')}); what else was done: authors to fill in",
        "15": at("Thresholds and operating points", "Abstention"),
        "20a": at("Cohort flow"),
        "20b": at("Patients"),
        "21": at("Patients", "Split certificate"),
        "23a": at("Scores of all models", "Subgroups"),
        "23b": at("Sites left out", "Subgroups"),
        "26": f"those that the record tells ({at('Model card')}); others: authors to fill in",
        "27a": at("The fused model when a modality is missing", "Modality audit"),
    }


def _planned(findings: Findings, reproduction: str) -> Answers:
    """What the design answers, apart from results."""
    record, cohort = findings.record, findings.cohort
    config = record.config
    inputs = " and ".join(
        name for name, there in (("genes", record.genes), ("images", record.encoder != "none")) if there
    )
    return {
        "4": "development with internal validation; no evaluation on another cohort is part of this report",
        "5a": f"cohort “{cohort.name}”; why it fits: authors to fill in",
        "6a": f"{counted(findings.sites, 'site')}; what places they are: authors to fill in",
        "7": f"{record.encoder_note}; genes: {record.unit or 'none'}; same steps for all patients",
        "8a": f"column “{record.outcome}”, classes {', '.join(record.classes)}; how assessed: authors to fill in",
        "9b": f"{inputs}; when and how measured: authors to fill in",
        "10": f"{counted(len(cohort.patients), 'patient')}, all that were there; detectable differences are stated",
        "12a": f"{config.get('folds', '?')}-fold cross-validation by {config.get('split', '?')}, "
        f"repeats: {config.get('repeats', '?')}; each patient is tested once in each repeat",
        "12f": "not applicable: no model was updated",
        "12g": "probabilities of each fold's networks, averaged and calibrated on training patients",
        "13": "folds are dealt so that classes are spread evenly; no resampling",
        "16": f"same cohort, other patients{'' if findings.shares_sites else ' of other sites'}",
        "18f": f"Acinus {record.versions.get('acinus', '')}, commit {record.commit} ({reproduction})",
        "20c": "not applicable: no outside cohort",
        "22": "weights, scalers and settings stand in the run folder; whether they are published: authors to fill in",
        "24": "not applicable: no model was updated",
    }
