"""Parts of the Cohort page, from what is chosen to whom it leaves."""
