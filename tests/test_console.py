"""Commands end as they were told to, whatever they were doing when they were told."""

import subprocess
import sys

import pytest

from core.console import HEADLINE, score_lines
from core.types import Score

COMMAND = """
import signal, sys, time
from core.console import ended

def interrupt():
    signal.raise_signal(signal.SIGTERM)

class Closing:
    def __del__(self):
        interrupt()

def swallows():
    Closing()
    time.sleep(120)
    sys.stdout.write("went on")

def translates():
    try:
        interrupt()
    except KeyboardInterrupt as lost:
        raise SystemError("returned a result with an exception set") from lost

sys.exit(ended({name}))
"""


@pytest.mark.parametrize("name", ["swallows", "translates"])
def test_an_interruption_ends_the_command_even_where_a_library_loses_it(name):
    """Destructors swallow exceptions; compiled code may turn them into others."""
    source = COMMAND.format(name=name)
    job = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=200, check=False)
    assert (job.returncode, job.stderr) == (130, "interrupted\n")
    assert job.stdout == "", "the rest was not done"


def test_a_score_without_an_interval_is_shown_and_said_to_have_none():
    """A perfect AUROC is computed: only how far it holds is not known."""

    def told(value):
        scores = [
            Score(model="genes", mode="genes", repeat=None, fold=None, metric=metric, value=value, low=None, high=None,
                  n=15, how="")
            for metric in HEADLINE
        ]  # fmt: skip
        return score_lines(scores)[-1]

    assert "1.000 (no interval)" in told(1.0) and "not computed" not in told(1.0)
    assert "not computed" in told(None)
