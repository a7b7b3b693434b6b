"""The demo cohort: real formats, a planted signal that only both modalities together give away, and nothing else."""

from collections import Counter
from pathlib import Path

import numpy as np
import openslide
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from core.cohort import PAM50_GENES, read_cohort, shipped_modules
from core.cohort.demo import write_demo
from core.cohort.demo import writing as door
from core.cohort.demo.architecture import GRID_UM, at, jittered_grid
from core.cohort.demo.expression import demo_symbols, expression_values
from core.cohort.demo.patients import CLINICAL_COLUMNS, SITES, draw_factors, draw_patients
from core.cohort.demo.slides import write_slide
from core.cohort.demo.stain import SCANNERS
from core.cohort.demo.tissue import paint_slide
from core.errors import InputError

PATIENTS, TISSUE_UM = 20, 170.0
POSITIVE = ("BRCA_Basal", "BRCA_Her2")
seeds = st.integers(0, 10_000)


def small_demo(out: Path, *, progress: bool = False) -> Path:
    write_demo(out, patients=PATIENTS, seed=3, progress=progress, tissue_um=TISSUE_UM)
    return out


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_demo(tmp_path_factory.mktemp("demo") / "cohort")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def slides(folder: Path) -> list[Path]:
    return sorted((folder / "slides").iterdir())


def test_the_reader_takes_it_and_loses_patients_for_every_planted_reason(demo: Path) -> None:
    tables = read_cohort(demo)
    assert tables.cohort.synthetic and tables.cohort.classes == ("Luminal", "Basal/HER2")
    assert len(tables.cohort.patients) + len(tables.cohort.exclusions) == PATIENTS
    assert Counter(lost.stage for lost in tables.cohort.exclusions) == {"outcome": 2, "expression": 1, "images": 1}
    assert all(patient.slides for patient in tables.cohort.patients)


