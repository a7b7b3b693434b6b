"""A case predicted by a small run that was really trained: whole, repeatable, and the same by page and by command."""

import io
import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import safetensors.numpy as safetensors
from PIL import Image
from pypdf import PdfReader

from core.results import RunFolder
from dashboard import views
from dashboard.cases import intake
from dashboard.cases.folder import CaseFolder
from dashboard.cases.request import Request
from dashboard.viewer.known_cases import MEAN_PLACE, case_slide_id, find_case_slide
from tests.case_contents import case_content
from tests.trained import RUN, TrainedStore, core

# they share a run that takes a while to train, and each predicts in a process of its own
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("trained-store")]


def predict(store: TrainedStore, out: Path, *words: str | Path) -> dict[str, Any]:
    ended = core("-m", "core", "predict", "--run", RUN, "--data", store.data, "--out", out, *words)
    assert ended.returncode == 0, ended.stderr
    return json.loads((out / "prediction.json").read_text())


def timeless(content: dict[str, Any]) -> dict[str, Any]:
    """Without when it was made and how long that took."""
    checks = [{**one, "seconds": None} for one in content["checks"]]
    return {**content, "made": "", "checks": checks}


@pytest.fixture(scope="module")
def both(trained_store: TrainedStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result's folder of a case with slide and expression."""
    out = tmp_path_factory.mktemp("cases") / "both"
    predict(trained_store, out, "--slide", trained_store.slide, "--expression", trained_store.expression)
    return out


@pytest.fixture(scope="module")
def content(both: Path) -> dict[str, Any]:
    return json.loads((both / "prediction.json").read_text())


def test_every_model_answers_with_all_its_folds_and_the_mean_of_them(content: dict[str, Any]) -> None:
    assert set(content["models"]) == {"fused", "image", "genes"} and content["mode"] == "both"
    for answer in content["models"].values():
        assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert len(answer["folds"]) == 3
        for name, share in answer["probabilities"].items():
            each = [fold["probabilities"][name] for fold in answer["folds"]]
            assert share == pytest.approx(np.mean(each), abs=1e-6)
            assert answer["spread"][name] == pytest.approx([min(each), max(each)], abs=1e-6)


def test_every_check_was_made_and_none_failed(content: dict[str, Any]) -> None:
    states = {one["name"]: one["state"] for one in content["checks"]}
    assert set(states) == set(views.cases.checks.TITLES)
    assert "failed" not in states.values() and "waiting" not in states.values()
    assert {one["of"] for one in content["distances"]} == {"genes-distance", "image-distance", "fused-distance"}


def test_the_nearest_are_training_patients_of_each_fold(content: dict[str, Any], trained_store: TrainedStore) -> None:
    train = {(fold.repeat, fold.index): set(fold.train) for fold in RunFolder.open(trained_store.data, RUN).folds()}
    assert {(one["repeat"], one["fold"]) for one in content["neighbours"]} == set(train)
    assert all(one["patient"] in train[one["repeat"], one["fold"]] for one in content["neighbours"])


def test_a_patient_the_run_was_trained_on_is_recognised(trained_store: TrainedStore, tmp_path: Path) -> None:
    patients = RunFolder.open(trained_store.data, RUN).cohort().patients
    known = next(one for one in patients if len(one.slides) == 1)
    given = ("--slide", known.slides[0].path, "--expression", trained_store.cohort / "expression.tsv.gz")
    content = predict(trained_store, tmp_path / "known", *given, "--sample", known.id)
    first = [one for one in content["neighbours"] if one["rank"] == 1 and one["similarity"] > 0.9999]
    assert len(first) == 2, "of three folds, two trained on them"
    assert {one["patient"] for one in first} == {known.id}
    assert any("very embedding of this case" in note for note in content["notes"])


def test_maps_lie_over_the_tiles_and_add_up_to_one(both: Path, content: dict[str, Any]) -> None:
    arrays = safetensors.load_file(both / "attention.safetensors")
    tiles = content["slides"][0]["tiles"]
    assert arrays["origins/0"].shape == (tiles, 2)
    for model in ("fused", "image"):
        found = content["explained"][model]
        names = [f"{model}/mean", *(f"{model}/r{repeat}-f{fold}" for repeat, fold in found["folds"])]
        assert len(names) == 4
        for name in names:
            assert arrays[name].shape == (len(found["tokens"]), tiles)
            np.testing.assert_allclose(arrays[name].sum(axis=1), 1, atol=1e-3)
    with Image.open(both / "overlay.png") as overlay, Image.open(both / "thumbnail.png") as thumbnail:
        assert overlay.size == thumbnail.size


def test_the_sheet_is_one_page_and_nothing_names_the_files_or_the_sample(
    both: Path, content: dict[str, Any], trained_store: TrainedStore
) -> None:
    (page,) = PdfReader(io.BytesIO((both / "case.pdf").read_bytes())).pages
    told = page.extract_text() + json.dumps(content)
    assert "For research use only" in page.extract_text()
    assert trained_store.sample not in told and trained_store.expression.name not in told


def test_what_tests_of_pages_draw_by_hand_has_the_shape_of_the_real_thing(content: dict[str, Any]) -> None:
    drawn = case_content(models=("fused", "image", "genes"))
    assert drawn.keys() == content.keys()
    for name in ("models", "explained"):
        assert {key: set(one) for key, one in drawn[name].items()} == {
            key: set(one) for key, one in content[name].items()
        }
    assert drawn["slides"][0].keys() == content["slides"][0].keys()
    assert views.cases.answers.view(content) is not None


def test_the_page_gives_the_same_numbers_as_the_command(content: dict[str, Any], trained_store: TrainedStore) -> None:
    case = CaseFolder.new(trained_store.data)
    try:
        slide = case.link(trained_store.slide, part="slide", suffix=intake.suffix_of(trained_store.slide, kind="slide"))
        expression = case.put(trained_store.expression.read_bytes(), part="expression", suffix=".tsv")
        case.start(Request(run=RUN, slide=slide, expression=expression))
        while case.running:
            time.sleep(0.2)
        assert case.status().state == "done", case.status()
        by_page = dict(case.prediction())
        assert timeless(by_page) == timeless(content)
        known = find_case_slide(trained_store.data, case_slide_id(case))
        assert known is not None and known.bag is not None and known.path is not None and known.path.exists()
        mean, fold = known.maps("fused", MEAN_PLACE), known.maps("fused", 1)
        assert mean is not None and fold is not None and fold.fold == 0
        np.testing.assert_allclose(mean.values.mean(axis=1), 1, rtol=1e-3)
        assert known.maps("fused", 4) is None and known.maps("genes", MEAN_PLACE) is None
        assert known.um_per_px() == content["slides"][0]["um_per_px"]
    finally:
        case.delete()
    assert find_case_slide(trained_store.data, case_slide_id(case)) is None
    assert not list((trained_store.data / "features").glob(f"*/{case.id}-*"))


def test_from_the_slide_alone_nothing_is_made_up(trained_store: TrainedStore, tmp_path: Path) -> None:
    said = predict(trained_store, tmp_path / "case", "--slide", trained_store.slide)
    assert (said["mode"], said["missing"], said["expression"]) == ("image", ["expression"], None)
    assert set(said["models"]) == {"fused", "image"}
    # no gene set asked: one map, not the same one under the name of each
    assert said["explained"]["fused"]["tokens"] == said["explained"]["image"]["tokens"] == ["slide"]
    assert said["slides"][0]["overlay"]


def test_from_expression_with_gaps_the_gaps_are_counted_and_named(trained_store: TrainedStore, tmp_path: Path) -> None:
    table = pd.read_csv(trained_store.expression, sep="\t", index_col=0)
    lost = table.index[::10]
    table.drop(index=lost).to_csv(tmp_path / "gaps.csv")
    said = predict(trained_store, tmp_path / "case", "--expression", tmp_path / "gaps.csv")
    assert (said["mode"], said["missing"], said["slides"]) == ("genes", ["slide"], [])
    assert set(said["expression"]["missing"]) == set(lost)
    assert said["expression"]["found"] + len(lost) == said["expression"]["panel"]
    table.iloc[: len(table) // 2].to_csv(tmp_path / "half.csv")
    ended = core(
        "-m", "core", "predict", "--run", RUN, "--data", trained_store.data, "--out", tmp_path / "half",
        "--expression", tmp_path / "half.csv", "--checks", tmp_path / "checks.json",
    )  # fmt: skip
    assert ended.returncode == 2 and "80 % are needed" in ended.stderr and not (tmp_path / "half").exists()
    (failed,) = [one for one in json.loads((tmp_path / "checks.json").read_text()) if one["state"] == "failed"]
    assert failed["name"] == "coverage" and len(failed["genes"]) > 100


def test_a_slide_that_states_no_resolution_is_asked_about_and_answered_then(
    trained_store: TrainedStore, tmp_path: Path
) -> None:
    drawn = np.random.default_rng(0)
    picture = drawn.integers(140, 220, size=(900, 900, 3)).astype(np.uint8)
    picture[..., 1] //= 2
    Image.fromarray(picture).save(tmp_path / "plain.png")
    words = ("-m", "core", "predict", "--run", RUN, "--data", trained_store.data, "--slide", tmp_path / "plain.png")
    checks = tmp_path / "checks.json"
    ended = core(*words, "--out", tmp_path / "a", "--checks", checks)
    assert ended.returncode == 2 and "resolution" in ended.stderr
    (asking,) = [one for one in json.loads(checks.read_text()) if one["state"] == "failed"]
    assert (asking["name"], asking["asks"]) == ("resolution", "um_per_px")
    ended = core(*words, "--out", tmp_path / "b", "--checks", checks, "--um-per-px", "0.5")
    named = {one["name"]: one for one in json.loads(checks.read_text())}
    assert named["resolution"]["state"] == "passed" and "as given" in named["resolution"]["sentence"]


def test_a_bundle_elsewhere_gives_the_very_numbers_without_the_run(
    both: Path, content: dict[str, Any], trained_store: TrainedStore, tmp_path: Path
) -> None:
    """In a process of its own, in another folder, with nothing there but the bundle and the case."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    bundle = elsewhere / "small.acinus"
    ended = core("-m", "core", "bundle", "--run", RUN, "--data", trained_store.data, "--out", bundle)
    assert ended.returncode == 0, ended.stderr
    given = [shutil.copy(file, elsewhere) for file in (trained_store.slide, trained_store.expression)]
    out = elsewhere / "case"
    told = ("--data", elsewhere / "data", "--out", out, "--slide", given[0], "--expression", given[1])
    ended = core("-m", "core", "predict", "--bundle", bundle, *told)
    assert ended.returncode == 0, ended.stderr
    found = json.loads((out / "prediction.json").read_text())
    assert (out / "attention.safetensors").read_bytes() == (both / "attention.safetensors").read_bytes()
    assert found["bundle"] and found["bundle"] in core("-m", "core", "bundle", "--show", bundle).stdout
    for name in ("models", "explained", "distances", "top_tiles", "top_gene_sets", "slides", "notes", "expression"):
        assert found[name] == content[name], name
    numbers = ("repeat", "fold", "rank", "similarity")
    assert [[one[name] for name in numbers] for one in found["neighbours"]] == [
        [one[name] for name in numbers] for one in content["neighbours"]
    ]
    patients = [one.id for one in RunFolder.open(trained_store.data, RUN).cohort().patients]
    assert [patients[int(one["patient"]) - 1] for one in found["neighbours"]] == [
        one["patient"] for one in content["neighbours"]
    ]


def test_tiles_are_a_table_and_squares_over_the_slide_with_the_attention_of_each_model(both: Path) -> None:
    arrays = safetensors.load((both / "attention.safetensors").read_bytes())
    origins, table = arrays["origins/0"], pd.read_csv(both / "tiles.csv")
    assert table[["x", "y"]].to_numpy().tolist() == origins.tolist() and set(table["slide"]) == {0}
    for model in ("fused", "image"):
        mean = arrays[f"{model}/mean"].mean(axis=0)
        column = table[f"{model} attention, times an even share"]
        np.testing.assert_allclose(column, mean * len(mean), atol=1e-4)
        assert column.mean() == pytest.approx(1, abs=1e-3)
    drawn = json.loads((both / "tiles.geojson").read_text())
    assert drawn["type"] == "FeatureCollection" and len(drawn["features"]) == len(table)
    for feature, (_, row) in zip(drawn["features"], table.iterrows(), strict=True):
        assert feature["type"] == "Feature" and feature["properties"]["objectType"] == "tile"
        (ring,) = feature["geometry"]["coordinates"]
        assert ring[0] == ring[-1] == [row["x"], row["y"]] and len(ring) == 5
        assert ring[2] == [row["x"] + row["side_px"], row["y"] + row["side_px"]]
        measured = feature["properties"]["measurements"]
        assert measured == {name: row[name] for name in table.columns if "attention" in name}


def test_without_a_slide_there_are_no_tiles(trained_store: TrainedStore, tmp_path: Path) -> None:
    predict(trained_store, tmp_path / "case", "--expression", trained_store.expression)
    assert not list((tmp_path / "case").glob("tiles*"))
