"""What a run was made with: commit, versions, hardware."""

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "torch",
    "torchvision",
    "numpy",
    "scipy",
    "scikit-learn",
    "lifelines",
    "captum",
    "pandas",
    "duckdb",
    "openslide-bin",
    "tifffile",
    "imagecodecs",
    "safetensors",
)


def commit() -> str:
    """Commit of the code that runs, with a plus sign when files differ from it; "unknown" outside a checkout."""
    folder = Path(__file__).parent
    if not (folder.parent.parent / ".git").exists():
        return "unknown"
    head = _git(folder, "rev-parse", "HEAD")
    return head + ("+" if head and _git(folder, "status", "--porcelain", "--untracked-files=no") else "") or "unknown"


def _git(folder: Path, *words: str) -> str:
    try:
        return subprocess.run(
            ["git", *words], cwd=folder, capture_output=True, text=True, check=True, timeout=20
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def versions() -> dict[str, str]:
    """Python and the packages that numbers depend on."""
    return {"python": platform.python_version(), "acinus": _version("acinus")} | {
        package: _version(package) for package in PACKAGES
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def hardware(device: str) -> dict[str, str]:
    """Processor and device; `device` is the accelerator in words, or "cpu"."""
    return {"processor": _processor(), "cores": str(os.cpu_count()), "system": platform.platform(), "device": device}


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def command() -> str:
    """The command line, as it could be typed again."""
    return " ".join(["python", Path(sys.argv[0]).name, *sys.argv[1:]])
