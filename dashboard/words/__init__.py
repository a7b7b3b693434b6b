"""Words that are the same on every page: numbers and names, what each measure says, notes of settings."""
