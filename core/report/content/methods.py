"""Footnotes: how the numbers were made, with sources."""

from core.report.document import Bullets, Section

NOTES = (
    "Out of fold: each patient is predicted by networks that learned from neither them nor, with site-preserved folds, "
    "anyone of their site (Howard 2021, Nat Commun 12:4423).",
    "Pooled: scores are computed once over the predictions of all test folds; repeats of a patient are averaged first.",
    "Intervals: 95 %, bootstrap over patients, drawn within each class, unless a table says otherwise; BCa: corrected "
    "for bias and acceleration (Efron 1987, J Am Stat Assoc 82:171). "
    "They tell the uncertainty of these patients, not of other training runs.",
    "Average precision: area under the precision-recall curve, without interpolation (Davis and Goadrich 2006).",
    "MCC: for any number of classes after Gorodkin 2004, Comput Biol Chem 28:367.",
    "DeLong's test: DeLong 1988, Biometrics 44:837; computed after Sun and Xu 2014, IEEE Signal Process Lett 21:1389.",
    "Corrected t-test over folds: Nadeau and Bengio 2003, Mach Learn 52:239.",
    "Correction for several baselines: Holm 1979, Scand J Stat 6:65.",
    "Calibration slope and intercept: Cox 1958, Biometrika 45:562; Van Calster 2019, BMC Med 17:230. Brier score and "
    "its parts: Brier 1950, Mon Weather Rev 78:1; Murphy 1973, J Appl Meteorol 12:595.",
    "Decision curves: Vickers and Elkin 2006, Med Decis Making 26:565.",
    "Conformal sets: Vovk, Gammerman and Shafer 2005; Angelopoulos and Bates 2023, Found Trends Mach Learn 16:494.",
    "Survival: Kaplan and Meier 1958, J Am Stat Assoc 53:457; Cox 1972, J R Stat Soc B 34:187; concordance: Harrell "
    "1982, JAMA 247:2543.",
    "Attributions of genes: integrated gradients (Sundararajan 2017, ICML). Attention over tiles: Ilse 2018, ICML.",
    "PAM50: Parker 2009, J Clin Oncol 27:1160.",
    "Model cards: Mitchell 2019, FAT*. Reporting: TRIPOD+AI, Collins 2024, BMJ 385:e078378.",
)


def methods() -> Section:
    """One note a method."""
    return Section(title="Notes on methods", blocks=(Bullets(items=NOTES),))
