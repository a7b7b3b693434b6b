"""The catalogue holds what the run folders hold, whoever publishes, however often."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import duckdb
import pytest

from core.errors import InputError
from core.results import RunFolder, Store, publish
from core.results.pointer import read_pointer
from core.results.schema import TABLES
from tests.stores import deal, run_record, write_run


def rows(path):
    """Every row of every table but `meta`, which holds the time of building."""
    with duckdb.connect(path, read_only=True) as connection:
        return {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
            for name in TABLES
            if name != "meta"
        }


def test_publishing_twice_gives_the_same_rows(data):
    first = rows(publish(data))
    assert rows(publish(data)) == first
    assert not [name for name in ("runs", "patients", "predictions", "scrutiny", "scores") if not first[name]]


def test_a_lost_catalogue_is_rebuilt_with_the_same_rows(data):
    first = rows(publish(data))
    for path in data.glob("catalog*"):
        path.unlink()
    assert Store.open(data) is None
    assert rows(publish(data)) == first


def test_an_empty_folder_gives_an_empty_catalogue(tmp_path):
    publish(tmp_path / "new")
    assert Store.open(tmp_path / "new").runs().empty


def test_only_the_last_two_generations_stay(data):
    for _ in range(3):
        publish(data)
    assert sorted(path.name for path in data.glob("catalog-*")) == ["catalog-000003.duckdb", "catalog-000004.duckdb"]
    assert Store.generation(data) == 4


def test_a_reader_keeps_its_generation_while_new_ones_are_published(data):
    reader = Store.open(data)
    write_run(data, name="third", patients=30, models=("image",))
    for _ in range(3):
        publish(data)
    assert len(reader.runs()) == 2
    assert len(Store.open(data).runs()) == 3
    assert reader.generation_open < Store.generation(data)


def test_many_publishers_at_once_leave_one_whole_catalogue(data):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(publish, [data] * 8))
    assert Store.generation(data) == 9
    assert len(Store.open(data).runs()) == 2


def test_an_unfinished_run_is_there_with_what_it_has(data, dataset):
    run = write_run(data, name="third", patients=30, models=("fused", "image"), finish=False)
    RunFolder.create(data, run_record(dataset, name="empty"))
    publish(data)
    store = Store.open(data)
    runs = store.runs().set_index("run")
    assert dict(runs.status) == {"run-0": "finished", "run-1": "finished", "third": "unfinished", "empty": "unfinished"}
    assert (runs.folds_trained["third"], runs.folds_planned["third"]) == (9, 10)
    assert (runs.folds_trained["empty"], runs.folds_planned["empty"]) == (0, 0)
    assert len(store.predictions("third")) == len(run.predictions()) > 0
    assert store.scores(["third"]).empty


def test_a_finished_run_that_lost_a_fold_is_unfinished_again(data):
    for path in (data / "runs" / "run-0" / "models" / "image" / "r0-f2").iterdir():
        path.unlink()
    (data / "runs" / "run-0" / "models" / "image" / "r0-f2").rmdir()
    publish(data)
    assert Store.open(data).runs().set_index("run").status["run-0"] == "unfinished"


def test_a_damaged_run_is_left_out_and_named(data):
    (data / "runs" / "run-0" / "dataset.json").write_text("{}")
    (data / "runs" / "stray").mkdir()
    publish(data)
    store = Store.open(data)
    assert list(store.runs().run) == ["run-1"]
    problems = store.problems().set_index("run").what
    assert list(problems.index) == ["run-0", "stray"]
    assert "dataset.json is damaged" in problems["run-0"] and "run.json is missing" in problems["stray"]


def test_runs_of_the_same_patients_share_a_cohort_and_another_outcome_is_another(data, dataset):
    people = tuple(replace(person, label=1 - person.label) for person in dataset.cohort.patients)
    other = replace(dataset, cohort=replace(dataset.cohort, outcome="er_ihc", patients=people))
    run = RunFolder.create(data, run_record(other, name="er"))
    run.write_dataset(other, deal(other.cohort))
    publish(data)
    store = Store.open(data)
    cohorts = store.cohorts()
    assert list(cohorts.outcome) == ["er_ihc", "pam50"]
    assert store.runs().groupby("cohort").size().tolist() in ([1, 2], [2, 1])
    for _, row in cohorts.iterrows():
        assert len(store.patients(row.cohort)) == row.analysed == 30
        assert len(store.exclusions(row.cohort)) == row.excluded == 3


def test_numbers_that_json_cannot_hold_do_not_stop_publishing(dataset, tmp_path):
    odd = replace(
        dataset.cohort.patients[0], covariates={"age": float("nan"), "time": float("inf"), "stage": 3.0, "event": "x"}
    )
    changed = replace(dataset, cohort=replace(dataset.cohort, patients=(odd, *dataset.cohort.patients[1:])))
    record = run_record(changed, name="odd")
    run = RunFolder.create(tmp_path, replace(record, config={**record.config, "rate": float("nan"), "seed": None}))
    run.write_dataset(changed, deal(changed.cohort))
    publish(tmp_path)
    store = Store.open(tmp_path)
    patient = store.patients(store.cohorts().cohort[0]).set_index("patient").loc[odd.id]
    assert patient[["age", "time", "event"]].isna().all() and patient.stage == "3.0"
    assert '"rate": null' in store.runs().config[0]


def test_the_catalogue_says_what_the_run_folder_says(data):
    store, run = Store.open(data), RunFolder.open(data, "run-1")
    predictions = store.predictions("run-1")
    assert {(row.model, row.mode, row.patient, tuple(row.probabilities)) for row in predictions.itertuples()} == {
        (one.model, one.mode, one.patient, one.probabilities) for one in run.predictions()
    }
    for row in predictions.itertuples():
        assert row.confidence == max(row.probabilities) == row.probabilities[row.predicted]
    scores = store.scores(["run-1"])
    pooled = scores[scores.fold.isna() & (scores.metric == "auroc") & (scores["mode"] == "both")]
    assert len(scores) == len(run.scores())
    assert pooled.value.item() == next(
        one.value for one in run.scores() if one.fold is None and one.metric == "auroc" and one.mode == "both"
    )
    folds = store.folds("run-1")
    assert len(folds) == 5 * 30
    assert set(folds[(folds.fold == 3) & (folds.part == "test")].patient) == set(run.folds()[3].test)


def test_a_data_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file cannot be written"):
        publish(tmp_path / "file")


def test_the_pointer_names_the_newest_file(data):
    path = publish(data)
    assert data / read_pointer(data).file == path
