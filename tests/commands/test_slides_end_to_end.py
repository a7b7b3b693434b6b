"""From painted slides to a served case with attention; also from real slides where there are any."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.results import RunFolder
from tests.commands.conftest import QUICK, Run
from tests.real_data import VARIABLE, real_data

pytestmark = pytest.mark.slow
RANDOM = ("--encoder-weights", "random")


@pytest.fixture(scope="session")
def demo(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "cohort"
    ended = run("-m", "core", "demo", "--out", out, "--patients", "24")
    assert ended.returncode == 0, ended.stderr
    return out


@pytest.fixture(scope="session")
def data(demo: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slides") / "data"
    ended = run(
        "train.py", "--cohort", demo, "--data", folder, "--run", "slides", "--folds", "2",
        "--split", "random", "--accept", "two folds",
        "--models", "fused", "image", *RANDOM, *QUICK,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return folder


def one_sample(demo: Path, folder: Path) -> tuple[str, Path]:
    """The first sample of the demo's expression table as a file of its own."""
    with gzip.open(demo / "expression.tsv.gz", "rt") as table:
        rows = [line.rstrip("\n").split("\t")[:2] for line in table]
    file = folder / "sample.tsv"
    file.write_text("".join("\t".join(row) + "\n" for row in rows))
    return rows[0][1], file


def test_attention_of_every_out_of_fold_prediction_is_kept_with_its_tiles(data: Path) -> None:
    kept = RunFolder.open(data, "slides")
    for patient in kept.cohort().patients:
        slides = kept.slides(patient.id)
        tiles = sum(len(slide.origins) for slide in slides)
        for model in ("fused", "image"):
            looked = kept.explanation(model, patient.id)
            assert looked is not None
            assert looked.tile_attention is not None
            assert looked.tile_attention.shape == (len(looked.tokens), tiles)
            np.testing.assert_allclose(looked.tile_attention.astype(float).sum(axis=1), 1, atol=0.02)


def test_a_case_of_slide_and_expression_gets_probabilities_and_an_overlay(
    demo: Path, data: Path, run: Run, tmp_path: Path
) -> None:
    patient = RunFolder.open(data, "slides").cohort().patients[0]
    _, sample = one_sample(demo, tmp_path)
    out = tmp_path / "case"
    ended = run(
        "-m", "core", "predict", "--run", "slides", "--slide", patient.slides[0].path, "--expression", sample,
        "--out", out, "--data", data,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    said = json.loads((out / "prediction.json").read_text())
    assert said["mode"] == "both"
    assert set(said["models"]) == {"fused", "image"}
    (slide,) = said["slides"]
    with Image.open(out / slide["overlay"]) as drawn, Image.open(out / slide["thumbnail"]) as plain:
        assert drawn.size == plain.size
        changed = (np.asarray(drawn) != np.asarray(plain)).any(axis=2)
    side = slide["side_px"] / slide["downsample"]
    assert changed.sum() == pytest.approx(slide["tiles"] * side**2, rel=0.2), "the tiles are tinted, and only they"
    assert said["top_tiles"]
    assert said["top_gene_sets"]


def test_served_twice_the_same_case_gives_the_same_answer(data: Path, run: Run, tmp_path: Path) -> None:
    patient = RunFolder.open(data, "slides").cohort().patients[1]
    for name in ("one", "two"):
        ended = run(
            "-m", "core", "predict", "--run", "slides", "--slide", patient.slides[0].path,
            "--out", tmp_path / name, "--data", data,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
    one, two = (json.loads((tmp_path / name / "prediction.json").read_text()) for name in ("one", "two"))
    assert one.pop("made") <= two.pop("made"), "only the moment differs, and how long each check took"
    for check in [*one["checks"], *two["checks"]]:
        check.pop("seconds")
    assert one == two
    assert one["missing"] == ["expression"]


def real_images() -> list[tuple[Path, float | None]]:
    home = real_data()
    if home is None:
        return []
    fields = [(path, 0.25) for path in sorted((home / "tiles").glob("*.tif"))]
    return fields + [(path, None) for path in sorted((home / "slides").glob("*.svs"))]


@pytest.mark.real
def test_real_fields_and_a_real_slide_go_from_file_to_overlay(data: Path, run: Run, tmp_path: Path) -> None:
    images = real_images()
    if not images:
        pytest.skip(f"set {VARIABLE} to the folder of the real images to run this test")
    for path, um_per_px in images:
        out = tmp_path / path.stem
        stated = () if um_per_px is None else ("--um-per-px", str(um_per_px))
        ended = run(
            "-m", "core", "predict", "--run", "slides", "--slide", path, "--out", out, "--data", data, *stated
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        said = json.loads((out / "prediction.json").read_text())
        assert said["slides"][0]["tiles"] >= 1
        assert (out / "overlay.png").exists()
