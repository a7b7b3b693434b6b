"""Who the patients are: the manifest, the clinical table, expression, image features, and the flow of exclusions."""

from core.cohort.assembly import CohortTables, read_cohort
from core.cohort.expression import SampleExpression, read_expression
from core.cohort.gene_sets import PAM50_GENES, read_gmt, shipped_modules
from core.cohort.sources import UNITS, Unit

__all__ = [
    "PAM50_GENES",
    "UNITS",
    "CohortTables",
    "SampleExpression",
    "Unit",
    "read_cohort",
    "read_expression",
    "read_gmt",
    "shipped_modules",
]
