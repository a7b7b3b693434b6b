"""The Cohort page and its parts, from what is chosen to whom it leaves."""
