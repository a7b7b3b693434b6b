"""The New case page: what is given, the checks, the answer, and the cases that are kept."""
