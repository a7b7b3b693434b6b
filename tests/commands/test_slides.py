"""Slides from the command line: looked at, extracted by several processes, by another trunk, handed on."""

import json
from pathlib import Path

import h5py
import pytest

from core.slides.extraction.states import read_states, read_worklists
from tests.commands.conftest import QUICK, Run

pytestmark = pytest.mark.slow

TRUNK = """
import torch
from core.slides.encoders.module import ModuleEncoder

class Colours(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = torch.nn.AdaptiveAvgPool2d(2)
        self.mix = torch.nn.Linear(12, 16)

    def forward(self, tiles):
        return self.mix(self.pool(tiles).flatten(1))

def make(*, device):
    torch.manual_seed(0)
    return ModuleEncoder(Colours(), name="colours", device=device, precision="fp32")
"""
OPTIONS = ("--trunk", "tiny_trunk:make", "--stain", "macenko")


@pytest.fixture(scope="module")
def demo(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "cohort"
    ended = run("-m", "core", "demo", "--out", out, "--patients", "20")
    assert ended.returncode == 0, ended.stderr
    return out


@pytest.fixture
def with_trunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "tiny_trunk.py").write_text(TRUNK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path / "data"


def test_another_trunk_and_a_stain_go_from_shards_to_a_served_case(demo: Path, with_trunk: Path, run: Run) -> None:
    data, made = with_trunk, 0
    for shard in ("1/2", "2/2"):
        ended = run("-m", "core", "features", "--cohort", demo, "--data", data, *OPTIONS, "--shard", shard)
        assert ended.returncode == 0, ended.stderr
        made += int(ended.stderr.split("slides: ")[-1].split(" extracted")[0])
    (worklist,) = read_worklists(data / "features")
    states = read_states(data / "features", worklist)
    assert made == sum(state.status == "done" for state in states) and "stain by Macenko" in worklist.encoder
    assert all(state.reason for state in states if state.status == "failed")
    trained = run(
        "train.py", "--cohort", demo, "--data", data, "--run", "other", "--folds", "2",
        "--split", "random", "--accept", "two folds",
        "--models", "image", *OPTIONS, *QUICK,
    )  # fmt: skip
    assert trained.returncode == 0, trained.stderr
    slide = next(Path(state.source) for state in states if state.status == "done")
    ended = run("-m", "core", "predict", "--run", "other", "--slide", slide, "--out", data / "case", "--data", data)
    assert ended.returncode == 0, ended.stderr
    assert json.loads((data / "case" / "prediction.json").read_text())["mode"] == "image"


def test_the_end_of_an_extraction_lists_every_failure_with_its_cause(
    demo: Path, with_trunk: Path, run: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    (copy / "slides").mkdir(parents=True)
    for file in demo.iterdir():
        if file.is_file():
            (copy / file.name).write_bytes(file.read_bytes())
    slides = sorted((demo / "slides").glob("*"))
    for number, file in enumerate(slides):
        content = file.read_bytes()
        (copy / "slides" / file.name).write_bytes(content[: len(content) // 3] if number == 2 else content)
    ended = run("-m", "core", "features", "--cohort", copy, "--data", with_trunk, *OPTIONS)
    assert ended.returncode == 0
    summary = ended.stderr.split("image features: ")[1]
    assert f"{slides[2].name} is cut short or damaged" in summary and "without features" in summary


def test_bags_are_handed_on_in_other_layouts(demo: Path, with_trunk: Path, run: Run, tmp_path: Path) -> None:
    run("-m", "core", "features", "--cohort", demo, "--data", with_trunk, *OPTIONS)
    (folder,) = (path for path in (with_trunk / "features").iterdir() if path.is_dir())
    ended = run("-m", "core", "slides", "export", "--layout", "stamp", "--out", tmp_path / "stamp", folder)
    assert ended.returncode == 0, ended.stderr
    bags = sorted((tmp_path / "stamp").glob("*.h5"))
    assert len(bags) == len(list(folder.glob("*.h5"))) > 10
    with h5py.File(bags[0]) as bag:
        assert set(bag) >= {"feats", "coords"} and bag.attrs["unit"] == "um"


def test_the_doctor_looks_at_a_folder_and_fails_when_a_slide_is_unusable(demo: Path, run: Run, tmp_path: Path) -> None:
    slides = sorted((demo / "slides").glob("*"))[:2]
    ended = run("-m", "core", "slides", "doctor", *slides)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("tiles       ") == 2 and "the file states it" in ended.stdout
    (tmp_path / "broken.svs").write_bytes(slides[0].read_bytes()[:3000])
    ended = run("-m", "core", "slides", "doctor", slides[0], tmp_path)
    assert ended.returncode == 2 and "1 of 2 slides cannot be used" in ended.stderr
    assert "broken.svs is cut short" in ended.stdout
    assert "there is no" in run("-m", "core", "slides", "doctor", tmp_path / "nowhere").stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--shard", "3/2"), "names no part"),
        (("--shard", "two"), "must be like 2/8"),
        (("--trunk", "nothing_there:make"), "nothing_there"),
        (("--tiles.size-px", "9999"), "must lie between 32 and 2048"),
    ],
)
def test_wrong_options_of_features_say_what_to_mend(
    demo: Path, run: Run, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    ended = run("-m", "core", "features", "--cohort", demo, "--data", tmp_path, *words)
    assert ended.returncode == 2 and said in ended.stderr and "Traceback" not in ended.stderr
