"""What the store has of patients becomes what their list and their page show."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.rows import Abstention
from core.results import RunFolder, Store
from core.results.listing import FLAGS, SORTS
from core.slides.extraction.states import SlideState
from dashboard import figures, views
from dashboard.views.listing import Choice
from dashboard.views.nearest import LARGE, Near
from dashboard.views.patients import Answer, Cut, Kept, Standing
from tests.results.test_store import PAYLOADS
from tests.stores import CLASSES

NAMES = ("find", "true", "decided", "site", "only", "sort", "order", "page", "run", "patient")
words = st.text(max_size=8) | st.sampled_from(
    (*PAYLOADS, *FLAGS, *SORTS, *CLASSES, "falling", "-1", "0", "7", "٣", "9" * 40)
)
sites = st.text(min_size=1, max_size=5)


@pytest.fixture(scope="module")
def store(full_data: Path):
    found = Store.open(full_data)
    assert found is not None
    yield found
    found.close()


@given(address=st.dictionaries(st.sampled_from(NAMES), st.lists(words, max_size=4)))
def test_any_address_is_a_choice_of_what_there_is(address: dict[str, list[str]]):
    found = views.listing.chosen(address, classes=CLASSES)
    assert set(found.truths) | set(found.decisions) <= set(CLASSES)
    assert set(found.flags) <= set(FLAGS) and found.sort in SORTS and 1 <= found.page < 10**6
    assert views.listing.chosen(views.listing.address(found), classes=CLASSES) == found


@given(
    text=st.text(max_size=100),
    truths=st.lists(st.sampled_from(CLASSES), unique=True).map(tuple),
    sites=st.lists(sites, unique=True, max_size=3).map(tuple),
    flags=st.sets(st.sampled_from(FLAGS)),
    sort=st.sampled_from(SORTS),
    falling=st.booleans(),
    page=st.integers(1, 5000),
)
def test_an_address_brings_the_choice_back(text, truths, sites, flags, sort, falling, page):
    ordered = tuple(flag for flag in FLAGS if flag in flags)
    choice = Choice(text=text, truths=truths, sites=sites, flags=ordered, sort=sort, falling=falling, page=page)
    address = views.listing.address(choice)
    assert views.listing.chosen(address, classes=CLASSES) == choice
    assert not any(views.listing.address(Choice()).values()), "the usual list needs no words"
    told = views.listing.in_words(replace(choice, page=1))
    assert (told == "") == (replace(choice, page=1) == Choice())


def _kept(store: Store, patient: str) -> Kept:
    return Kept(
        answers=store.answers("run-0", patient=patient),
        predictions=store.of_patient("predictions", run="run-0", patient=patient),
        abstentions=store.of_patient("abstentions", run="run-0", patient=patient),
        thresholds=store.evaluation("thresholds", "run-0"),
    )


def test_answers_are_those_of_the_fold_that_tested_with_its_own_threshold(store: Store, full_data: Path):
    run = RunFolder.open(full_data, "run-0")
    predictions = run.predictions()
    cuts = {(one.model, one.mode, one.fold): one.value for one in run.evaluation.rows("thresholds")}
    for patient in sorted({one.patient for one in predictions})[::6]:
        mine = {(one.model, one.mode): one for one in predictions if one.patient == patient}
        found = views.patients.answers(_kept(store, patient), classes=CLASSES, folds=5, repeats=1)
        assert len(found) == len(mine)
        for answer, (model, mode) in zip(found, _order(mine), strict=True):
            one = mine[model, mode]
            assert (answer.model, answer.probabilities, answer.uncalibrated) == (
                model,
                one.probabilities,
                one.uncalibrated,
            )
            assert answer.decision == CLASSES[int(np.argmax(one.probabilities))]
            assert answer.right == (np.argmax(one.probabilities) == one.label)
            assert answer.tested_by == f"fold {one.fold + 1} of 5"
            (cut,) = answer.cuts
            assert cut.values == (cuts[model, mode, one.fold],)
            assert cut.called == (one.probabilities[1] >= cut.values[0])


def _order(mine) -> list[tuple[str, str]]:
    models = views.predictions.model_order(model for model, _ in mine)
    modes = {"fused": ("both", "image", "genes")}
    return [(model, mode) for model in models for mode in modes.get(model, [m for name, m in mine if name == model])]


def _set(*classes: str, repeat: int = 0) -> Abstention:
    return Abstention(
        model="fused", mode="both", repeat=repeat, fold=0, patient="p", classes=classes, refer=len(classes) != 1
    )


def test_a_conformal_set_is_said_in_words():
    standing = views.patients.standing
    assert standing([_set("A")]) == Standing(refer=False, words="decides A")
    assert standing([_set("A", "B")]) == Standing(refer=True, words="refer: A and B remain possible")
    assert standing([_set()]) == Standing(refer=True, words="refer: no class fits")
    assert standing([]).refer is None
    mixed = standing([_set("A"), _set("A", repeat=1), _set("A", "B", repeat=2)])
    assert mixed == Standing(
        refer=False, words="decides A in 2 of 3 repeats; refer: A and B remain possible in 1 of 3 repeats"
    )


@given(refer=st.lists(st.booleans(), min_size=1, max_size=6))
def test_a_patient_is_referred_by_at_least_half_of_the_repeats(refer: list[bool]):
    rows = [_set(*(("A", "B") if one else ("A",)), repeat=place) for place, one in enumerate(refer)]
    assert views.patients.standing(rows).refer == (np.mean(refer) >= 0.5)


def test_the_table_shows_no_probability_that_was_not_kept():
    answer = _answer(("A", "B"), (0.9996, 0.0004), cuts=(Cut(positive="B", values=(0.2, 0.31), called=1),))
    (row,) = views.patients.table([answer]).to_dict(orient="records")
    assert row["Calibrated"] == "> 99.9 %" and row["Uncalibrated"] == "not kept"
    assert row["Threshold in use"] == "B from 20 to 31 %: called in 1 of 2 repeats"
    assert row["Decision"] == "A ✓"


def _answer(classes, probabilities, **more) -> Answer:
    best = int(np.argmax(probabilities))
    values = {"model": "fused", "uses": "tissue and genes", "right": True, "tested_by": "fold 1 of 5"}
    return Answer(**{**values, "probabilities": tuple(probabilities), "decision": classes[best], **more})


@given(
    shares=st.lists(st.lists(st.floats(0.01, 1), min_size=4, max_size=4), min_size=1, max_size=5),
    count=st.integers(2, 4),
    refer=st.booleans(),
)
def test_bars_are_as_long_as_probabilities_for_any_number_of_classes(shares, count: int, refer: bool):
    classes = tuple("ABCD"[:count])
    rows = [tuple(np.array(one[:count]) / np.sum(one[:count])) for one in shares]
    found = [_answer(classes, row, uncalibrated=row, standing=Standing(refer=refer, words="x")) for row in rows]
    figure = figures.patients.probabilities(found, classes=classes)
    bars = [trace for trace in figure.data if trace.type == "bar" and trace.x and trace.x[0] is not None]
    if count == 2:
        lengths = sorted(length for bar in bars for length in bar.x)
        np.testing.assert_allclose(lengths, sorted(row[1] - 0.5 for row in rows))
    else:
        np.testing.assert_allclose(np.sum([bar.x for bar in bars], axis=0), 1)
    named = [trace.name for trace in figure.data if trace.type == "bar" and trace.showlegend is not False]
    assert named == list(classes)


def test_models_that_decide_otherwise_are_named():
    found = [
        _answer("AB", (0.9, 0.1)),
        _answer("AB", (0.1, 0.9), model="genes"),
        _answer("AB", (0.1, 0.9), model="paper"),
        _answer("AB", (0.1, 0.9), uses="genes only", main=False),
    ]
    assert views.patients.disagreement(found, decision="A", but=("paper",)) == "Models disagree: genes decides B."
    assert views.patients.disagreement(found[:1], decision="A") is None


def test_that_nobody_trained_on_the_patient_is_read_from_the_folds(store: Store, full_data: Path):
    patient = RunFolder.open(full_data, "run-0").folds()[2].test[0]
    parts = store.of_patient("folds", run="run-0", patient=patient)
    held, words = views.patients.proof(parts, folds=5, repeats=1)
    assert held and words.startswith("Tested in fold 3 of 5.")
    leaked = parts.assign(fold=2)
    assert not views.patients.proof(leaked, folds=5, repeats=1)[0]
    assert not views.patients.proof(parts[parts["part"] == "train"], folds=5, repeats=1)[0]


def test_neighbours_are_told_with_what_they_share(store: Store):
    cohort = str(store.cohorts()["cohort"].iloc[0])
    people = store.patients(cohort)
    for patient in people["patient"][::7]:
        rows = store.neighbours("run-0", patient)
        decided = store.decisions("run-0", model="fused", patients=list(rows["neighbour"]))
        (found,) = views.nearest.neighbourhoods(
            rows, people, decided, patient=patient, classes=CLASSES, folds=5, repeats=1,
            sites=Counter(people["site"]), sites_together=False,
        )  # fmt: skip
        assert [one.patient for one in found.near] == rows["neighbour"].tolist()
        known = people.set_index("patient")
        same = [known.loc[one.patient, "label"] == known.loc[patient, "label"] for one in found.near]
        assert [one.same_class for one in found.near] == same and f"{sum(same)} are " in found.sentence
        answers = decided[decided["mode"] == "both"].set_index("patient")
        for one in found.near:
            assert one.decision == CLASSES[answers.loc[one.patient, "predicted"]]
            assert one.right == (answers.loc[one.patient, "predicted"] == known.loc[one.patient, "label"])


@given(at=st.lists(st.sampled_from("XYZ"), min_size=1, max_size=10), sizes=st.tuples(*[st.integers(1, 50)] * 3))
def test_neighbours_of_one_site_are_a_warning_only_beyond_chance(at: list[str], sizes: tuple[int, int, int]):
    near = [
        Near(
            patient="p",
            truth="A",
            site=site,
            similarity=0.5,
            decision="A",
            right=True,
            same_class=True,
            same_site=False,
        )
        for site in at
    ]
    sites = Counter(dict(zip("XYZ", sizes, strict=True)))
    found = views.nearest.site_warning(near, sites=sites)
    site, count = Counter(at).most_common(1)[0]
    expected = count / len(at) >= LARGE and count / len(at) >= 2 * sites[site] / sites.total()
    assert (found is not None) == expected
    assert found is None or f"{count} of {len(at)}" in found


def test_nobody_near_is_nothing_to_show(store: Store):
    people, none = store.patients("nobody"), store.neighbours("run-0", "nobody")
    decided = store.decisions("run-0", model="fused", patients=[])
    assert not views.nearest.neighbourhoods(
        none, people, decided, patient="p", classes=CLASSES, folds=5, repeats=1, sites=Counter(), sites_together=True
    )


@pytest.mark.parametrize(
    ("time", "event", "told"),
    [
        (34.4, 1.0, "Followed for 34 months; the event happened then."),
        (2.31, 0.0, "Followed for 2.3 months; without the event until then (censored)."),
        (5.0, None, "Followed for 5.0 months; whether the event happened is not stated."),
        (None, 1.0, "No follow-up is stated for this patient."),
    ],
)
def test_follow_up_is_one_sentence(time: float | None, event: float | None, told: str):
    rows = pd.DataFrame({"patient": ["p"], "time": [time], "event": [event]})
    assert views.patients.follow_up(rows, "p") == told


def test_slides_say_what_is_amiss_or_why_nothing_is_known():
    quality = '{"um_per_px": 4.0, "area_mm2": {}, "tiles": {}, "sharpness": null, "stain": null, "glass": null, '
    found = views.quality.slide_flags(
        "a", {"quality": quality + '"problems": [{"word": "ink", "sentence": "Pen."}]}'}, tiles=3
    )
    assert (found.problems, found.tiles, found.unknown) == ((("ink", "Pen."),), "3 tiles", "")
    for stored in (
        {},
        {"quality": "null"},
        {"quality": "{"},
        {"quality": '{"old": 1}'},
        {"quality": "[1]"},
        {"quality": 3},
    ):
        assert views.quality.slide_flags("a", stored, tiles=1).unknown


def test_only_bags_of_slides_with_problems_are_named():
    clean = {
        "um_per_px": 4.0,
        "area_mm2": {},
        "tiles": {},
        "sharpness": None,
        "stain": None,
        "glass": None,
        "problems": [],
    }
    spoiled = clean | {"problems": [{"word": "ink", "sentence": "Pen."}]}
    states = [
        SlideState(slide="a", source="", bag="a.h5", quality=spoiled),
        SlideState(slide="b", source="", bag="b.h5", quality=clean),
        SlideState(slide="c", source="", bag="", quality=spoiled),
        SlideState(slide="d", source="", bag="d.h5", quality=None),
    ]
    assert views.quality.spoiled_bags(states) == ("a.h5",)


def test_clinical_data_is_named_in_words_and_said_once():
    covariates = {
        "age": 51.0, "age_years": 51.0, "er_ihc": "Positive", "time": 32.1, "os_months": 32.1, "event": 0.0,
        "os_status": "0:LIVING", "lymph_nodes": 51.0, "ImmuneSubtype": "C2", "stage": None,
    }  # fmt: skip
    row = {"patient": "p", "site": "A2", "age": 51.0, "stage": None, "sex": "Female"}
    told = views.patients.clinical(pd.DataFrame([{**row, "covariates": json.dumps(covariates)}]), "p")
    assert told == {
        "Site": "A2", "Age (years)": "51", "Stage": "not stated", "Sex": "Female", "ER IHC": "Positive",
        "OS status": "0:LIVING", "Lymph nodes": "51", "ImmuneSubtype": "C2",
    }  # fmt: skip


def test_bars_are_as_thick_as_each_other_whichever_class_they_point_to():
    found = [_answer("AB", (share, 1 - share)) for share in (0.1, 0.8, 0.3, 0.9, 0.2)]
    figure = figures.patients.probabilities(found, classes=("A", "B"))
    bars = [trace for trace in figure.data if trace.type == "bar" and trace.x[0] is not None]
    assert len(bars) == 2 and {trace.width for trace in bars} == {figures.patients.BAR}
