"""Keys of programs that ask by the API: shown once when they are made, kept as digests.

data/api-tokens.json    name -> digest (SHA-256), role, when it was made and when it runs out
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.errors import InputError
from core.results.run_folder import NAME
from dashboard.access.roles import Role
from dashboard.access.visitors import UnknownError, Visitor

FILE_NAME = "api-tokens.json"
PREFIX = "acinus_"
"""So that those who look for secrets in other places know one."""
WRONG = "send a token that is valid here: Authorization: Bearer acinus_..."


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """What is kept of one."""

    digest: str
    """SHA-256 of the token, which is 32 random bytes: there is nothing to guess, so a slow digest would add nothing."""
    role: Role
    made: str
    """ISO 8601, UTC."""
    expires: str


def new_token(data: Path, name: str, *, role: Role, days: int) -> str:
    """Makes a token and keeps its digest; the token itself is in no file.

    Raises:
        InputError: the name is taken, or no name.
    """
    if not NAME.fullmatch(name):
        raise InputError("name the token with letters, digits, '.', '_' and '-', such as pipeline-1")
    known = dict(tokens(data))
    if name in known:
        raise InputError(f'there is a token "{name}" already; revoke it first, or take another name')
    if days < 1:
        raise InputError("a token is valid for one day at least")
    token, now = PREFIX + secrets.token_urlsafe(32), datetime.now(UTC)
    _write(
        data,
        known
        | {
            name: Token(
                digest=_digest(token),
                role=role,
                made=now.isoformat(timespec="seconds"),
                expires=(now + timedelta(days=days)).isoformat(timespec="seconds"),
            )
        },
    )
    return token


def revoke(data: Path, name: str) -> None:
    """Makes a token worthless from the next request on.

    Raises:
        InputError: there is none of that name.
    """
    known = dict(tokens(data))
    if known.pop(name, None) is None:
        raise InputError(f'there is no token "{name}"')
    _write(data, known)


def tokens(data: Path) -> Mapping[str, Token]:
    """All of them by name.

    Raises:
        InputError: the file is damaged.
    """
    try:
        content = json.loads((data / FILE_NAME).read_text())
        return {name: Token(**one) for name, one in content.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{data / FILE_NAME} is damaged; delete it and make new tokens") from error


def bearer(data: Path, authorization: str) -> Visitor:
    """Whose token an Authorization header holds.

    Raises:
        UnknownError: it holds none that is valid.
    """
    kind, _, token = authorization.partition(" ")
    if kind.lower() != "bearer":
        raise UnknownError(WRONG)
    mine = _digest(token.strip())
    for name, known in tokens(data).items():
        if hmac.compare_digest(mine, known.digest):
            if datetime.fromisoformat(known.expires) <= datetime.now(UTC):
                raise UnknownError("this token has run out; ask for a new one")
            return Visitor(name=f"token:{name}", role=known.role)
    raise UnknownError(WRONG)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _write(data: Path, known: Mapping[str, Token]) -> None:
    data.mkdir(parents=True, exist_ok=True)
    fresh = data / f".{FILE_NAME}.tmp-{os.getpid()}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({name: asdict(one) for name, one in known.items()}, file, indent=2)
    fresh.replace(data / FILE_NAME)
