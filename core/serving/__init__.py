"""A trained run applied to what it has never seen: one case, or another cohort."""
