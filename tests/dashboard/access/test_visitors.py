"""Who a request comes from: believed where it can be, and nobody otherwise."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from dashboard.access import visitors
from dashboard.access.roles import ACTIONS, MAY, ROLES, may
from dashboard.access.settings import Settings
from dashboard.access.visitors import COOKIE, Asked, RefusedError, UnknownError, Visitor, visitor

PROXY = Settings(sign_in="proxy", users={"ada": "admin"}, header="x-forwarded-user", proxies=("10.0.0.1",))
OIDC = Settings(sign_in="oidc", users={"ada@example.org": "analyst"})
ORIGIN = "https://acinus.example.org"


def asked(*, peer: str | None = "127.0.0.1", cookies: dict[str, str] | None = None, **headers: str) -> Asked:
    return Asked(headers={k.replace("_", "-"): v for k, v in headers.items()}, cookies=cookies or {}, peer=peer)


@pytest.fixture(autouse=True)
def origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors, "get_origin_from_redirect_uri", lambda: ORIGIN)


def cookie(secret: str | None = None, **claims: Any) -> dict[str, str]:
    content = {
        "is_logged_in": True,
        "origin": ORIGIN,
        "exp": time.time() + 60,
        "email": "Ada@example.org",
        "email_verified": True,
        **claims,
    }
    value = create_signed_value(get_cookie_secret() if secret is None else secret, COOKIE, json.dumps(content))
    return {COOKIE: value.decode()}


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", None])
def test_without_sign_in_who_sits_at_this_machine_may_do_everything(peer: str | None) -> None:
    found = visitor(asked(peer=peer), Settings())
    assert all(may(found.role, action) for action in ACTIONS)


@pytest.mark.parametrize("peer", ["192.168.0.7", "2001:db8::1", "unknown", "127.0.0.1.evil"])
def test_without_sign_in_another_machine_is_refused(peer: str) -> None:
    with pytest.raises(RefusedError, match="only this machine"):
        visitor(asked(peer=peer), Settings())


def test_the_proxys_header_is_believed_from_the_proxy_alone() -> None:
    assert visitor(asked(peer="10.0.0.1", x_forwarded_user="Ada"), PROXY) == Visitor(name="ada", role="admin")
    for other in (asked(peer="127.0.0.1", x_forwarded_user="ada"), asked(peer="10.0.0.1"), asked(peer=None)):
        with pytest.raises(UnknownError):
            visitor(other, PROXY)
    with pytest.raises(RefusedError, match="has no role"):
        visitor(asked(peer="10.0.0.1", x_forwarded_user="eve"), PROXY)


def test_a_signed_cookie_tells_who_it_is() -> None:
    assert visitor(asked(cookies=cookie()), OIDC) == Visitor(name="ada@example.org", role="analyst")


@pytest.mark.parametrize(
    ("jar", "error"),
    [
        ({}, UnknownError),
        ({COOKIE: "rubbish"}, UnknownError),
        (cookie(secret="of somebody else, long enough to look real"), UnknownError),
        (cookie(is_logged_in=False), UnknownError),
        (cookie(exp=time.time() - 1), UnknownError),
        (cookie(exp=None), UnknownError),
        (cookie(origin="https://evil.example.org"), UnknownError),
        (cookie(email="eve@example.org"), RefusedError),
        (cookie(email=None), RefusedError),
        (cookie(email_verified=False), RefusedError),
    ],
    ids=["none", "rubbish", "forged", "out", "expired", "endless", "elsewhere", "stranger", "nameless", "unverified"],
)
def test_any_other_cookie_tells_nobody(jar: dict[str, str], error: type[RefusedError]) -> None:
    with pytest.raises(error):
        visitor(asked(cookies=jar), OIDC)


def test_a_session_may_be_stated_in_hours_from_when_they_signed_in() -> None:
    short = replace(OIDC, session_hours=2.0)
    now = time.time()
    assert visitor(asked(cookies=cookie(exp=now - 1, iat=now - 3600)), short).role == "analyst"
    for claims in ({"iat": now - 7201}, {"iat": None}):
        with pytest.raises(UnknownError, match="run out"):
            visitor(asked(cookies=cookie(**claims)), short)


def test_a_cookie_with_one_letter_changed_is_worthless() -> None:
    value = cookie()[COOKIE]
    for place in range(0, len(value), 7):
        other = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
        # the last letter of base64 may hold bits that mean nothing
        if place < len(value) - 2 and value[place] != ".":
            with pytest.raises(UnknownError):
                visitor(asked(cookies={COOKIE: other}), OIDC)


def test_each_role_may_what_the_one_below_may_and_more() -> None:
    assert MAY["viewer"] < MAY["analyst"] < MAY["admin"] == set(ACTIONS)
    for role in ROLES:
        for action in ACTIONS:
            if may(role, action):
                Visitor(name="x", role=role).require(action)
            else:
                with pytest.raises(RefusedError, match=f"the role {role} may not"):
                    Visitor(name="x", role=role).require(action)


def test_no_module_but_one_decides_what_a_role_may() -> None:
    home = Path(__file__).parents[3] / "dashboard"
    naming = {str(path.relative_to(home)) for path in home.rglob("*.py") if '"analyst"' in path.read_text()}
    assert naming <= {"access/roles.py", "access/__main__.py"}
