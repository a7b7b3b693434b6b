"""How far a training is, as it is told: from whole files, half files and none."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.results.locks import exclusive, held
from core.results.progress import FitProgress, Progress, ProgressFile
from dashboard.views import trainings

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
MODELS = ("fused", "image", "logistic")


def progress(done: int, *, folds: int = 4, workers: int = 2, seconds: float = 10.0, stage: str = "fitting") -> Progress:
    """`done` of the fits of three models are done, each in `seconds`."""
    units = [(model, fold) for fold in range(folds) for model in MODELS]
    fits = tuple(
        FitProgress(model=model, repeat=0, fold=fold, done=place < done, seconds=seconds if place < done else None)
        for place, (model, fold) in enumerate(units)
    )
    at = BEGUN.isoformat()
    return Progress(stage=stage, pid=1, host="here", began=at, at=at, workers=workers, fits=fits)  # type: ignore[arg-type]


@given(done=st.integers(1, 11), workers=st.integers(1, 8), seconds=st.floats(0.1, 1e4))
def test_the_time_left_is_that_of_the_rounds_that_are_left(done: int, workers: int, seconds: float):
    left = trainings.left_s(progress(done, workers=workers, seconds=seconds), now=BEGUN)
    rounds = -(-(12 - done) // workers)
    assert left == pytest.approx(max(rounds * seconds, 1.0))


def test_the_time_left_runs_down_and_never_out_while_fits_are_left():
    now = progress(4)
    told = [trainings.left_s(now, now=BEGUN + timedelta(seconds=after)) for after in (0, 5, 15, 1000)]
    assert told == sorted(told, reverse=True) and told[-1] == 1.0


def test_without_a_fit_that_ended_there_is_no_time_left_to_tell():
    assert trainings.left_s(progress(0), now=BEGUN) is None
    assert "about" not in trainings.view(progress(0), now=BEGUN).sentence
    assert trainings.left_s(progress(12), now=BEGUN) is None
    assert "about 30 s left" in trainings.view(progress(6), now=BEGUN).sentence


@given(done=st.integers(0, 12), workers=st.integers(1, 8))
def test_every_fit_is_in_the_grid_and_as_many_run_as_there_are_workers(done: int, workers: int):
    grid = trainings.grid(progress(done, workers=workers))
    marks = [cell.mark for row in grid.cells for cell in row if cell]
    assert grid.models == MODELS and grid.folds == ("1", "2", "3", "4") and len(marks) == 12
    assert marks.count("done") == done and marks.count("running") == min(workers, 12 - done)


def test_nothing_runs_in_the_grid_once_controls_are_fitted():
    found = trainings.view(progress(12, stage="controls"), now=BEGUN)
    assert found.share == 1.0 and "control" in found.sentence and found.grid is not None
    assert {cell.mark for row in found.grid.cells for cell in row if cell} == {"done"}


def test_a_training_without_progress_is_preparing():
    found = trainings.view(None, now=BEGUN)
    assert found.sentence == trainings.PREPARING and found.share == 0 and found.grid is None


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A progress.json as it is written."""
    folder = tmp_path_factory.mktemp("run")
    ProgressFile(folder)._write(progress(5))  # pyright: ignore[reportPrivateUsage]
    return (folder / "progress.json").read_bytes()


def test_what_is_written_is_read_back_and_a_stage_changes_nothing_else(tmp_path: Path):
    file = ProgressFile(tmp_path)
    assert file.read() is None
    file.stage("judging")
    assert file.read() is None, "where no fits were followed there is nothing to tell"
    file._write(progress(5))  # pyright: ignore[reportPrivateUsage]
    assert file.read() == progress(5)
    file.stage("judging")
    now = file.read()
    assert now is not None and now.stage == "judging" and now.fits == progress(5).fits


@given(cut=st.floats(0, 0.999))
def test_half_a_file_tells_nothing_and_breaks_nothing(whole: bytes, cut: float, tmp_path_factory):
    folder = tmp_path_factory.mktemp("half")
    (folder / "progress.json").write_bytes(whole[: int(cut * len(whole))])
    assert ProgressFile(folder).read() is None


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "resting"},
        {"fits": 3},
        {"fits": [{}]},
        {"at": "soon"},
        {"at": "2026-01-01T00:00:00"},
        {"workers": None},
    ],
)
def test_a_file_of_another_version_tells_nothing(whole: bytes, change: dict[str, object], tmp_path: Path):
    (tmp_path / "progress.json").write_text(json.dumps(json.loads(whole) | change))
    assert ProgressFile(tmp_path).read() is None


def test_a_lock_is_seen_to_be_held_only_while_it_is(tmp_path: Path):
    lock = tmp_path / "lock"
    assert not held(lock)
    with exclusive(lock):
        assert held(lock)
    assert not held(lock) and lock.exists()
