"""Keeping what was read and drawn of a catalogue: a generation never changes, so going back to it is free."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import streamlit as st

from core.results import Store

P = ParamSpec("P")
R = TypeVar("R")
MOST = 64
"""Answers of one function that are kept."""


def kept(answer: Callable[P, R]) -> Callable[P, R]:
    """The function, which answers from memory what it was asked before about the same generation.

    Its arguments are a `Store` and frozen values; what it returns is shared by all visits and must not be changed.
    """
    return st.cache_resource(max_entries=MOST, show_spinner=False, hash_funcs={Store: _named})(answer)


def _named(store: Store) -> tuple[str, int]:
    return str(store.data), store.generation_open
