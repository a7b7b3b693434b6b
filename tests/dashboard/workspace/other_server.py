"""Another server that holds the workspace of a data folder: a process of its own, as the file's lock is a process's."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]
HOLDING = """
import sys
from pathlib import Path
from dashboard.workspace import Workspace
Workspace.open(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_elsewhere(data: Path) -> Generator[None]:
    """While it lasts, nobody else can open the workspace."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(data)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        yield
    finally:
        other.communicate(b"")
