"""Where the shipped server listens and whom it answers, asked of real servers."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.dashboard.browser.browsing import ROOT, free_port, served

PROXY = 'sign_in = "proxy"\neveryone_else = "viewer"\n[proxy]\nheader = "X-User"\naddresses = ["127.0.0.1"]\n'


def own_address() -> str:
    """Of this machine in its network; asks nobody for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return asked.getsockname()[0]


def started(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", f"--server.port={free_port()}", *options],
        cwd=ROOT,
        env={**os.environ, "ACINUS_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def written(data: Path, text: str) -> Path:
    (data / "access.toml").write_text(text)
    (data / "access.toml").chmod(0o600)
    return data


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.2", ""])
def test_it_does_not_start_open_to_others_without_a_sign_in(empty_data: Path, address: str) -> None:
    ended = started(empty_data, f"--server.address={address}")
    assert ended.returncode == 1 and "error: Acinus would listen on" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("access", "sentence"),
    [
        ('sign_in = "oidc"\neveryone_else = "viewer"', "has no redirect_uri"),
        ("sign_in = 3", "sign_in must be"),
        ("[users", "cannot be read"),
    ],
)
def test_it_does_not_start_with_half_a_sign_in(empty_data: Path, access: str, sentence: str) -> None:
    ended = started(written(empty_data, access))
    assert ended.returncode == 1 and sentence in ended.stderr and "Traceback" not in ended.stderr


def test_a_short_secret_signs_nothing(empty_data: Path, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text('[auth]\nredirect_uri = "http://localhost/oauth2callback"\ncookie_secret = "short"\n')
    data = written(empty_data, 'sign_in = "oidc"\neveryone_else = "viewer"')
    ended = started(data, f"--secrets.files={secrets}")
    assert ended.returncode == 1 and "at least 32 letters" in ended.stderr


def test_as_shipped_it_listens_on_this_machine_alone(empty_data: Path) -> None:
    mine = own_address()
    if mine.startswith("127."):
        pytest.skip("this machine has no address in a network")
    with served(empty_data) as address, pytest.raises(httpx.ConnectError):
        httpx.get(address.replace("127.0.0.1", mine))


def test_behind_a_proxy_its_header_is_believed_and_that_of_others_is_not(empty_data: Path) -> None:
    with served(written(empty_data, PROXY), "--server.address=127.0.0.1") as address:
        path = f"{address}/slides/x/info"
        assert httpx.get(path, headers={"X-User": "ada"}).status_code == 404, "let in, and there is no such slide"
        assert httpx.get(path).status_code == 401
        assert httpx.get(path, headers={"X-Acinus-Peer": "127.0.0.1"}).status_code == 401


def test_another_server_that_opens_it_to_all_answers_this_machine_alone(empty_data: Path) -> None:
    mine, port = own_address(), free_port()
    if mine.startswith("127."):
        pytest.skip("this machine has no address in a network")
    command = [sys.executable, "-m", "uvicorn", "dashboard.app:app", "--host", "0.0.0.0", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "ACINUS_DATA": str(empty_data)})
    try:
        transport = httpx.HTTPTransport(retries=20)
        with httpx.Client(transport=transport, timeout=30) as client:
            assert client.get(f"http://127.0.0.1:{port}/").status_code == 200
            for path in ("/", "/slides/x/info", "/_stcore/health"):
                far = client.get(f"http://{mine}:{port}{path}")
                assert far.status_code == 403 and "only this machine" in far.json()["error"]
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_a_foreign_origin_or_host_gets_no_socket_and_no_slide(empty_data: Path) -> None:
    with served(empty_data) as address:
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        for foreign in ({"Origin": "https://evil.example.org"}, {"Host": "evil.example.org", "Origin": "http://x"}):
            assert httpx.get(f"{address}/_stcore/stream", headers={**upgrade, **foreign}).status_code == 403
        assert httpx.get(f"{address}/slides/x/info", headers={"Host": "evil.example.org"}).status_code == 403
        own = httpx.get(address).headers
        assert own["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in own["Content-Security-Policy"]
        assert httpx.put(f"{address}/_stcore/upload_file/a/b", content=b"x").status_code == 403, "no XSRF token"
