"""Roles, and what each of them may do."""

from collections.abc import Mapping
from typing import Literal, get_args

Role = Literal["viewer", "analyst", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
Action = Literal["see", "predict", "work", "manage"]
"""see: read every page but New case. predict: ask about new cases. work: begin and stop trainings, extractions and
reports, write notes, tags and selections. manage: rename and delete runs, see and delete cases of others, read the
audit log."""
ACTIONS: tuple[Action, ...] = get_args(Action)
MAY: Mapping[Role, frozenset[Action]] = {
    "viewer": frozenset({"see"}),
    "analyst": frozenset({"see", "predict", "work"}),
    "admin": frozenset(ACTIONS),
}
WORDS: Mapping[Action, str] = {
    "see": "see this",
    "predict": "ask about new cases",
    "work": "begin or stop work, or write notes",
    "manage": "rename or delete runs, or manage what others asked for",
}


def may(role: Role, action: Action) -> bool:
    """Whether this role may do it."""
    return action in MAY[role]