def test_the_same_seed_gives_the_same_bytes_and_progress_goes_to_stderr(
    demo: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    again = small_demo(tmp_path / "again", progress=True)
    said = capfd.readouterr()
    assert contents(again) == contents(demo)
    assert "slide" in said.err and not said.out


def test_slides_are_pyramids_that_state_their_resolution(demo: Path) -> None:
    sites = dict(zip(SITES, SCANNERS, strict=True))
    where = {patient.id: patient.site for patient in read_cohort(demo).cohort.patients}
    for file in slides(demo):
        with tifffile.TiffFile(file) as tiff, openslide.OpenSlide(file) as slide:
            shapes = [page.shape for page in tiff.pages]
            stated = 1e4 / np.divide(*tiff.pages[0].tags["XResolution"].value)
            assert all(page.is_tiled and page.compression == tifffile.COMPRESSION.JPEG for page in tiff.pages)
            assert tiff.pages[0].tags["ResolutionUnit"].value == tifffile.RESUNIT.CENTIMETER
            assert float(slide.properties["openslide.mpp-x"]) == pytest.approx(stated)
            assert slide.level_dimensions == tuple((w, h) for h, w, _ in shapes)
        assert all((h, w) == (shapes[0][0] >> k, shapes[0][1] >> k) for k, (h, w, _) in enumerate(shapes))
        if (patient := file.name.split("-DX")[0]) in where:
            assert stated == pytest.approx(sites[where[patient]].um_per_px)


def test_large_image_reads_every_level(demo: Path) -> None:
    source = pytest.importorskip("large_image_source_tiff", reason="the system's libtiff is missing")
    for file in slides(demo)[:3]:
        opened = source.open(str(file))
        with tifffile.TiffFile(file) as tiff:
            stored = len(tiff.pages)
        facts = opened.getMetadata()
        assert facts["mm_x"] * 1000 in {0.25, 0.4, 0.5}
        assert len(opened._tiffDirectories) - opened._tiffDirectories.count(None) == stored
        thumbnail, _ = opened.getThumbnail(format="numpy", width=64, height=64)
        assert thumbnail.std() > 5


def test_two_scanners_have_another_resolution_than_the_rest() -> None:
    assert Counter(scanner.um_per_px for scanner in SCANNERS) == {0.5: 5, 0.4: 1, 0.25: 1}
    assert len(SCANNERS) == len(SITES) == len({scanner.haematoxylin for scanner in SCANNERS})


def test_the_clinical_table_has_gaps() -> None:
    people = draw_patients(np.random.default_rng(0), patients=100, signal=True)
    blank = Counter(column for patient in people for column, cell in patient.clinical.items() if not cell)
    assert {"pam50", "age_years", "stage", "race", "er_ihc", "os_months"} <= blank.keys()
    assert all(count <= 20 for count in blank.values()) and "site" not in blank
    assert all(set(patient.clinical) == set(CLINICAL_COLUMNS[1:]) for patient in people)


def test_some_patients_have_several_slides_and_some_lack_a_modality() -> None:
    people = draw_patients(np.random.default_rng(0), patients=100, signal=True)
    assert {patient.slides for patient in people} == {0, 1, 2, 3}
    assert sum(not patient.expressed for patient in people) == sum(patient.slides == 0 for patient in people) == 3
    assert not any(patient.slides == 0 and not patient.expressed for patient in people)


@given(seed=seeds, patients=st.integers(20, 300), signal=st.booleans())
@settings(deadline=None, derandomize=True)
def test_every_site_has_the_cohorts_share_of_positives(seed: int, patients: int, signal: bool) -> None:
    factors = draw_factors(np.random.default_rng(seed), patients=patients, signal=signal)
    share = factors.positive.mean()
    assert 0.2 < share < 0.6
    for site in range(len(SITES)):
        here = factors.positive[factors.site == site]
        assert abs(here.sum() - share * len(here)) <= 2


@given(seed=seeds)
@settings(deadline=None, derandomize=True, max_examples=20)
def test_each_factor_knows_a_part_and_only_both_know_all(seed: int) -> None:
    factors = draw_factors(np.random.default_rng(seed), patients=2000, signal=True)
    assert 0.75 < roc_auc_score(factors.positive, factors.genes) < 0.87
    assert 0.75 < roc_auc_score(factors.positive, factors.tissue) < 0.87
    assert roc_auc_score(factors.positive, factors.genes + factors.tissue) > 0.99
    assert abs(np.corrcoef(factors.genes, factors.tissue)[0, 1]) < 0.08
    assert 0.35 <= factors.positive.mean() <= 0.40


@given(seed=seeds)
@settings(deadline=None, derandomize=True, max_examples=20)
def test_without_signal_no_factor_knows_the_class(seed: int) -> None:
    factors = draw_factors(np.random.default_rng(seed), patients=5000, signal=False)
    for known in (factors.genes, factors.tissue, factors.genes + factors.tissue):
        assert abs(roc_auc_score(factors.positive, known) - 0.5) < 0.05
    assert 0.35 <= factors.positive.mean() <= 0.40


@pytest.mark.parametrize("signal", [True, False])
def test_no_clinical_column_gives_the_class_away(signal: bool) -> None:
    people = draw_patients(np.random.default_rng(1), patients=3000, signal=signal)
    called = [patient for patient in people if patient.clinical["pam50"] not in ("", "BRCA_Normal")]
    positive = np.array([patient.clinical["pam50"] in POSITIVE for patient in called])
    for column in set(CLINICAL_COLUMNS) - {"patient_id", "pam50", "er_ihc", "os_months", "age_years"}:
        cells = np.array([patient.clinical[column] for patient in called])
        shares = {cell: positive[cells == cell].mean() for cell in set(cells) if (cells == cell).sum() > 100}
        assert max(shares.values()) - min(shares.values()) < 0.15, column
    for column in ("os_months", "age_years"):
        known = np.array([bool(patient.clinical[column]) for patient in called])
        values = [float(patient.clinical[column]) for patient in called if patient.clinical[column]]
        assert abs(roc_auc_score(positive[known], values) - 0.5) < 0.05, column
    negative = np.array([patient.clinical["er_ihc"] == "Negative" for patient in called])
    assert 0.46 < roc_auc_score(positive, negative) < (0.65 if signal else 0.54)


def test_genes_show_their_factor_and_are_real_names() -> None:
    people = draw_patients(np.random.default_rng(0), patients=400, signal=True)
    symbols, values = expression_values(np.random.default_rng(0), people)
    factor = [patient.genes for patient in people]
    assert set(PAM50_GENES).union(*shipped_modules().members.values()) <= set(symbols)
    assert len(symbols) == len(set(symbols)) and 1000 <= len(symbols) <= 1200
    assert np.corrcoef(values[symbols.index("KRT5")], factor)[0, 1] > 0.4
    assert np.corrcoef(values[symbols.index("FOXA1")], factor)[0, 1] < -0.4
    assert abs(np.corrcoef(values[symbols.index("RPL3")], factor)[0, 1]) < 0.15
    assert values.min() >= 0 and symbols == demo_symbols()


def test_genes_say_nothing_about_the_tissue_factor() -> None:
    people = draw_patients(np.random.default_rng(0), patients=1000, signal=True)
    _, values = expression_values(np.random.default_rng(0), people)
    tissue = np.array([patient.tissue for patient in people])
    related = [abs(np.corrcoef(row, tissue)[0, 1]) for row in values]
    assert np.mean(related) < 0.05 and np.max(related) < 0.2


@given(seed=seeds, site=st.integers(0, len(SITES) - 1))
@settings(deadline=None, derandomize=True, max_examples=4)
def test_the_tissue_factor_makes_tissue_darker_on_every_scanner(seed: int, site: int) -> None:
    def red(factor: float) -> float:
        slide = paint_slide(np.random.default_rng(seed), factor=factor, scanner=SCANNERS[site], tissue_um=220.0)
        return float(slide[slide.min(axis=2) < 210].mean(axis=0)[0])

    assert red(1.0) < red(-1.0)


def test_most_of_the_glass_around_the_tissue_is_white(tmp_path: Path) -> None:
    write_slide(tmp_path / "slide.tif", factor=0.0, scanner=SCANNERS[0], tissue_um=TISSUE_UM, seed=(1,))
    slide = tifffile.imread(tmp_path / "slide.tif")
    border = np.concatenate([slide[:20].reshape(-1, 3), slide[-20:].reshape(-1, 3)])
    assert np.median(border) > 235
    assert 0.15 < (slide.min(axis=2) < 210).mean() < 0.8


def test_a_demo_is_replaced_but_nothing_else_is_touched(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "cohort"
    out.mkdir()
    (out / "cohort.toml").write_text('[cohort]\nname = "Synthetic demo"\nsynthetic = true\n')
    (out / "stale.txt").write_text("from an older demo")
    small_demo(out)
    assert contents(out).keys() == contents(demo).keys()

    (out / "cohort.toml").write_text('[cohort]\nname = "Ours"\n')
    before = contents(out)
    with pytest.raises(InputError, match="not a demo cohort"):
        small_demo(out)
    assert contents(out) == before and list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("wrong", "said"), [({"patients": 19}, "--patients must be at least 20"), ({"seed": -1}, "--seed must not be")]
)
def test_bad_numbers_are_refused_before_anything_is_written(tmp_path: Path, wrong: dict[str, int], said: str) -> None:
    with pytest.raises(InputError, match=said):
        write_demo(tmp_path / "cohort", progress=False, **wrong)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="choose another folder with --out"):
        small_demo(tmp_path / "file" / "cohort")
    with pytest.raises(InputError, match="not a demo cohort"):
        small_demo(tmp_path / "file")


def test_a_failed_writing_leaves_the_old_demo_and_no_trace(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "cohort"
    out.mkdir()
    (out / "cohort.toml").write_bytes((demo / "cohort.toml").read_bytes())

    def full_disk(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(door, "write_expression", full_disk)
    with pytest.raises(OSError, match="no space left"):
        small_demo(out)
    assert list(tmp_path.iterdir()) == [out] and [file.name for file in out.iterdir()] == ["cohort.toml"]


def test_a_point_that_rounding_would_put_beyond_the_map_is_left_out():
    """Points are told in single precision: one a hair inside the edge becomes one on the edge."""

    class Nudged(np.random.Generator):
        def uniform(self, *args, **kwargs):
            return 0.0

        def normal(self, loc, scale, size):
            return np.full(size, scale) * [1 - 1e-12, 0.0]

    shape = (8, 8)
    width = shape[1] * GRID_UM
    # the middle column of an even row lies on half the width, and is pushed by as much, less a hair
    points = jittered_grid(Nudged(np.random.PCG64(0)), shape, spacing_um=width / 4, jitter=2.0)
    assert len(points) and (points < width).all()
    assert at(np.zeros(shape, np.float32), points).shape == (len(points),)
