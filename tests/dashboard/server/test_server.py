"""The server as shipped: closed to other hosts, light to start, with its headers."""

import subprocess
import sys
import tomllib
from pathlib import Path

from dashboard.server.security import content_security_policy, inline_script_hashes

ROOT = Path(__file__).parents[3]


def test_the_pages_start_without_torch():
    code = "import sys, dashboard.visit; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_the_shipped_settings_are_closed():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["server"]["address"] == "127.0.0.1"
    assert set(config["server"]["allowedHosts"]) == {"localhost", "127.0.0.1"}
    assert config["server"]["enableCORS"] and config["server"]["enableXsrfProtection"]
    assert config["server"]["enableAgentApi"] is False
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"


def test_the_policy_allows_no_other_host_and_no_unknown_script():
    policy = dict(part.split(" ", 1) for part in content_security_policy().split("; "))
    assert policy["default-src"] == "'self'" and policy["frame-ancestors"] == "'none'"
    assert not any("http" in sources or "*" in sources for sources in policy.values())
    assert "'unsafe-inline'" not in policy["script-src"]


def test_a_written_script_is_allowed_by_its_own_hash():
    # the hash of the empty string is known from everywhere
    assert inline_script_hashes("<script></script>") == ("'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",)
    assert inline_script_hashes('<script src="a.js"></script>') == ()
