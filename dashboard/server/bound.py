"""Where the server listens: on this machine alone, unless people sign in."""

from pathlib import Path

import streamlit as st
from streamlit.auth_util import get_secrets_auth_section

from core.errors import InputError
from dashboard.access.settings import read_settings
from dashboard.access.visitors import is_loopback

LEAST_SECRET = 32
"""Letters of the secret that signs cookies."""


def require_closed(data: Path) -> None:
    """Passes a server that is not open to others without a sign-in, and whose sign-in is whole.

    Raises:
        InputError: it would be, or access.toml or the secrets of the sign-in are not as they have to be.
    """
    settings = read_settings(data)
    address = st.get_option("server.address")
    if settings.sign_in == "none" and not (address == "localhost" or (address and is_loopback(address))):
        raise InputError(
            f"Acinus would listen on {address or 'all addresses'} and let anybody in; leave --server.address at "
            "127.0.0.1, or set up sign-in in access.toml (docs/security.md)"
        )
    if settings.sign_in == "oidc":
        _whole(dict(get_secrets_auth_section()))


def _whole(secrets: dict[str, object]) -> None:
    missing = [name for name in ("redirect_uri", "cookie_secret") if not secrets.get(name)]
    if missing:
        raise InputError(
            f'access.toml says sign_in = "oidc", but [auth] of .streamlit/secrets.toml has no {missing[0]} '
            "(docs/security.md)"
        )
    if len(str(secrets["cookie_secret"])) < LEAST_SECRET:
        raise InputError(
            f"cookie_secret in .streamlit/secrets.toml must have at least {LEAST_SECRET} letters; make one by: "
            'python -c "import secrets; print(secrets.token_hex(32))"'
        )
