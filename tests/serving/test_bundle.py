"""A bundle says what its run says, tells nobody's name, and is refused when it is not what was written."""

import contextlib
import hashlib
import io
import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import MODELS, ModelName
from core.errors import InputError
from core.results import RunFolder
from core.serving.bundle import Bundle, open_bundle, write_bundle
from core.serving.bundle.layout import ALLOWED, FACTS, MANIFEST
from core.serving.ensemble import Ensemble
from core.serving.source import FinishedRun
from core.training.batches import raw_inputs
from core.training.cross_validation import modes_of
from core.types import Dataset

LICENCE = "CC0 1.0: nobody was measured"
FOLDS = 3


@pytest.fixture(scope="module")
def file(run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundles") / "small.acinus"
    write_bundle(run, out, licence=LICENCE)
    return out


@pytest.fixture(scope="module")
def bundle(file: Path) -> Bundle:
    return open_bundle(file)


@pytest.mark.parametrize("model", MODELS)
def test_every_member_answers_bit_by_bit_as_the_run_does(
    model: ModelName, run: RunFolder, bundle: Bundle, dataset: Dataset
):
    raw = raw_inputs(dataset)
    frozen, whole = (Ensemble.load(one, model, device="cpu") for one in (bundle, FinishedRun(run)))
    assert (frozen.seed, frozen.most_tiles, frozen.tokens) == (whole.seed, whole.most_tiles, whole.tokens)
    for mode in modes_of(model, has_image=True, has_genes=True):
        assert np.array_equal(frozen.shares(raw, mode=mode), whole.shares(raw, mode=mode))


def test_what_decides_and_what_is_usual_is_that_of_the_run(run: RunFolder, bundle: Bundle, dataset: Dataset):
    whole = FinishedRun(run)
    assert bundle.judge().wanted == whole.judge().wanted and bundle.judge().thresholds == whole.judge().thresholds
    for model in MODELS:
        for mode in modes_of(model, has_image=True, has_genes=True):
            mine, its = bundle.judge().bounds(model, mode), whole.judge().bounds(model, mode)
            assert mine.keys() == its.keys() and len(its) == FOLDS
            assert all(np.array_equal(mine[place], its[place]) for place in its)
    assert np.array_equal(bundle.tested(), whole.tested())
    mine, its = bundle.familiarity(), whole.familiarity()
    assert mine is not None and its is not None and mine.keys() == its.keys() == {"genes", "image"}
    assert dataset.expression is not None
    for row in dataset.expression.values[:5]:
        assert mine["genes"].unlikeness(row) == its["genes"].unlikeness(row)
    for ours, theirs in zip(bundle.folds, whole.folds, strict=True):
        known = whole.embeddings(theirs)
        assert known is not None and np.array_equal(bundle.embeddings(ours), known)


def test_it_says_what_it_is_for_how_well_it_does_and_under_which_licence(run: RunFolder, bundle: Bundle):
    about = bundle.about
    assert about.licence == LICENCE and "no against yes" in about.intended_use and "Diagnosis" in about.not_for
    pooled = {(one.model, one.metric): one for one in about.metrics}
    assert {model for model, _ in pooled} == set(MODELS)
    for one in run.scores():
        if one.fold is None and one.model in ("image", "genes") and one.metric == "auroc":
            assert pooled[one.model, "auroc"] == one and one.n == about.patients == 60


def test_a_bundle_without_a_licence_says_that_none_is_stated(run: RunFolder, tmp_path: Path):
    write_bundle(run, tmp_path / "b.acinus")
    assert open_bundle(tmp_path / "b.acinus").about.licence.startswith("Not stated")


def test_equal_runs_make_equal_bundles(run: RunFolder, file: Path, tmp_path: Path):
    told = write_bundle(run, tmp_path / "again.acinus", licence=LICENCE)
    assert (tmp_path / "again.acinus").read_bytes() == file.read_bytes()
    assert told == open_bundle(file).about.id


def test_no_patient_and_no_folder_is_named_in_it(run: RunFolder, file: Path):
    content = file.read_bytes()
    # P000 ... stand in quotes where they stand at all: three letters alone may occur in any weights
    assert not [one.id for one in run.cohort().patients if f'"{one.id}"'.encode() in content]
    assert str(run.data).encode() not in content and b"/tmp/" not in content and b"/home/" not in content
    facts = json.loads(zipfile.ZipFile(file).read(FACTS))
    assert facts["record"]["command"] == facts["record"]["cohort_folder"] == "" and not facts["record"]["hardware"]


def test_patients_of_the_run_are_counted_and_others_are_not(run: RunFolder, bundle: Bundle):
    mine = [one.id for one in run.cohort().patients]
    assert bundle.known([*mine[:7], "P999", "elsewhere"]) == 7
    assert bundle.known(["elsewhere"]) == 0


def test_a_run_that_is_not_finished_is_not_frozen(run: RunFolder, tmp_path: Path):
    begun = RunFolder.create(tmp_path, replace(run.record, name="begun"))
    with pytest.raises(InputError, match="not finished; continue it with --resume"):
        write_bundle(begun, tmp_path / "b.acinus")


def test_a_bundle_is_never_written_over(run: RunFolder, file: Path):
    before = file.read_bytes()
    with pytest.raises(InputError, match="is there already"):
        write_bundle(run, file)
    assert file.read_bytes() == before and not list(file.parent.glob(".*"))


def rewritten(file: Path, out: Path, change: Callable[[zipfile.ZipFile, zipfile.ZipInfo, bytes], None]) -> Path:
    """The bundle's members, each put into a new file by `change`."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for one in old.infolist():
            change(new, one, old.read(one))
    return out


def copied(new: zipfile.ZipFile, one: zipfile.ZipInfo, content: bytes) -> None:
    new.writestr(zipfile.ZipInfo(one.filename), content)


def with_member(file: Path, out: Path, name: str, content: bytes = b"x", *, how: int = zipfile.ZIP_STORED) -> Path:
    rewritten(file, out, copied)
    with zipfile.ZipFile(out, "a") as archive:
        extra = zipfile.ZipInfo(name)
        extra.compress_type = how
        archive.writestr(extra, content)
    return out


def with_manifest(file: Path, out: Path, **changes: object) -> Path:
    def change(new: zipfile.ZipFile, one: zipfile.ZipInfo, content: bytes) -> None:
        if one.filename == MANIFEST:
            content = json.dumps({**json.loads(content), **changes}).encode()
        copied(new, one, content)

    return rewritten(file, out, change)


PAYLOAD = pickle.dumps({"weights": [1.0]})


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("weights/fused/r0-f0.pkl", "can run code"),
        ("model.pt", "can run code"),
        ("../escaped.json", "may do harm"),
        ("weights/../../escaped.json", "may do harm"),
        ("/etc/passwd", "may do harm"),
        ("C:\\escaped.json", "may do harm"),
        ("weights\\fused\\r0-f0.json", "may do harm"),
        ("weights/fused/r7-f7.json\0.txt", "may do harm|differ"),
        ("notes.txt", "which no bundle has"),
        ("weights/fused/r9-f9.safetensors", "differ in"),
    ],
)
def test_what_no_bundle_holds_is_refused_by_name(file: Path, tmp_path: Path, name: str, why: str):
    with pytest.raises(InputError, match=why) as refused:
        open_bundle(with_member(file, tmp_path / "b.acinus", name, PAYLOAD))
    assert "\n" not in str(refused.value)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_comes_twice_is_refused(file: Path, tmp_path: Path):
    with pytest.raises(InputError, match="twice"):
        open_bundle(with_member(file, tmp_path / "b.acinus", FACTS, b"{}"))


def test_a_compressed_member_is_refused_before_it_is_unpacked(file: Path, tmp_path: Path):
    bomb = bytes(50_000_000)
    with pytest.raises(InputError, match="compressed"):
        open_bundle(with_member(file, tmp_path / "b.acinus", "encoder.safetensors", bomb, how=zipfile.ZIP_DEFLATED))


@pytest.mark.parametrize("version", [0, 2, "1", None, 10**30])
def test_another_version_is_told_and_refused(file: Path, tmp_path: Path, version: object):
    with pytest.raises(InputError, match="reads format 1"):
        open_bundle(with_manifest(file, tmp_path / "b.acinus", format=version))


@pytest.mark.parametrize("changes", [{"kind": "zip"}, {"files": []}, {"files": {MANIFEST: 1}}, {"files": {}}])
def test_a_manifest_that_is_none_is_refused(file: Path, tmp_path: Path, changes: dict[str, object]):
    with pytest.raises(InputError, match=r"no bundle|damaged|changed"):
        open_bundle(with_manifest(file, tmp_path / "b.acinus", **changes))


def test_weights_exchanged_for_a_pickle_are_refused_even_under_a_new_manifest(file: Path, tmp_path: Path):
    name = "weights/fused/r0-f0.safetensors"
    stated = json.loads(zipfile.ZipFile(file).read(MANIFEST))["files"]

    def change(new: zipfile.ZipFile, one: zipfile.ZipInfo, content: bytes) -> None:
        copied(new, one, PAYLOAD if one.filename == name else content)

    swapped = rewritten(file, tmp_path / "a.acinus", change)
    with pytest.raises(InputError, match=f"{name} is not what was written"):
        open_bundle(swapped)
    forged = with_manifest(swapped, tmp_path / "b.acinus", files={**stated, name: hashlib.sha256(PAYLOAD).hexdigest()})
    bundle = open_bundle(forged)
    with pytest.raises(InputError, match="holds no tensors"):
        bundle.weights("fused", bundle.folds[0])


@given(share=st.floats(0, 1, exclude_max=True))
def test_a_bundle_that_was_cut_off_anywhere_is_refused(
    file: Path, tmp_path_factory: pytest.TempPathFactory, share: float
):
    content = file.read_bytes()
    cut = tmp_path_factory.mktemp("cut") / "b.acinus"
    cut.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"no bundle|cut off|damaged"):
        open_bundle(cut)


@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_flipped_byte_is_refused_or_changes_nothing(
    file: Path, bundle: Bundle, tmp_path_factory: pytest.TempPathFactory, place: float, flip: int
):
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= flip
    changed = tmp_path_factory.mktemp("flipped") / "b.acinus"
    changed.write_bytes(content)
    with contextlib.suppress(InputError):
        found = open_bundle(changed)
        # dates and padding of the zip file itself
        assert found.about == bundle.about
        found.close()


@given(st.binary(max_size=2000))
def test_what_is_no_zip_file_is_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    path = tmp_path_factory.mktemp("rubbish") / "b.acinus"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"no bundle|cut off|holds"):
        open_bundle(path)


def test_facts_that_are_not_as_written_are_told_as_damage(file: Path, tmp_path: Path):
    stated = json.loads(zipfile.ZipFile(file).read(MANIFEST))["files"]
    facts = json.loads(zipfile.ZipFile(file).read(FACTS))
    for place, name in enumerate(facts):
        broken = json.dumps({**facts, name: None}).encode()

        def change(new: zipfile.ZipFile, one: zipfile.ZipInfo, content: bytes, broken: bytes = broken) -> None:
            if one.filename == MANIFEST:
                files = {**stated, FACTS: hashlib.sha256(broken).hexdigest()}
                content = json.dumps({**json.loads(content), "files": files}).encode()
            copied(new, one, broken if one.filename == FACTS else content)

        forged = rewritten(file, tmp_path / f"{place}.acinus", change)
        if name in ("intended_use", "not_for", "licence"):
            assert open_bundle(forged).about.patients == 60
        else:
            with pytest.raises(InputError, match="is not as it is written"):
                open_bundle(forged)


def test_a_module_that_a_bundle_names_is_not_loaded_unless_it_is_named_here(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A file from elsewhere must not decide what is imported from the folder where somebody works."""
    config = {**run.record.config, "trunk": "theirs:make", "images": "slides"}
    monkeypatch.setattr(run, "record", replace(run.record, config=config))
    write_bundle(run, tmp_path / "b.acinus")
    (tmp_path / "theirs.py").write_text("open('loaded', 'w').close()\ndef make(device): return None\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="say so by --trunk theirs:make"):
        open_bundle(tmp_path / "b.acinus").encoder(device="cpu")
    assert not (tmp_path / "loaded").exists()
    with pytest.raises(InputError, match="which is no encoder"):
        open_bundle(tmp_path / "b.acinus", trunk="theirs:make").encoder(device="cpu")
    assert (tmp_path / "loaded").exists()


def test_reading_what_a_bundle_says_loads_no_network(file: Path):
    """Pages list bundles, and start without torch."""
    code = (
        "import sys, pathlib; from core.serving.bundle import open_bundle; "
        "print(open_bundle(pathlib.Path(sys.argv[1])).about.licence); assert 'torch' not in sys.modules"
    )
    home = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", code, str(file)], cwd=home, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert LICENCE in ended.stdout


def test_every_member_has_a_name_that_is_allowed(file: Path):
    names = zipfile.ZipFile(io.BytesIO(file.read_bytes())).namelist()
    assert all(ALLOWED.fullmatch(name) for name in names) and names[0] == MANIFEST
