"""Every byte of every artefact is watched: a flipped bit or a cut end is found before the file is used."""

import random

import pytest

from core.errors import InputError
from core.evaluation.rows import CERTIFICATE, TABLES
from core.results import RunFolder, Store, publish
from core.results.artefacts import read_sealed, sealed

RUN_FILES = (
    "run.json",
    "dataset.json",
    "tiles.h5",
    "reference.safetensors",
    "certificate/record.json",
    *(f"certificate/{name}.parquet" for name in CERTIFICATE),
    "controls/record.json",
    "controls/control_predictions.parquet",
    "evaluation/record.json",
    *(f"evaluation/{name}.parquet" for name in TABLES),
)
FOLD_FILES = tuple(
    f"models/fused/r0-f1/{name}"
    for name in (
        "record.json",
        "predictions.parquet",
        "inner.parquet",
        "probes.parquet",
        "scrutiny.parquet",
        "neighbours.parquet",
        "model.safetensors",
        "embeddings.safetensors",
        "explanations.h5",
    )
)
FILES = RUN_FILES + FOLD_FILES
RECORDS_LAST = ("certificate/record.json", "controls/record.json", "evaluation/record.json")
"""Without them there is no such part yet."""
SPOTS = (0.0, 0.4, 1.0)


def read_everything(data):
    """Use every file of a run once."""
    run = RunFolder.open(data, "run-0")
    fold = run.folds()[1]
    run.cohort()
    run.slides(fold.test[0])
    run.basis.familiarity()
    run.evidence()
    for name in CERTIFICATE:
        run.certificate.rows(name)
    for name in TABLES:
        run.evaluation.rows(name)
    run.weights("fused", 0, 1)
    run.explanation("fused", fold.test[0])
    run.neighbour_table()
    run.embeddings("fused", fold)
    assert run.finished("fused", fold)


def flip(path, spot):
    """Turn one bit; `spot` goes from the first byte (0) to the last (1)."""
    raw = bytearray(path.read_bytes())
    raw[int(spot * (len(raw) - 1))] ^= 1 << random.Random(spot).randrange(8)
    path.write_bytes(raw)


def test_the_files_watched_here_are_all_there_are(data):
    run = data / "runs" / "run-0"
    names = {
        str(path.relative_to(run))
        for path in run.rglob("*")
        if path.is_file() and path.name not in (".lock", ".watched")
    }
    assert {name for name in names if "models/" not in name or "fused/r0-f1" in name} == set(FILES)
    read_everything(data)


@pytest.mark.parametrize("spot", SPOTS)
@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_found_and_the_file_named(data, name, spot):
    flip(data / "runs" / "run-0" / name, spot)
    with pytest.raises(InputError, match=rf"{name}.* is damaged.*; \w+"):
        read_everything(data)


@pytest.mark.parametrize("name", FILES)
def test_a_cut_file_is_found(data, name):
    path = data / "runs" / "run-0" / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=f"{name}.* is damaged"):
        read_everything(data)


@pytest.mark.parametrize("name", [name for name in FILES if name not in RECORDS_LAST])
def test_a_file_that_went_away_is_found(data, name):
    (data / "runs" / "run-0" / name).unlink()
    with pytest.raises(InputError, match=f"{name} is missing"):
        read_everything(data)


@pytest.mark.parametrize("name", FOLD_FILES)
def test_a_damaged_fold_is_not_taken_for_finished(data, name):
    flip(data / "runs" / "run-0" / name, 0.5)
    run = RunFolder.open(data, "run-0")
    with pytest.raises(InputError, match=r"delete the folder .*r0-f1 and continue the run with --resume"):
        run.finished("fused", run.folds()[1])
    assert run.finished("fused", run.folds()[0])


@pytest.mark.parametrize("spot", SPOTS)
@pytest.mark.parametrize("name", ["catalog.json", "catalog-000001.duckdb"])
def test_a_damaged_catalogue_is_found_and_rebuilt(data, name, spot):
    flip(data / name, spot)
    with pytest.raises(InputError, match=rf"{name} is damaged.*python -m core publish"):
        Store.open(data)
    publish(data)
    assert len(Store.open(data).runs()) == 2


def test_every_byte_of_sealed_json_counts(tmp_path):
    path = tmp_path / "sealed.json"
    raw = sealed({"a": [1, 2.5, "x"], "b": None})
    for place, byte in enumerate(raw):
        path.write_bytes(raw[:place] + bytes([byte ^ (1 << place % 8)]) + raw[place + 1 :])
        with pytest.raises(InputError, match="damaged"):
            read_sealed(path, mend="do something")


def test_a_run_of_another_format_is_refused_by_name(data):
    path = data / "runs" / "run-0" / "run.json"
    content = read_sealed(path, mend="")
    path.write_bytes(sealed({**content, "format": 1}))
    with pytest.raises(InputError, match=r"run\.json has format 1 .* reads format 2"):
        RunFolder.open(data, "run-0")
