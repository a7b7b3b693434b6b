"""What a page shows, kept in its address: widgets that come and go lose their value, the address does not."""

from collections.abc import Mapping, Sequence

import streamlit as st


def values() -> dict[str, list[str]]:
    """Names of the address's part after the question mark, each with all its values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def put(given: Mapping[str, Sequence[str]]) -> None:
    """Writes these names into the address; a name without values is taken out of it."""
    for name, found in given.items():
        if found:
            st.query_params[name] = list(found)
        else:
            st.query_params.pop(name, None)


def shown(key: str, value: object) -> None:
    """Gives the widget of this key, which is drawn next, the value that the address has."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
