"""Where things lie on disk that others wrote: the data folder, cohorts, reports."""
