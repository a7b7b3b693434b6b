"""The Patients page: the list is narrowed by the address and by hand, and a patient's page says what is known."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.certificate import certificate
from core.results import RunFolder, Store, publish
from core.results.judging import judge
from core.slides.extraction.states import SlideState, WorkItem, WorkList, write_state, write_worklist
from tests.dashboard.conftest import Visit, faults, shown, tables
from tests.results.test_store import PAYLOADS
from tests.stores import MODELS, SPEC, deal, fold_result, run_record, small_dataset, write_run


def rows(app: AppTest) -> list[str]:
    """Patients in the table."""
    return app.dataframe[0].value["patient"].tolist()


def everyone(data: Path) -> list[str]:
    return sorted({one.patient for one in RunFolder.open(data, "run-0").predictions()})


def asked(app: AppTest, name: str) -> list[str]:
    """What the address says under a name."""
    found = app.query_params[name]
    return [found] if isinstance(found, str) else list(found)


def texts(app: AppTest) -> str:
    return "\n".join([shown(app), *(str(text.value) for text in app.text)])


@pytest.fixture
def listed(visit: Visit, full_data: Path) -> AppTest:
    return visit("patients", full_data, run="run-0")


def test_the_list_is_narrowed_by_hand_and_the_address_follows(listed: AppTest):
    listed.button_group(key="patients-only").set_value(["wrong"]).run()
    assert not listed.exception
    assert set(listed.dataframe[0].value["right"]) == {"✗ wrong"}
    listed.multiselect(key="patients-true").set_value(["Luminal"]).run()
    assert set(listed.dataframe[0].value["truth"]) == {"Luminal"}
    assert asked(listed, "only") == ["wrong"] and asked(listed, "true") == ["Luminal"]
    assert f"{len(rows(listed))} of 24 patients listed" in shown(listed)


def test_an_address_restores_filters_order_and_model(visit: Visit, full_data: Path):
    address = {"run": "run-0", "model": "image", "decided": "Basal/HER2", "sort": "confidence", "order": "falling"}
    app = visit("patients", full_data, **address)
    assert not app.exception
    table = app.dataframe[0].value
    assert set(table["decision"]) == {"Basal/HER2"} and table["confidence"].is_monotonic_decreasing
    assert app.selectbox(key="patients-model").value == "image" and "wrongly by image" in shown(app)
    assert app.selectbox(key="patients-sort").value == "confidence" and app.checkbox[0].value is True


@pytest.mark.parametrize("payload", [one for one in PAYLOADS if one != "\0"])
def test_whatever_an_address_asks_for_is_taken_literally(visit: Visit, full_data: Path, payload: str):
    names = ("model", "find", "true", "decided", "site", "only", "sort", "order", "page")
    app = visit("patients", full_data, run="run-0", **dict.fromkeys(names, payload))
    assert not app.exception and not faults(app)
    assert "0 of 24 patients listed" in shown(app) and "widen one of them" in shown(app)
    app = visit("patients", full_data, run=payload, patient=payload)
    assert not app.exception and not faults(app)
    assert "not in this run" in shown(app)


def test_the_first_next_and_previous_go_through_the_list_as_it_is_narrowed(listed: AppTest):
    listed.button_group(key="patients-only").set_value(["wrong"]).run()
    line = rows(listed)
    assert len(line) >= 2, "the drawn predictions hold errors"
    listed.button(key="patients-first").click().run()
    assert asked(listed, "patient") == [line[0]] and f"1 of {len(line)} listed" in texts(listed)
    assert listed.button(key="patients-Previous").disabled
    listed.button(key="patients-Next").click().run()
    assert asked(listed, "patient") == [line[1]] and line[1] in texts(listed)
    listed.button(key="patients-Previous").click().run()
    assert asked(listed, "patient") == [line[0]]
    listed.button(key="patients-back").click().run()
    assert not listed.exception and "patient" not in listed.query_params
    assert rows(listed) == line


def test_a_long_list_is_turned_page_by_page_and_never_beyond_its_end(visit: Visit, tmp_path: Path):
    write_run(tmp_path, patients=230, models=("genes",), finish=False)
    publish(tmp_path)
    app = visit("patients", tmp_path)
    assert not app.exception and len(rows(app)) == 100
    total = len(everyone(tmp_path))
    app = visit("patients", tmp_path, page="99")
    assert not app.exception
    assert rows(app) == everyone(tmp_path)[100 * (total // 100) :]
    app = visit("patients", tmp_path, patient=everyone(tmp_path)[100])
    app.button(key="patients-back").click().run()
    assert not app.exception and rows(app)[0] == everyone(tmp_path)[100]
    app.text_input(key="patients-search").set_value("-A2-").run()
    assert not app.exception and "page" not in app.query_params
    assert rows(app) == [one for one in everyone(tmp_path) if "-A2-" in one]


def test_a_patient_who_is_not_listed_leads_into_the_list(visit: Visit, full_data: Path):
    patients = everyone(full_data)
    app = visit("patients", full_data, run="run-0", patient=patients[0], find=patients[5])
    assert "not among 1 listed" in texts(app)
    app.button(key="patients-Next").click().run()
    assert asked(app, "patient") == [patients[5]]


def test_an_address_opens_a_patient_with_the_fold_that_tested_them(visit: Visit, full_data: Path):
    patient = everyone(full_data)[3]
    app = visit("patients", full_data, run="run-0", patient=patient)
    assert not app.exception and not faults(app)
    fold = next(one for one in RunFolder.open(full_data, "run-0").folds() if patient in one.test)
    assert f"Tested in fold {fold.index + 1} of 5" in shown(app) and "never trained on this patient" in shown(app)


def test_each_patient_has_a_page(visit: Visit, full_data: Path):
    for patient in everyone(full_data)[:12:5]:
        app = visit("patients", full_data, run="run-0", patient=patient)
        assert not app.exception and not faults(app)
        assert patient in texts(app)


def test_a_neighbour_is_opened_by_its_name(visit: Visit, full_data: Path):
    patient = everyone(full_data)[0]
    app = visit("patients", full_data, run="run-0", patient=patient)
    store = Store.open(full_data)
    assert store is not None
    nearest = store.neighbours("run-0", patient)["neighbour"].iloc[0]
    store.close()
    button = next(one for one in app.button if one.label.replace("\\", "") == nearest)
    button.click().run()
    assert not app.exception
    assert asked(app, "patient") == [nearest] and nearest in texts(app)


def test_a_patient_of_whom_no_neighbour_was_kept_is_told_so(visit: Visit, tmp_path: Path):
    write_run(tmp_path, patients=20, models=("image", "genes"))
    publish(tmp_path)
    app = visit("patients", tmp_path, patient=everyone(tmp_path)[0])
    assert not app.exception
    assert "No neighbours were kept" in shown(app)


def test_patients_whom_a_model_refers_are_marked_and_can_be_listed(visit: Visit, full_data: Path):
    app = visit("patients", full_data, run="run-0", model="image", only="referred")
    referred = rows(app)
    assert referred, "the drawn predictions hold undecided patients"
    store = Store.open(full_data)
    assert store is not None
    sets = store.evaluation("abstentions", "run-0")
    store.close()
    assert set(referred) == set(sets[(sets["model"] == "image") & sets["refer"]]["patient"])
    app = visit("patients", full_data, run="run-0", model="image", patient=referred[0])
    assert "**image** does not decide: refer" in shown(app).replace("\\", "")


def test_an_unfinished_run_shows_what_it_has(visit: Visit, tmp_path: Path):
    write_run(tmp_path, patients=20, models=("genes", "image"), finish=False)
    publish(tmp_path)
    app = visit("patients", tmp_path)
    assert not app.exception and "not finished: 9 of 10 fits done" in shown(app)
    app = visit("patients", tmp_path, patient=rows(app)[0])
    assert not app.exception
    (table,) = [one for one in tables(app) if "Conformal set" in one.columns]
    assert set(table["Conformal set"]) == {"not evaluated yet"} == set(table["Threshold in use"])


def test_each_repeat_is_told_with_its_own_threshold_and_neighbours(visit: Visit, tmp_path: Path):
    dataset = small_dataset(patients=30)
    run = RunFolder.create(tmp_path, run_record(dataset, name="run-0", models=("fused", "genes")))
    folds = deal(dataset.cohort, folds=3, repeats=2)
    with run.lock():
        run.write_dataset(dataset, folds)
        stated = certificate(dataset.cohort, folds, split="site", content={}, derived="", how="drawn at random")
        run.certificate.write({name: getattr(stated, name) for name in run.certificate.kinds})
        for model in ("fused", "genes"):
            for fold in folds:
                run.write_fold(fold_result(dataset, fold, model=model))
        judge(run, SPEC)
    publish(tmp_path)
    patient = everyone(tmp_path)[4]
    tested = [(fold.repeat, fold.index) for fold in folds if patient in fold.test]
    app = visit("patients", tmp_path, patient=patient)
    assert not app.exception and not faults(app)
    for repeat, fold in tested:
        assert f"fold {fold + 1} of 3 in repeat {repeat + 1}" in shown(app)
    (table,) = [one for one in tables(app) if "Conformal set" in one.columns]
    assert table["Threshold in use"].str.contains("of 2 repeats").all()
    neighbours = app.button_group(key="near-fold")
    assert len(neighbours.options) == 2
    neighbours.set_value(f"fold {tested[1][1] + 1} of 3 in repeat 2").run()
    assert not app.exception


def test_names_that_look_like_markup_mean_nothing_but_themselves(visit: Visit, tmp_path: Path):
    plain = small_dataset(patients=30)
    odd = [one for one in PAYLOADS if one != "\0"]
    people = tuple(
        replace(person, id=f"{payload}{place}", site=payload)
        for place, (person, payload) in enumerate(zip(plain.cohort.patients, 3 * odd, strict=True))
    )
    classes = ("<b>no</b>", "![](http://host/x)")
    dataset = replace(plain, cohort=replace(plain.cohort, patients=people, classes=classes), expression=None)
    run = RunFolder.create(tmp_path, replace(run_record(dataset, name="run-0", models=("fused",)), classes=classes))
    folds = deal(dataset.cohort)
    run.write_dataset(dataset, folds)
    for fold in folds:
        run.write_fold(fold_result(dataset, fold, model="fused"))
    publish(tmp_path)
    for person in people[8:10]:
        app = visit("patients", tmp_path, patient=person.id, find="http")
        assert not app.exception and not faults(app)
        assert person.id in [text.value for text in app.text]
        read = [shown(app), *(button.label for button in app.button)]
        assert not any("![](" in text or "<b>" in text for text in read)


def test_a_run_without_predictions_says_when_the_page_fills(visit: Visit, tmp_path: Path):
    dataset = small_dataset(patients=20)
    run = RunFolder.create(tmp_path, run_record(dataset, name="begun"))
    run.write_dataset(dataset, deal(dataset.cohort))
    publish(tmp_path)
    app = visit("patients", tmp_path)
    assert not app.exception
    assert "fills when its first fold ends" in shown(app)


def test_an_excluded_patient_is_told_apart_from_an_unknown_one(visit: Visit, full_data: Path):
    app = visit("patients", full_data, run="run-0", patient="TCGA-ZZ-0003")
    assert not app.exception
    assert "is not analysed" in shown(app) and "no tissue found on the slide" in texts(app)


def test_a_cohort_without_slides_says_so(visit: Visit, plain_data: Path):
    app = visit("patients", plain_data, patient=everyone(plain_data)[0])
    assert not app.exception
    assert "There is no slide to show" in shown(app) and "No slide of this patient is known here" in shown(app)


def test_slides_with_problems_can_be_listed(visit: Visit, tmp_path: Path):
    run = write_run(tmp_path, patients=20, models=("genes", "image"), slides=True)
    publish(tmp_path)
    patient = everyone(tmp_path)[2]
    bag = run.slides(patient)[0].file
    assert bag is not None
    _state_with_ink(tmp_path, patient=patient, bag=bag)
    app = visit("patients", tmp_path, only="slide problems")
    assert not app.exception
    assert rows(app) == [patient] and app.dataframe[0].value["flags"].str.contains("slide problems").all()


def _state_with_ink(data: Path, *, patient: str, bag: Path) -> None:
    """Pen marks on half of what is not glass."""
    features, stem = data / "features", "a-slide"
    quality = {
        "um_per_px": 4.0,
        "area_mm2": {"tissue": 1.0, "ink": 1.0, "fold": 0.0, "fat": 0.0, "border": 0.0, "glass": 1.0},
        "tiles": {"kept": 12},
        "sharpness": None,
        "stain": None,
        "glass": None,
        "problems": [{"word": "ink", "sentence": "Pen marks cover 1 mm2."}],
    }
    items = (WorkItem(slide="a", patient=patient, stem=stem),)
    folder = bag.parent.name
    worklist = WorkList(name="w", folder=folder, encoder="e", written="2026-01-01", settings={}, items=items)
    state = SlideState(
        slide="a", source="a.tiff", status="done", bag=bag.name, tiles=12, quality=json.loads(json.dumps(quality))
    )
    write_worklist(features, worklist)
    write_state(features / folder, stem, state)


def test_what_the_models_say_is_there_once_each(visit: Visit, plain_data: Path):
    app = visit("patients", plain_data, patient=everyone(plain_data)[1])
    (table,) = [one for one in tables(app) if "Conformal set" in one.columns]
    assert len(table) == len(MODELS) + 2, "the fused model answers in three modes"
    assert table["Calibrated"].str.endswith(" %").all() and table["Uncalibrated"].str.endswith(" %").all()
    assert table["Conformal set"].str.match("decides|refer").all()
    assert table["Threshold in use"].str.match(r"Basal/HER2 from \d+ %: (not )?called").all()
