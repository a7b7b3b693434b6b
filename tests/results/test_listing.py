"""The list of patients is what one would get by looking at every patient in turn."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation import is_main
from core.evaluation.trust import low_trust
from core.results import Store
from core.results.listing import FLAGS, SORTS, WARNING_EXAMPLE, Asked
from core.types import Scrutiny
from tests.results.test_store import PAYLOADS
from tests.stores import CLASSES, SITES, write_store

PATIENTS, CONFIDENT = 36, 0.8
OWN = {"site": "site", "true class": "label", "decision": "predicted", "confidence": "confidence"}


@dataclass(frozen=True)
class Facts:
    """All that a store says of each patient under one model, put together without SQL."""

    store: Store
    cohort: str
    spoiled: tuple[str, ...]
    rows: dict[str, pd.DataFrame]
    """By model."""


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory):
    data = write_store(
        tmp_path_factory.mktemp("listing"), runs=2, patients=PATIENTS, models=("fused", "image", "genes", "paper"),
        slides=True,
    )  # fmt: skip
    store = Store.open(data)
    assert store is not None
    cohort = str(store.cohorts()["cohort"].iloc[0])
    spoiled = tuple(Path(file).name for file in store.slides("run-0")["file"][::7])
    models = ("fused", "image", "genes", "paper")
    yield Facts(
        store=store, cohort=cohort, spoiled=spoiled, rows={one: _rows(store, cohort, one, spoiled) for one in models}
    )
    store.close()


def _rows(store: Store, cohort: str, model: str, spoiled: tuple[str, ...]) -> pd.DataFrame:
    answers = store.answers("run-0")
    main = answers[[is_main(one, mode) for one, mode in zip(answers["model"], answers["mode"], strict=True)]]
    mine = main[main["model"] == model].set_index("patient")
    asked = main[main["model"] != WARNING_EXAMPLE]
    refer = store.evaluation("abstentions", "run-0")
    refer = refer[
        [one == model and is_main(one, mode) for one, mode in zip(refer["model"], refer["mode"], strict=True)]
    ]
    scrutiny = store.scrutiny("run-0")
    slides = store.slides("run-0")
    amiss = set(slides.loc[[Path(file).name in spoiled for file in slides["file"]], "patient"])
    sites = store.patients(cohort).set_index("patient")["site"]
    found = [
        {
            "patient": patient,
            "site": sites.loc[str(patient)],
            "label": row["label"],
            "predicted": row["predicted"],
            "confidence": row["confidence"],
            "own": row[f"p{row['label']}"],
            "wrong": row["predicted"] != row["label"],
            "confident and wrong": row["predicted"] != row["label"] and row["confidence"] >= CONFIDENT,
            "models disagree": asked.loc[asked["patient"] == patient, "predicted"].nunique() > 1,
            "referred": refer.loc[refer["patient"] == patient, "refer"].mean() >= 0.5,
            "low trust": _doubted(scrutiny[(scrutiny["model"] == model) & (scrutiny["patient"] == patient)]),
            "slide problems": patient in amiss,
        }
        for patient, row in mine.iterrows()
    ]
    return pd.DataFrame(found)


def _doubted(rows: pd.DataFrame) -> bool:
    (row,) = rows.drop(columns="run").to_dict(orient="records")
    known: dict[str, Any] = {str(name): None if value != value else value for name, value in row.items()}
    return low_trust(Scrutiny(**known)) is not None


@st.composite
def choices(draw: st.DrawFn) -> dict[str, object]:
    return {
        "model": draw(st.sampled_from(("fused", "image", "genes", "paper"))),
        "text": draw(st.sampled_from(("", "a2", " TCGA-B", "00", "AR\n", *PAYLOADS))),
        "truths": draw(st.lists(st.integers(0, 1), max_size=2, unique=True).map(tuple)),
        "decisions": draw(st.lists(st.integers(0, 1), max_size=2, unique=True).map(tuple)),
        "sites": draw(st.lists(st.sampled_from((*SITES, *PAYLOADS)), max_size=3, unique=True).map(tuple)),
        "flags": draw(st.lists(st.sampled_from(FLAGS), max_size=2, unique=True).map(tuple)),
        "sort": draw(st.sampled_from(SORTS)),
        "falling": draw(st.booleans()),
    }


def _asked(facts: Facts, choice: dict[str, object]) -> Asked:
    return Asked(run="run-0", cohort=facts.cohort, spoiled=facts.spoiled, **choice)  # type: ignore[arg-type]


def _fits(facts: Facts, asked: Asked, *, but: str = "") -> pd.DataFrame:
    """The rows that a choice leaves, apart from the choice in one column, in the order asked for."""
    rows = facts.rows[asked.model]
    text = asked.text.strip().lower()
    keep = [text in f"{one.patient}\n{one.site}".lower() for one in rows.itertuples()]
    kept = rows[keep]
    for column, chosen in (("label", asked.truths), ("predicted", asked.decisions), ("site", asked.sites)):
        kept = kept[kept[column].isin(chosen)] if chosen and column != but else kept
    for flag in asked.flags:
        kept = kept[kept[flag]]
    column = OWN.get(asked.sort, "own" if asked.sort == "belief in the true class" else "patient")
    kept = kept.sort_values("patient", kind="stable")
    return kept.sort_values(column, kind="stable", ascending=not asked.falling)


@given(choice=choices())
def test_the_list_holds_whom_one_finds_by_looking_at_each_patient(facts: Facts, choice: dict[str, object]):
    asked = _asked(facts, choice)
    wanted, found = _fits(facts, asked), facts.store.listed(asked, first=0, most=1000)
    assert found.rows["patient"].tolist() == wanted["patient"].tolist()
    assert (found.total, found.listed, found.wrong) == (PATIENTS, len(wanted), wanted["wrong"].sum())
    for name in ("site", "label", "predicted", "confidence", "own"):
        assert found.rows[name].tolist() == wanted[name].tolist()
    assert found.flags == {flag: wanted[flag].sum() for flag in FLAGS}


@given(choice=choices())
def test_counts_beside_a_choice_say_how_many_it_would_list(facts: Facts, choice: dict[str, object]):
    asked = _asked(facts, choice)
    found = facts.store.listed(asked, first=0, most=1)
    for column, counts in (("label", found.truths), ("predicted", found.decisions), ("site", found.sites)):
        there = _fits(facts, asked, but=column)[column]
        assert {value: count for value, count in counts.items() if count} == there.value_counts().to_dict()


@given(choice=choices(), first=st.integers(0, 40), most=st.integers(1, 9))
def test_parts_of_the_list_are_parts_of_the_whole(facts: Facts, choice: dict[str, object], first: int, most: int):
    asked = _asked(facts, choice)
    whole = facts.store.listed(asked, first=0, most=1000).rows["patient"].tolist()
    part = facts.store.listed(asked, first=first, most=most).rows["patient"].tolist()
    assert part == whole[first : first + most]


@given(choice=choices(), place=st.integers(0, PATIENTS - 1))
def test_before_and_after_follow_the_list_and_end_at_its_ends(facts: Facts, choice: dict[str, object], place: int):
    asked = _asked(facts, choice)
    line = facts.store.listed(asked, first=0, most=1000).rows["patient"].tolist()
    patient = sorted(facts.rows["fused"]["patient"])[place]
    found = facts.store.around(asked, patient)
    assert found.listed == len(line)
    if patient in line:
        at = line.index(patient)
        assert found.place == at + 1
        assert found.before == (line[at - 1] if at else None)
        assert found.after == (line[at + 1] if at + 1 < len(line) else None)
    else:
        assert (found.place, found.before) == (None, None)
        assert found.after == (line[0] if line else None)


@given(text=st.text(max_size=20))
def test_whatever_is_typed_is_searched_for_literally(facts: Facts, text: str):
    asked = Asked(run="run-0", cohort=facts.cohort, model="fused", text=text)
    found = facts.store.listed(asked, first=0, most=1000).rows
    everyone = facts.rows["fused"]
    if text.isascii():
        there = [text.strip().lower() in f"{one.patient}\n{one.site}".lower() for one in everyone.itertuples()]
        assert set(found["patient"]) == set(everyone.loc[there, "patient"])
    else:
        assert set(found["patient"]) <= set(everyone["patient"])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_unknown_runs_models_and_patients_are_nobody(facts: Facts, payload: str):
    for run, model in ((payload, "fused"), ("run-0", payload)):
        asked = Asked(run=run, cohort=facts.cohort, model=model)
        assert facts.store.listed(asked, first=0, most=5).total == 0
        assert facts.store.around(asked, payload).after is None
    assert facts.store.decisions("run-0", model="fused", patients=[payload]).empty
    assert facts.store.of_patient("abstentions", run="run-0", patient=payload).empty


def test_one_patient_is_told_as_the_whole_table_tells_of_them(facts: Facts):
    patient = facts.rows["fused"]["patient"].iloc[3]
    for table in ("abstentions", "scrutiny", "folds"):
        whole = (
            facts.store.evaluation(table, "run-0") if table == "abstentions" else getattr(facts.store, table)("run-0")
        )
        mine = facts.store.of_patient(table, run="run-0", patient=patient)
        assert len(mine) == (whole["patient"] == patient).sum() > 0
        assert set(mine["patient"]) == {patient} and set(mine["run"]) == {"run-0"}
    asked = [patient, "nobody"]
    assert facts.store.patients(facts.cohort, only=asked)["patient"].tolist() == [patient]
    decided = facts.store.decisions("run-0", model="fused", patients=asked)
    assert set(decided["mode"]) == {"both", "image", "genes"} and set(decided["patient"]) == {patient}
    assert len(CLASSES) > decided["predicted"].max()
