"""Signing in by OpenID Connect in a real browser, and what each role then sees and may ask for."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.dashboard.browser.browsing import WAIT_MS, free_port, opened, served
from tests.identity_provider import CLIENT, SECRET, provided

ADA, BOB, EVE, CAT = "ada@example.org", "bob@example.org", "eve@example.org", "cat@example.org"
ACCESS = f'sign_in = "oidc"\n[users]\n"{ADA}" = "admin"\n"{BOB}" = "viewer"\n"{CAT}" = "analyst"\n'


@contextmanager
def signed(data: Path, folder: Path, *, lifetime_s: float = 3600) -> Iterator[str]:
    """A server that asks people to sign in."""
    port, at = free_port(), free_port()
    access, secret = folder / "access.toml", folder / "secrets.toml"
    access.write_text(ACCESS)
    access.chmod(0o600)
    with provided(at, people=(ADA, BOB, EVE, CAT), lifetime_s=lifetime_s) as provider:
        secret.write_text(
            f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "{"s" * 40}"\n'
            f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
            f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n'
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ACINUS_ACCESS", str(access))
            with served(data, f"--secrets.files={secret}", port=port) as address:
                yield address


@pytest.fixture(scope="module")
def entrance(full_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with signed(full_data, tmp_path_factory.mktemp("sign-in")) as address:
        yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.set_default_timeout(WAIT_MS)
    yield context
    context.close()


def sign_in(context: BrowserContext, address: str, who: str, *, path: str = "/") -> Page:
    page = context.new_page()
    page.goto(address + path)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=who).click()
    page.wait_for_url(f"{address}/**")
    return page


def test_before_signing_in_nothing_of_a_patient_is_given(context: BrowserContext, entrance: str) -> None:
    page = context.new_page()
    page.goto(f"{entrance}/patients")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
    for path in ("/slides/x/info", "/media/x.csv"):
        answer = context.request.get(entrance + path)
        assert answer.status == 401 and answer.json() == {"error": "sign in first"}
    assert context.request.put(f"{entrance}/_stcore/upload_file/a/b", data=b"x").status == 401


def test_an_admin_signs_in_works_and_signs_out(context: BrowserContext, entrance: str) -> None:
    page = sign_in(context, entrance, ADA)
    opened(page, "Cohort")
    expect(page.get_by_text(f"{ADA}, admin")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav").get_by_text("New case")).to_be_visible()
    assert context.request.get(f"{entrance}/slides/x/info").status == 404, "let in, and there is no such slide"
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert context.request.get(f"{entrance}/slides/x/info").status == 401


def test_a_viewer_reads_and_is_offered_nothing_else(context: BrowserContext, entrance: str) -> None:
    page = sign_in(context, entrance, BOB)
    opened(page, "Cohort")
    expect(page.get_by_test_id("stSidebarNav").get_by_text("Models")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav").get_by_text("New case")).to_have_count(0)
    page.goto(f"{entrance}/new-case")
    expect(page.get_by_text("Check and predict")).to_have_count(0)
    page.goto(f"{entrance}/models")
    opened(page, "Models")
    expect(page.get_by_text("Train a new run")).to_have_count(0)
    refused = context.request.put(f"{entrance}/_stcore/upload_file/a/b", data=b"x")
    assert refused.status == 403 and "the role viewer may not ask about new cases" in refused.json()["error"]


def test_an_analyst_asks_about_cases_and_deletes_no_run(context: BrowserContext, entrance: str) -> None:
    page = sign_in(context, entrance, CAT)
    opened(page, "Cohort")
    page.goto(f"{entrance}/new-case")
    opened(page, "New case")
    expect(page.get_by_role("button", name="Check and predict")).to_be_visible()
    page.goto(f"{entrance}/models?compare=Manage")
    opened(page, "Models")
    expect(page.get_by_text("Train a new run")).to_be_visible()
    expect(page.get_by_role("button", name="Delete …")).to_have_count(0)


def test_somebody_without_a_role_is_told_so(context: BrowserContext, entrance: str) -> None:
    page = sign_in(context, entrance, EVE)
    expect(page.get_by_text("has no role here")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
    assert context.request.get(f"{entrance}/slides/x/info").status == 403


def test_a_forged_cookie_opens_nothing(context: BrowserContext, entrance: str) -> None:
    page = sign_in(context, entrance, ADA)
    opened(page, "Cohort")
    jar = context.cookies()
    mine = next(one for one in jar if one["name"] == "_streamlit_user")
    context.add_cookies([{**mine, "value": mine["value"][:-4] + "AAAA"}])  # type: ignore[typeddict-item]
    assert context.request.get(f"{entrance}/slides/x/info").status == 401
    page.goto(entrance)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_who_came_and_what_they_did_is_in_the_audit_log(
    context: BrowserContext, entrance: str, full_data: Path
) -> None:
    from dashboard.access.audit import AuditLog

    page = sign_in(context, entrance, CAT)
    opened(page, "Cohort")
    page.goto(f"{entrance}/patients")
    opened(page, "Patients")
    log = AuditLog(full_data)
    assert log.faults() == () and any(one.who == CAT and one.action == "signed in" for one in log.entries())
    text = (full_data / "audit" / "log.jsonl").read_text()
    assert all(json.loads(line)["number"] for line in text.splitlines())


def test_a_sign_in_that_ran_out_holds_no_longer(context: BrowserContext, full_data: Path, tmp_path: Path) -> None:
    with signed(full_data, tmp_path, lifetime_s=20) as address:
        page = sign_in(context, address, ADA)
        issued_before = time.monotonic()
        opened(page, "Cohort")
        assert context.request.get(f"{address}/slides/x/info").status == 404
        time.sleep(max(0.0, 21 - (time.monotonic() - issued_before)))
        assert context.request.get(f"{address}/slides/x/info").status == 401
        page.get_by_test_id("stSidebarNav").get_by_text("Data").click()
        expect(page.get_by_text("Your sign-in has run out")).to_be_visible()
