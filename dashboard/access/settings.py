"""How people sign in and which role each has: access.toml, in the data folder or where ACINUS_ACCESS says.

Without that file there is no sign-in: one person works on their own machine (docs/security.md).
"""

import ipaddress
import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from core.errors import InputError
from dashboard.access.roles import ROLES, Role

FILE_NAME = "access.toml"
UPLOAD_MB = 4000
SignIn = Literal["none", "oidc", "proxy"]
KNOWN = {"sign_in", "claim", "session_hours", "everyone_else", "users", "proxy", "api"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What access.toml says."""

    sign_in: SignIn = "none"
    claim: str = "email"
    """Of the OIDC identity, what `users` go by."""
    session_hours: float | None = None
    """How long an OIDC sign-in holds; None: as long as the provider's token says, which may be minutes."""
    users: Mapping[str, Role] = field(default_factory=dict[str, Role])
    everyone_else: Role | None = None
    """Role of who signed in and is not listed; None: they are refused."""
    header: str = ""
    """That the proxy names the user in, lower case."""
    proxies: tuple[str, ...] = ()
    """Addresses that the header is believed from."""
    api: bool = False
    """Whether programs may ask, by token."""
    upload_mb: int = UPLOAD_MB
    """What a program may send at most."""

    def role(self, name: str) -> Role | None:
        """Of who signed in under this name; None where they may not enter."""
        listed = self.users.get(name.casefold())
        return self.everyone_else if listed is None else listed


def settings_file(data: Path) -> Path:
    """ACINUS_ACCESS, else in the data folder."""
    named = os.environ.get("ACINUS_ACCESS")
    return Path(named) if named else data / FILE_NAME


def read_settings(data: Path) -> Settings:
    """Who may enter.

    Raises:
        InputError: a file that is named is not there, can be changed by others, or says what nobody understands: what
            is not understood must not open a door.
    """
    path = settings_file(data)
    if not path.exists():
        if "ACINUS_ACCESS" in os.environ:
            raise InputError(f"ACINUS_ACCESS names {path}, which is not there; write it, or unset the variable")
        return Settings()
    if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise InputError(f"{path} can be changed by others; run: chmod go-w {path}")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    return _settings(content, path)


def _settings(content: Mapping[str, Any], path: Path) -> Settings:
    unknown = sorted(set(content) - KNOWN)
    if unknown:
        raise InputError(f'{path}: "{unknown[0]}" is none of its settings ({", ".join(sorted(KNOWN))})')
    sign_in = content.get("sign_in", "none")
    if sign_in not in ("none", "oidc", "proxy"):
        raise InputError(f'{path}: sign_in must be "oidc" or "proxy", got "{sign_in}"')
    users: dict[str, Role] = {
        str(name).casefold(): _role(role, path) for name, role in _table(content, "users", path).items()
    }
    everyone = content.get("everyone_else", "refused")
    proxy, api = _table(content, "proxy", path), _table(content, "api", path)
    found = Settings(
        sign_in=sign_in,
        claim=_text(content.get("claim", "email"), "claim", path),
        session_hours=_hours(content.get("session_hours"), path),
        users=users,
        everyone_else=None if everyone == "refused" else _role(everyone, path),
        header=_text(proxy.get("header", ""), "[proxy] header", path).lower(),
        proxies=_addresses(proxy.get("addresses", []), path),
        api=_switch(api.get("enabled", False), path),
        upload_mb=_whole(api.get("upload_mb", UPLOAD_MB), path),
    )
    _complete(found, path)
    return found


def _complete(found: Settings, path: Path) -> None:
    if found.sign_in == "proxy" and not (found.header and found.proxies):
        raise InputError(
            f'{path}: sign_in = "proxy" needs [proxy] header, such as "X-Forwarded-User", and addresses of the proxy'
        )
    if found.sign_in == "none" and (found.users or found.header):
        raise InputError(f'{path} names users or a proxy, but no sign_in = "oidc" or "proxy" by which they enter')
    if found.sign_in != "none" and not found.users and found.everyone_else is None:
        raise InputError(f"{path} lets nobody in; list somebody under [users], or set everyone_else")


def _table(content: Mapping[str, Any], name: str, path: Path) -> Mapping[str, Any]:
    found = content.get(name, {})
    if not isinstance(found, dict):
        raise InputError(f"{path}: [{name}] must be a table")
    return cast(Mapping[str, Any], found)


def _role(found: object, path: Path) -> Role:
    if found not in ROLES:
        raise InputError(f'{path}: a role is one of {", ".join(ROLES)}, got "{found}"')
    return found


def _text(found: object, name: str, path: Path) -> str:
    if not isinstance(found, str):
        raise InputError(f"{path}: {name} must be text")
    return found


def _switch(found: object, path: Path) -> bool:
    if not isinstance(found, bool):
        raise InputError(f"{path}: [api] enabled must be true or false")
    return found


def _whole(found: object, path: Path) -> int:
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise InputError(f"{path}: [api] upload_mb must be a whole number of megabytes")
    return found


def _hours(found: object, path: Path) -> float | None:
    if found is not None and (isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found <= 720):
        raise InputError(f"{path}: session_hours must be a number of hours, above 0 and at most 720")
    return None if found is None else float(found)


def _addresses(found: object, path: Path) -> tuple[str, ...]:
    listed: list[object] = found if isinstance(found, list) else [found]
    try:
        return tuple(str(ipaddress.ip_address(str(one))) for one in listed)
    except ValueError as error:
        raise InputError(f"{path}: [proxy] addresses must be IP addresses: {error}") from error
