"""`python -m core splits check` as a real process."""

from pathlib import Path

import pytest

from tests.commands.conftest import Run


@pytest.mark.parametrize(
    ("tested", "code", "said"),
    [("TCGA-BH-B001", 0, "clean"), ("TCGA-A2-A002", 2, "does not keep sites apart"), ("TCGA-A2-A001", 2, "leaks")],
)
def test_a_split_ends_green_or_red_by_its_exit_code(run: Run, tmp_path: Path, tested: str, code: int, said: str):
    file = tmp_path / "splits_0.csv"
    file.write_text(f",train,val\n0,TCGA-A2-A001-01Z-00-DX1,{tested}\n")
    ended = run("-m", "core", "splits", "check", file)
    assert ended.returncode == code, ended.stderr
    assert "splits_0: 1 train, 1 validation" in ended.stdout
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_file_that_is_not_there_is_told(run: Run, tmp_path: Path):
    ended = run("-m", "core", "splits", "check", tmp_path / "gone.csv")
    assert ended.returncode == 2
    assert "gone.csv" in ended.stderr
