"""Tokens of programs: shown once, kept as digests, worthless once revoked or run out."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import InputError
from dashboard.access import tokens
from dashboard.access.visitors import UnknownError, Visitor


def test_a_token_tells_whose_it_is_and_lies_in_no_file(tmp_path: Path) -> None:
    token = tokens.new_token(tmp_path, "pipeline", role="analyst", days=1)
    assert tokens.bearer(tmp_path, f"Bearer {token}") == Visitor(name="token:pipeline", role="analyst")
    kept = tmp_path / "api-tokens.json"
    assert token not in kept.read_text() and kept.stat().st_mode & 0o777 == 0o600


def test_anything_else_is_refused(tmp_path: Path) -> None:
    token = tokens.new_token(tmp_path, "pipeline", role="analyst", days=1)
    for wrong in ("", token, f"Basic {token}", f"Bearer {token[:-1]}", f"Bearer {token}x", "Bearer ", "Bearer \0"):
        with pytest.raises(UnknownError):
            tokens.bearer(tmp_path, wrong)


def test_one_that_is_revoked_or_has_run_out_is_worthless(tmp_path: Path) -> None:
    token = tokens.new_token(tmp_path, "pipeline", role="viewer", days=1)
    path = tmp_path / "api-tokens.json"
    content = json.loads(path.read_text())
    content["pipeline"]["expires"] = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    path.write_text(json.dumps(content))
    with pytest.raises(UnknownError, match="run out"):
        tokens.bearer(tmp_path, f"Bearer {token}")
    tokens.revoke(tmp_path, "pipeline")
    with pytest.raises(UnknownError):
        tokens.bearer(tmp_path, f"Bearer {token}")
    with pytest.raises(InputError, match="no token"):
        tokens.revoke(tmp_path, "pipeline")


def test_a_name_is_given_once_and_is_a_name(tmp_path: Path) -> None:
    tokens.new_token(tmp_path, "a", role="viewer", days=1)
    for name in ("a", "", "../a", "a b"):
        with pytest.raises(InputError):
            tokens.new_token(tmp_path, name, role="viewer", days=1)
    with pytest.raises(InputError, match="one day"):
        tokens.new_token(tmp_path, "b", role="viewer", days=0)
