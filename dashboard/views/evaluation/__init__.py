"""What the topics of the Evaluation page say: a module a topic, and what they share."""

from dashboard.views.evaluation import (
    comparisons,
    decisions,
    modalities,
    shared,
    shortcuts,
    split,
    subgroups,
    survival,
    trust,
)

__all__ = ["comparisons", "decisions", "modalities", "shared", "shortcuts", "split", "subgroups", "survival", "trust"]
