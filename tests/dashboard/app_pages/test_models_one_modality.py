"""The Models page on a cohort of one modality, where logistic regression answers in that one."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.evaluation import Scored
from core.results import RunFolder, Store, publish
from core.results.judging import judge
from dashboard import views
from dashboard.app_pages.models.page import TOPICS
from tests.dashboard.conftest import Visit, faults, shown
from tests.stores import SPEC, certificate, deal, fold_result, run_record, small_dataset

MODELS = ("genes", "logistic")


@pytest.fixture(scope="module")
def genes_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs; every model answers from the genes."""
    data = tmp_path_factory.mktemp("genes")
    dataset = small_dataset(patients=24)
    for seed, name in enumerate(("first", "second")):
        dealt = deal(dataset.cohort, folds=3, seed=seed)
        run = RunFolder.create(data, run_record(dataset, name=name, models=MODELS, seed=seed))
        run.write_dataset(dataset, dealt)
        stated = certificate(dataset.cohort, dealt, split="site", content={}, derived="", how="drawn at random")
        run.certificate.write({table: getattr(stated, table) for table in run.certificate.kinds})
        for model in MODELS:
            for fold in dealt:
                made = fold_result(dataset, fold, model=model, seed=seed)
                run.write_fold(
                    replace(
                        made,
                        predictions=tuple(replace(one, mode="genes") for one in made.predictions),
                        inner=tuple(replace(one, mode="genes") for one in made.inner),
                        probes=(),
                    )
                )
        judge(run, SPEC)
    publish(data)
    return data


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_is_drawn_although_no_answer_uses_both_modalities(visit: Visit, genes_alone: Path, topic: str):
    app = visit("models", genes_alone)
    app.multiselect(key="runs").set_value(["first", "second"]).run()
    app.segmented_control(key="compare").set_value(topic).run()
    assert not app.exception and not faults(app)


def test_logistic_regression_is_compared_between_runs_in_its_one_mode(visit: Visit, genes_alone: Path):
    app = visit("models", genes_alone)
    app.multiselect(key="runs").set_value(["first", "second"]).run()
    app.segmented_control(key="compare").set_value("Between runs").run()
    app.selectbox(key="between-model").set_value("logistic").run()
    assert not app.exception
    said = shown(app)
    assert "logistic of second is" in said and "Dealt into other folds than first" in said


def test_the_store_scores_a_model_as_its_answers_say(genes_alone: Path):
    store = Store.open(genes_alone)
    assert store is not None
    found: Scored = store.scored("first", model="logistic", mode="genes")
    answers = store.answers("first", model="logistic")
    assert found.patients == tuple(answers["patient"]) and found.labels.tolist() == answers["label"].tolist()
    assert found.probabilities[:, 1].tolist() == answers["p1"].tolist()
    store.close()


def test_another_deal_of_the_folds_is_noticed(genes_alone: Path):
    store = Store.open(genes_alone)
    assert store is not None
    one, other = views.runs.runs(store.runs())
    assert views.runs.redealt(one, other) and not views.runs.redealt(one, replace(other, settings=one.settings))
    store.close()
