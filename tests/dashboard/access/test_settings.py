"""access.toml: what it opens, and that nothing is opened by what is not understood."""

from pathlib import Path

import pytest

from core.errors import InputError
from dashboard.access.current import current_settings
from dashboard.access.settings import Settings, read_settings

PROXY = 'sign_in = "proxy"\n[proxy]\nheader = "X-Forwarded-User"\naddresses = ["127.0.0.1"]\n'


def written(data: Path, text: str) -> Path:
    path = data / "access.toml"
    path.write_text(text)
    path.chmod(0o600)
    return data


def test_without_the_file_nobody_signs_in(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == Settings()


def test_users_have_their_roles_in_any_case_of_letters_and_others_what_is_stated(tmp_path: Path) -> None:
    text = PROXY + '[users]\n"Ada@Example.org" = "admin"\n"bob" = "viewer"\n'
    found = read_settings(written(tmp_path, text))
    assert (found.role("ada@example.ORG"), found.role("bob"), found.role("eve")) == ("admin", "viewer", None)
    assert found.header == "x-forwarded-user" and found.proxies == ("127.0.0.1",)
    open_to_all = read_settings(written(tmp_path, 'everyone_else = "viewer"\n' + PROXY))
    assert open_to_all.role("eve") == "viewer"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sign_in = ", "cannot be read"),
        ('sign_in = "ldap"', 'must be "oidc" or "proxy"'),
        ('sign_in = "proxy"\n[users]\na = "admin"', r"needs \[proxy\] header"),
        ('sign_in = "oidc"\n[users]\na = "root"', "a role is one of viewer, analyst, admin"),
        ('sign_in = "oidc"', "lets nobody in"),
        ('[users]\na = "admin"', "no sign_in"),
        ('sign_in = "oidc"\neveryone = "admin"', '"everyone" is none of its settings'),
        (PROXY.replace('"127.0.0.1"', '"the proxy"') + '[users]\na = "admin"', "IP addresses"),
        ('sign_in = "oidc"\nsession_hours = 0\neveryone_else = "viewer"', "number of hours"),
        ('sign_in = "oidc"\nusers = 3', r"\[users\] must be a table"),
        ('sign_in = "oidc"\neveryone_else = "viewer"\n[api]\nenabled = "no"', "true or false"),
    ],
)
def test_what_is_not_understood_opens_nothing_and_says_so(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_settings(written(tmp_path, text))


def test_a_file_that_others_can_change_is_not_believed(tmp_path: Path) -> None:
    written(tmp_path, PROXY + '[users]\na = "admin"')
    (tmp_path / "access.toml").chmod(0o666)
    with pytest.raises(InputError, match="chmod go-w"):
        read_settings(tmp_path)


def test_a_file_that_is_named_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACINUS_ACCESS", str(tmp_path / "gone.toml"))
    with pytest.raises(InputError, match="not there"):
        read_settings(tmp_path)


def test_a_change_holds_from_the_next_request_on(tmp_path: Path) -> None:
    written(tmp_path, PROXY + '[users]\nada = "admin"')
    assert current_settings(tmp_path).role("ada") == "admin"
    written(tmp_path, PROXY + '[users]\nada = "viewer" ')
    assert current_settings(tmp_path).role("ada") == "viewer"
    (tmp_path / "access.toml").chmod(0o622)
    with pytest.raises(InputError):
        current_settings(tmp_path)
