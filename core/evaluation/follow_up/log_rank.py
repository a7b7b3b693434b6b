"""Whether survival differs between groups."""

import numpy as np
from jaxtyping import Float64, Int64

from core.evaluation.follow_up.followed import Followed


def log_rank(patients: Followed, groups: Int64[np.ndarray, " patients"]) -> float | str:
    """p of the log-rank test over any number of groups (Mantel 1966; Peto 1972), or why there is none."""
    if len(np.unique(groups)) < 2:
        return "cannot be computed: all patients are of one class"
    if not patients.events.any():
        return "cannot be computed: no events"
    # takes a second to import, which training and most pages need not wait for
    from lifelines.statistics import multivariate_logrank_test

    times: Float64[np.ndarray, " patients"] = patients.times
    found = multivariate_logrank_test(times, groups, patients.events)
    return float(found.p_value)
