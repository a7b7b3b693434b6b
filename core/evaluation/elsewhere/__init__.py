"""A run judged on patients of another cohort: scores beside its own, calibration, what recalibrating would give, shift.

`external` has the finding, `recalibrating` fits and scores a recalibration inside the new cohort, `shifts` tells how
unlike the new patients are.
"""

from core.evaluation.elsewhere.external import External, Own, Subject, external
from core.evaluation.elsewhere.recalibrating import Recalibration, recalibration
from core.evaluation.elsewhere.shifts import Prevalence, Shift, prevalences, shift

__all__ = [
    "External",
    "Own",
    "Prevalence",
    "Recalibration",
    "Shift",
    "Subject",
    "external",
    "prevalences",
    "recalibration",
    "shift",
]
