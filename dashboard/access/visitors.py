"""Who a request comes from: told by a signed cookie, or by a proxy that is trusted; alike for pages and all routes."""

import ipaddress
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from streamlit.auth_util import get_cookie_with_chunks, get_origin_from_redirect_uri
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

from core.errors import InputError
from dashboard.access.roles import WORDS, Action, Role, may
from dashboard.access.settings import Settings

COOKIE = "_streamlit_user"
"""That Streamlit keeps the identity in, signed by `cookie_secret`."""
LOCAL = "local user"
OUTSIDE = (
    "nobody signs in here, so only this machine is answered; to open Acinus to others, set up sign-in "
    "(docs/security.md)"
)
NOBODY = "sign in first"


@dataclass(frozen=True, kw_only=True, slots=True)
class Visitor:
    """Who is there."""

    name: str
    """That the provider or the proxy calls them."""
    role: Role

    def require(self, action: Action) -> None:
        """Passes who may.

        Raises:
            RefusedError: their role may not.
        """
        if not may(self.role, action):
            raise RefusedError(f"the role {self.role} may not {WORDS[action]}; ask an admin for another role")


class RefusedError(InputError):
    """They may not, or nobody knows who they are."""


class UnknownError(RefusedError):
    """Nobody knows who they are: they can sign in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a request tells of who sent it."""

    headers: Mapping[str, str]
    """Names in lower case."""
    cookies: Mapping[str, str]
    peer: str | None
    """Address that the connection comes from."""


def visitor(asked: Asked, settings: Settings) -> Visitor:
    """Who this is.

    Raises:
        UnknownError: they have not signed in, or it has run out.
        RefusedError: they have, and have no role here; or nobody signs in and they are on another machine.
    """
    if settings.sign_in == "none":
        if not is_loopback(asked.peer):
            raise RefusedError(OUTSIDE)
        return Visitor(name=LOCAL, role="admin")
    name = _by_cookie(asked.cookies, settings) if settings.sign_in == "oidc" else _by_proxy(asked, settings)
    role = settings.role(name)
    if role is None:
        raise RefusedError(f"{name} has no role here; ask an admin to list you under [users]")
    return Visitor(name=name.casefold(), role=role)


def is_loopback(address: str | None) -> bool:
    """Whether this is the machine itself; no address at all is a socket file, which only it can reach."""
    if address is None:
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _by_proxy(asked: Asked, settings: Settings) -> str:
    named = asked.headers.get(settings.header, "").strip()
    if asked.peer not in settings.proxies or not named:
        raise UnknownError(NOBODY)
    return named


def _by_cookie(cookies: Mapping[str, str], settings: Settings) -> str:
    claims = _claims(cookies)
    if claims is None or not claims.get("is_logged_in") or claims.get("origin") != get_origin_from_redirect_uri():
        raise UnknownError(NOBODY)
    if _run_out(claims, settings.session_hours):
        raise UnknownError("your sign-in has run out; sign in again")
    name = claims.get(settings.claim)
    if not isinstance(name, str) or not name:
        raise RefusedError(f'the sign-in provider tells no "{settings.claim}"; ask whoever runs Acinus here')
    if settings.claim == "email" and claims.get("email_verified") is False:
        raise RefusedError("your e-mail address is not verified by the sign-in provider; have it verified there")
    return name


def _run_out(claims: Mapping[str, Any], session_hours: float | None) -> bool:
    """By what the provider said, or by our own hours: Streamlit itself keeps its cookie for thirty days."""
    begins, ends = claims.get("iat"), claims.get("exp")
    if session_hours is not None:
        ends = begins + 3600 * session_hours if isinstance(begins, int | float) else None
    return not isinstance(ends, int | float) or ends <= time.time()


def _claims(cookies: Mapping[str, str]) -> Mapping[str, Any] | None:
    def one(name: str) -> bytes | None:
        value = cookies.get(name)
        return None if value is None else decode_signed_value(get_cookie_secret(), name, value)

    found = get_cookie_with_chunks(one, COOKIE)
    if not found:
        return None
    content = json.loads(found)
    return cast(Mapping[str, Any], content) if isinstance(content, dict) else None
