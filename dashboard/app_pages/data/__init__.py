"""The Data page: slides of a work list, and the extraction of their features."""
