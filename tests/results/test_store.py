"""The store answers literally, reads one file alone, and starts without the heavy libraries."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.results import RunFolder, Store, publish
from core.results.pointer import read_pointer, write_pointer
from tests.stores import deal, fold_result, run_record

ROOT = Path(__file__).parents[2]
PAYLOADS = (
    "'; DROP TABLE patients; --",
    "x' OR '1'='1",
    "\"; ATTACH '/etc/passwd' AS a; --",
    "$1",
    "%s",
    "run-0' UNION SELECT * FROM runs --",
    "/* */",
    "\\'; SELECT 1",
    "![](http://host/x)",
    "NULL",
    "\0",
)


@pytest.fixture(scope="module")
def store(published):
    return Store.open(published)


def test_nothing_published_is_none(tmp_path):
    assert Store.open(tmp_path) is None and Store.generation(tmp_path) is None
    assert Store.open(tmp_path / "nowhere") is None


def test_patient_ids_that_look_like_sql_stay_literal(dataset, tmp_path):
    odd = tuple(
        replace(person, id=payload, site=payload)
        for person, payload in zip(dataset.cohort.patients, PAYLOADS, strict=False)
    )
    people = (*odd, *dataset.cohort.patients[len(odd) :])
    changed = replace(dataset, cohort=replace(dataset.cohort, patients=people), expression=None)
    run = RunFolder.create(tmp_path, run_record(changed, name="odd"))
    folds = deal(changed.cohort)
    run.write_dataset(changed, folds)
    for fold in folds:
        run.write_fold(fold_result(changed, fold, model="image"))
    publish(tmp_path)
    store = Store.open(tmp_path)
    patients = store.patients(store.cohorts().cohort[0]).set_index("patient")
    assert len(patients) == 30
    for payload in PAYLOADS:
        assert patients.site[payload] == payload
        assert (store.folds("odd").patient == payload).sum() == 5
        assert (store.predictions("odd").patient == payload).sum() == 1
        assert run.explanation("image", payload) is not None


@given(text=st.one_of(st.text(), st.sampled_from(PAYLOADS)))
def test_a_filter_value_finds_itself_or_nothing(store, text):
    assert store.predictions(text).empty
    assert store.scores([text]).empty
    assert len(store.scores([text, "run-0"])) == len(store.scores(["run-0"])) > 0
    assert store.patients(text).empty and store.exclusions(text).empty and store.folds(text).empty
    assert len(store.runs()) == 2


def test_no_runs_asked_for_are_no_scores(store):
    assert store.scores([]).empty


@pytest.mark.parametrize(
    "attack",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('{data}/catalog.json')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('{data}/runs/run-0/evaluation/scores.parquet')",
        "COPY runs TO '/tmp/out.csv'",
        "COPY runs FROM '/etc/passwd'",
        "EXPORT DATABASE '/tmp/out'",
        "ATTACH '{data}/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "RESET enable_external_access",
        "SET threads = 8",
        "PRAGMA database_list; SELECT * FROM local_frame",
        "CREATE TABLE mine (a INT)",
        "DELETE FROM runs",
        "UPDATE scores SET value = 1",
    ],
)
def test_the_reader_can_neither_leave_its_file_nor_change_it(store, published, attack):
    local_frame = store.runs()  # a Python variable that a query must not see
    with pytest.raises(duckdb.Error):
        store._connection.cursor().execute(attack.format(data=published)).fetchall()
    assert len(local_frame) == len(store.runs()) == 2
    assert not Path("/tmp/out.csv").exists()


def test_a_plain_read_only_connection_would_read_other_files(data):
    # the control: without the hardening the attack works
    with duckdb.connect(data / read_pointer(data).file, read_only=True) as plain:
        assert plain.execute("SELECT * FROM read_text('/etc/hostname')").fetchall()


def test_threads_can_ask_at_once(store):
    expected = store.predictions("run-0")
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(store.predictions, ["run-0"] * 40):
            assert found.equals(expected)


def test_a_catalogue_of_another_schema_says_how_to_rebuild_it(data):
    write_pointer(data, replace(read_pointer(data), schema=999))
    with pytest.raises(InputError, match=r"schema 999 .*python -m core publish"):
        Store.open(data)


def test_a_catalogue_that_went_away_says_how_to_rebuild_it(data):
    (data / read_pointer(data).file).unlink()
    with pytest.raises(InputError, match=r"is missing; .*python -m core publish"):
        Store.open(data)


def test_pooled_rows_have_no_fold_and_folds_are_whole_numbers(store):
    scores = store.scores(["run-0", "run-1"])
    assert str(scores.fold.dtype) == str(scores.repeat.dtype) == "Int64"
    assert set(scores.fold.dropna()) == set(range(5))
    pooled = scores[scores.fold.isna()]
    assert len(pooled) == 2 * (3 + 1) * 7
    assert pooled.n.eq(30).all()


def test_runs_come_newest_first_with_what_made_them(store):
    runs = store.runs()
    assert list(runs.run) == ["run-1", "run-0"]
    newest = runs.iloc[0]
    assert list(newest.models) == ["fused", "image"] and list(newest.classes) == ["Luminal", "Basal/HER2"]
    assert (newest.seed, newest.split, newest.folds, newest.repeats) == (1, "site", 5, 1)
    assert bool(newest.synthetic) and newest.genes == 11


def test_a_run_folder_is_reached_through_the_store(store):
    assert store.run_folder("run-0").record.name == "run-0"
    with pytest.raises(InputError, match="runs there: run-0, run-1"):
        store.run_folder("gone")


def test_reading_pages_start_without_torch_and_without_the_drawing_libraries():
    loaded = subprocess.run(
        [sys.executable, "-c", "import core.results, core.evaluation, sys; print(*sys.modules)"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert not {"torch", "sklearn", "lifelines", "matplotlib", "streamlit", "plotly", "large_image"} & set(loaded)
