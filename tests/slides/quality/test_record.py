"""What is kept of a slide's quality is whole, and says what is amiss."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import floats, integers

from core.slides.quality import SlideQuality, Surface, no_tile_reason, slide_quality, surfaces
from core.slides.quality.density import stain_density
from core.slides.quality.problems import problems

UM = 4.0
TILES = {"kept": 90, "blurred": 10, "not sampled": 4, "glass": 40, "edge": 3}
CLEAN = {"glass": 5.0, "tissue": 5.0, "ink": 0.0, "fold": 0.0, "fat": 0.0, "border": 0.0}


def judged(thumbnail, *, tiles=TILES, values=(300.0, 900.0, 2000.0)):
    return slide_quality(
        thumbnail=thumbnail,
        surface_map=surfaces(thumbnail, um_per_px=UM),
        um_per_px=UM,
        tiles=tiles,
        sharpness=np.array(values, dtype=np.float32),
    )


def words(area=CLEAN, *, tiles=TILES):
    return [problem.word for problem in problems(area_mm2=area, tiles=tiles, stain=None)]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=integers(0, 99), empty=integers(0, 3))
def test_a_record_comes_back_from_json_as_it_was(a_section, seed, empty):
    thumbnail = a_section(seed=seed) if empty else np.full((50, 60, 3), 243, dtype=np.uint8)
    quality = judged(thumbnail, values=() if empty == 1 else (1.0, 2.0))
    assert SlideQuality.from_json(json.loads(json.dumps(quality.as_json(), allow_nan=False))) == quality


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=integers(0, 99))
def test_areas_make_up_the_slide_and_stains_are_those_of_its_tissue(a_section, seed):
    thumbnail = a_section(seed=seed)
    quality = judged(thumbnail)
    assert sum(quality.area_mm2.values()) == pytest.approx(thumbnail.shape[0] * thumbnail.shape[1] * UM**2 / 1e6)
    assert quality.glass == pytest.approx(243, abs=1) and quality.stain is not None
    tissue = surfaces(thumbnail, um_per_px=UM) == Surface.TISSUE
    density = -np.log10(thumbnail[tissue].clip(1) / np.array([243, 242, 244]))
    expected = stain_density(density.astype(np.float32)).mean(axis=0)
    assert (quality.stain.haematoxylin, quality.stain.eosin) == pytest.approx(tuple(expected.tolist()), abs=0.01)


def test_quantiles_are_of_the_tiles_read():
    quality = judged(np.full((50, 60, 3), 243, dtype=np.uint8), values=range(101))
    assert quality.sharpness == pytest.approx((10, 50, 90))
    assert judged(np.full((50, 60, 3), 243, dtype=np.uint8), values=()).sharpness is None


def test_a_good_slide_has_no_problem():
    assert words() == []


@pytest.mark.parametrize(
    ("area", "tiles", "word"),
    [
        (CLEAN | {"tissue": 0.0}, TILES, "no tissue"),
        (CLEAN | {"tissue": 0.05}, TILES, "little tissue"),
        (CLEAN | {"ink": 1.0}, TILES, "ink"),
        (CLEAN | {"fold": 1.0}, TILES, "folds"),
        (CLEAN | {"border": 40.0}, TILES, "border"),
        (CLEAN, TILES | {"blurred": 45}, "blur"),
    ],
)
def test_each_problem_is_told_by_its_word_with_a_figure_and_a_mend(area, tiles, word):
    (problem,) = problems(area_mm2=area, tiles=tiles, stain=None)
    assert problem.word == word and ";" in problem.sentence and problem.sentence.endswith(".")
    assert word == "no tissue" or any(letter.isdigit() for letter in problem.sentence)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=integers(0, 99), left=floats(0.1, 0.3))
def test_a_washed_out_slide_is_pale_and_a_good_one_is_not(a_section, seed, left):
    thumbnail = a_section(seed=seed)
    washed = (243 * (thumbnail / 243) ** left).clip(0, 255).astype(np.uint8)
    quality = slide_quality(
        thumbnail=washed,
        surface_map=surfaces(thumbnail, um_per_px=UM),
        um_per_px=UM,
        tiles=TILES,
        sharpness=np.ones(2, dtype=np.float32),
    )
    assert [problem.word for problem in quality.problems] == ["pale stain"]
    assert "pale stain" not in [problem.word for problem in judged(thumbnail).problems]


NONE = {"kept": 0, "glass": 9}


@pytest.mark.parametrize(
    ("area", "tiles", "said"),
    [
        ({"tissue": 0.0}, NONE, "a.svs shows no tissue (blank glass); check that it is a stained slide"),
        ({"tissue": 0.0, "ink": 5.0}, NONE, "(blank glass, 50.0% is pen marks)"),
        ({"tissue": 0.0, "border": 15.0}, NONE, "75.0% was never scanned"),
        ({}, NONE, "has tissue on 50.0% of its area, but no tile of 112 um with at least 50% tissue; lower the least"),
        ({}, NONE | {"ink": 7, "fold": 2}, "at least 50% tissue is free of pen marks (7) and folds (2);"),
        ({}, NONE | {"blurred": 8}, "is sharp (8 are blurred); scan it again in focus"),
    ],
)
def test_the_reason_for_no_tile_names_what_took_them(area, tiles, said):
    area_mm2 = CLEAN | area
    reason = no_tile_reason(slide="a.svs", area_mm2=area_mm2, tiles=tiles, tile_um=112.0, least_tissue=0.5)
    assert said in reason and reason.startswith("a.svs ")
