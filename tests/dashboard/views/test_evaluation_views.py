"""Rows of an evaluation become the tables, sentences and lines that the Evaluation page draws."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.evaluation.rows import (
    TABLES,
    ControlScore,
    Coverage,
    Finding,
    FittedOn,
    NetBenefit,
    OperatingPoint,
    Optimism,
    SiteClass,
    SubgroupScore,
    SurvivalPoint,
    TrustScore,
)
from core.results import RunFolder, Store
from core.results.selections import Where
from core.results.tables import columns_of, table
from core.types import Difference, Scrutiny
from dashboard import figures, views
from dashboard.views.evaluation.shared import Line, stated
from dashboard.views.evaluation.survival import TRUE_CLASS

CLASSES = ("Luminal", "Basal/HER2")


@pytest.fixture(scope="module")
def store(full_data: Path) -> Iterator[Store]:
    store = Store.open(full_data)
    assert store is not None
    yield store
    store.close()


@pytest.fixture(scope="module")
def run(store: Store):
    return next(run for run in views.runs.runs(store.runs()) if run.name == "run-0")


@pytest.mark.parametrize("name", TABLES)
def test_rows_of_the_store_are_the_rows_that_were_written(full_data: Path, store: Store, name: str):
    written = RunFolder.open(full_data, "run-0").evaluation.rows(name)
    assert stated(store.evaluation(name, "run-0"), TABLES[name]) == written


def frame(*rows):
    """Rows as the store gives them."""
    return table(rows, columns=columns_of(type(rows[0]))).to_pandas()


def finding(check="sites shared", severity="green", fold=None, share=0.0, sentence="well"):
    repeat = None if fold is None else 0
    return Finding(check=check, severity=severity, repeat=repeat, fold=fold, count=1, share=share, sentence=sentence)


def test_a_check_is_told_by_its_worst_finding_and_the_worst_check_stands_first():
    findings = [
        finding("patients shared"),
        finding("sites shared", "red", fold=0, share=0.2, sentence="few"),
        finding("sites shared", "red", fold=2, share=0.9, sentence="many"),
        finding("sites shared", "green", fold=1),
        finding("class missing", "amber", fold=1, sentence="nobody"),
    ]
    first, second, third = views.evaluation.split.checks(findings, [])
    assert (first.name, first.severity, first.sentence, first.where) == ("sites shared", "red", "many", "folds 1 and 3")
    assert (second.name, second.where, third.severity) == ("class missing", "", "green")


def test_something_fitted_on_test_patients_is_a_red_check_and_a_leak_in_the_table():
    fitted = FittedOn(
        what="gene scaler", model="fused", repeat=0, fold=0, patients=20, part="everyone", holds_test=True
    )
    well = replace(fitted, fold=1, part="training patients of the fold", holds_test=False)
    checks = views.evaluation.split.checks([finding()], [fitted, well])
    assert checks[0].severity == "red" and "gene scaler" in checks[0].sentence
    shown = views.evaluation.split.fitted_table([fitted, well])
    assert list(shown["Saw test patients"]) == ["✗ yes: a leak", "✓ no"]


def test_sites_stand_by_size_and_those_of_one_class_are_named():
    counts = {("A2", "Luminal"): 3, ("A2", "Basal/HER2"): 4, ("BH", "Luminal"): 9, ("BH", "Basal/HER2"): 0}
    rows = [SiteClass(site=site, label=label, patients=count) for (site, label), count in counts.items()]
    shown = views.evaluation.split.by_site(rows, classes=CLASSES)
    assert shown.groups == ("BH", "A2") and shown.counts == ((9, 0), (3, 4))
    assert "1 of 2 sites holds patients of one class only (9 patients: BH)" in views.evaluation.split.one_sided(shown)


def optimism(model="fused", mode="both", value: float | None = 0.05):
    known = value is not None
    return Optimism(
        model=model,
        mode=mode,
        metric="auroc",
        random=0.9 if known else None,
        preserved=0.85 if known else None,
        value=value,
        low=0.01 if known else None,
        high=0.09 if known else None,
        n=60,
        how="paired" if known else "cannot be computed: one class",
    )


def test_optimism_is_shown_of_each_model_in_its_main_mode():
    rows = [optimism("image", "image", None), optimism(), optimism("fused", "image")]
    lines = views.evaluation.split.gap_lines(rows, metric="auroc")
    assert [line.label for line in lines] == ["fused", "image"]
    assert lines[0].words == "+0.050 [0.010, 0.090]" and lines[1].words == "cannot be computed: one class"
    assert [gap.model for gap in views.evaluation.split.gaps(rows, metric="auroc")] == ["fused"]


def test_every_test_of_a_comparison_stands_in_its_table(store: Store):
    rows = stated(store.evaluation("differences", "run-0"), Difference)
    shown = views.evaluation.comparisons.chosen(rows, metric="auroc")
    words = views.evaluation.comparisons.table(shown)
    assert list(words["Against"]) == ["image", "genes", "concat", "late", "logistic", "paper"]
    for name in ("Holm p", "Permutation p", "DeLong p", "Corrected t p"):
        assert words[name].str.fullmatch(r"< 0\.001|\d\.\d{3}|–").all()
    assert not words["Difference"].str.contains("not computed").any()


def test_each_mode_of_the_fused_model_has_its_own_threshold_and_calibration(store: Store):
    from core.evaluation.rows import CalibrationScore, Threshold
    from core.types import Score

    scores = store.scores(["run-0"])
    answers = views.evaluation.shared.answers(scores)
    evidence = views.evaluation.modalities.Evidence(
        scores=stated(scores.drop(columns="run"), Score),
        thresholds=stated(store.evaluation("thresholds", "run-0"), Threshold),
        points=stated(store.evaluation("operating_points", "run-0"), OperatingPoint),
        calibration=stated(store.evaluation("calibration", "run-0"), CalibrationScore),
    )
    assert views.evaluation.modalities.with_modes(answers) == ("fused",)
    shown = views.evaluation.modalities.modes_table("fused", answers, evidence).set_index("")
    assert list(shown.columns) == ["tissue and genes", "tissue only", "genes only", "What it says"]
    assert shown["What it says"].str.endswith(".").all()
    shown = shown.drop(columns="What it says")
    assert shown.loc["Threshold, median of the folds (range)"].nunique() == 3
    assert not shown.isin(["not computed"]).any(axis=None)


def control(name, family="left-out site", value: float | None = 0.8, n=40, metric="auroc", target="pam50", draws=1):
    bounds = (None, None) if value is None else (value - 0.1, value + 0.1)
    return ControlScore(
        family=family,
        target=target,
        name=name,
        inputs=50,
        draws=draws,
        metric=metric,
        value=value,
        low=bounds[0],
        high=bounds[1],
        n=n,
        how="bootstrap" if value is not None else "too few patients",
    )


def test_left_out_sites_stand_by_size_after_all_together_and_small_ones_are_counted():
    rows = [control(f"genes · {name}", n=n) for name, n in (("AA", 30), ("BB", 50))]
    rows += [control("genes · CC", value=None, n=3), control("genes · all sites", n=83), control("image · AA")]
    lines = views.evaluation.shortcuts.site_lines(rows, metric="auroc", target="pam50", modality="genes")
    assert [line.label for line in lines] == ["all sites (83)", "BB (50)", "AA (30)", "1 smaller site (3)"]
    assert lines[-1].value is None and lines[-1].words.startswith("not shown")
    assert views.evaluation.shortcuts.modalities(rows) == ("image", "genes")


def test_the_ladder_of_the_runs_own_outcome_stands_first():
    rows = [control(name, "ladder", target=target) for target in ("er", "pam50") for name in ("all genes", "random 3")]
    rows.append(control("without PAM50", "ladder", value=None))
    own, other = views.evaluation.shortcuts.ladders(rows, metric="auroc", outcome="pam50")
    assert own.own and not other.own and other.target == "er"
    assert [rung.label for rung in own.rungs] == ["all genes", "random 3"]
    assert {rung.genes for rung in own.rungs} == {"50 genes"}
    figure = figures.evaluation.shortcuts.ladder((own, other), metric="AUROC")
    assert [trace.name for trace in figure.data] == ["pam50 (the run's outcome)", "er"]


def test_a_rung_says_how_many_of_its_genes_the_table_holds():
    row = replace(control("ESR1, PGR, ERBB2", "ladder"), inputs=1, how="BCa bootstrap; 1 of these 3 genes in the table")
    (found,) = views.evaluation.shortcuts.ladders([row], metric="auroc", outcome="pam50")
    assert found.rungs[0].genes == "1 gene"
    assert views.evaluation.shortcuts.rung_notes([found]) == ("ESR1, PGR, ERBB2: 1 of these 3 genes in the table",)
    figure = figures.evaluation.shortcuts.ladder([found], metric="AUROC")
    assert figure.layout.xaxis.ticktext == ("ESR1, PGR, ERBB2<br><i>1 gene</i>",)


def test_a_confounder_as_good_as_the_image_model_is_said(store: Store):
    from core.types import Score

    scores = stated(store.scores(["run-0"]), Score)
    strong, weak = control("site", "confounder", value=0.99), control("stain", "confounder", value=0.2)
    told = views.evaluation.shortcuts.near_image([strong, weak], scores, outcome="pam50")
    assert "“site”" in told and "not shown to know more" in told
    assert "lies above" in views.evaluation.shortcuts.near_image([weak], scores, outcome="pam50")
    assert views.evaluation.shortcuts.near_image([], scores, outcome="pam50") == ""


def benefit(threshold, low, treat_all=0.0):
    return NetBenefit(
        model="fused",
        mode="both",
        positive="B",
        threshold=threshold,
        value=low + 0.1,
        low=low,
        high=low + 0.2,
        treat_all=treat_all,
        n=60,
    )


def test_a_decision_curve_is_worth_something_only_above_everyone_and_nobody():
    rows = [benefit(0.1, 0.1, treat_all=0.2), benefit(0.3, 0.1, treat_all=0.05), benefit(0.6, -0.1, treat_all=-0.3)]
    assert "at 1 of 3 threshold probabilities" in views.evaluation.decisions.net_benefit_range(rows)
    assert "At no threshold" in views.evaluation.decisions.net_benefit_range(rows[:1])


def test_the_share_referred_and_the_share_decided_are_everyone(store: Store):
    rows = stated(store.evaluation("coverage", "run-0"), Coverage)
    shown = views.evaluation.decisions.referral_table(rows)
    assert list(shown["Answer"])[:3] == ["fused", "fused, tissue only", "fused, genes only"]
    assert len(shown) == sum(one.group == "all" for one in rows)


def test_groups_count_every_patient_once_in_each_covariate(store: Store):
    rows = stated(store.evaluation("subgroups", "run-0"), SubgroupScore)
    mine = [one for one in rows if (one.model, one.mode, one.metric) == ("fused", "both", "auroc")]
    for by in views.evaluation.subgroups.covariates(mine):
        assert sum(one.n for one in mine if one.by == by) == 24
    lines = views.evaluation.subgroups.lines(mine)
    assert [line.label for line in lines if line.heading][:2] == ["Site", "Age (years)"]
    assert all(line.words.startswith("not shown") for line in lines if line.value is None and not line.heading)


def test_a_group_apart_from_everyone_is_named():
    row = SubgroupScore(
        model="fused",
        mode="both",
        by="age",
        group="under 50",
        metric="auroc",
        value=0.7,
        low=0.6,
        high=0.8,
        n=60,
        smallest=20,
        how="bootstrap",
    )
    (told,) = views.evaluation.subgroups.apart([row], overall=0.9)
    assert told == "Age (years), under 50: 0.700 [0.600, 0.800], below 0.900 of everyone"
    assert views.evaluation.subgroups.apart([row], overall=0.75) == ()


def test_survival_by_true_class_is_that_of_the_cohort_page(store: Store, run):
    rows = stated(store.evaluation("survival_curves", "run-0"), SurvivalPoint)
    mine = views.evaluation.survival.curves(rows, by=TRUE_CLASS, classes=CLASSES)
    counted = store.selections.counted(run.cohort, Where())
    theirs = views.cohort.summary.summarised(counted, Where(), classes=CLASSES).survival
    for one, other in zip(mine, theirs, strict=True):
        assert (one.name, one.patients, one.events) == (other.name, other.patients, other.events)
        assert one.at_risk == other.at_risk
        np.testing.assert_allclose(one.curve.survival, other.curve.survival)


def trust(model="fused", value: float | None = 0.5, trusted=True):
    return TrustScore(
        model=model,
        metric="agreement",
        value=value,
        low=value,
        high=value,
        n=10,
        trusted=trusted,
        how="mean",
        sentence="Said.",
    )


def test_models_without_a_number_share_the_sentence_that_says_why():
    rows = [trust(), trust("image", 0.1, trusted=False), trust("concat", None), trust("late", None)]
    assert views.evaluation.trust.unknown(rows) == ("concat and late: Said.",)
    told = views.evaluation.trust.sentences(rows[:2])
    assert told[0].startswith("✓ trusted") and "not trusted" in told[1]
    assert [line.hollow for line in views.evaluation.trust.lines(rows[:2])] == [False, True]


def test_a_map_is_doubted_by_what_was_seen_of_its_patient_in_the_first_repeat():
    seen = Scrutiny(
        model="fused",
        repeat=0,
        fold=0,
        patient="p",
        image_gradient=1.0,
        genes_gradient=1.0,
        tile_entropy=0.5,
        agreement=0.1,
        deletion=0.2,
        insertion=0.2,
        completeness=0.01,
    )
    rows = frame(seen, replace(seen, model="image", agreement=0.9), replace(seen, model="image", repeat=1))
    doubts = views.evaluation.trust.doubts(rows, patient="p")
    assert list(doubts) == ["fused"] and doubts["fused"].startswith("Low trust")
    assert views.evaluation.trust.doubts(rows, patient="q") == {}


def test_red_findings_are_told_with_the_reason_they_were_accepted_for(store: Store, run):
    findings = frame(finding("sites shared", "red", fold=0, share=0.5, sentence="Half of them."), finding())
    nothing = (store.evaluation(name, "run-0")[:0] for name in ("modality_effects", "modality_checks"))
    reasoned = replace(run, settings={**run.settings, "accept": "one hospital only"})
    (banner,) = views.evaluation.shared.banners(reasoned, findings, *nothing, named=True)
    assert banner.tone == "red" and banner.text.startswith("run-0: ")
    assert "1 red finding" in banner.text and "“one hospital only”" in banner.text and "Half of them." in banner.text


def test_modalities_that_contribute_nothing_are_told(store: Store, run):
    effects, checks = (store.evaluation(name, "run-0") for name in ("modality_effects", "modality_checks"))
    nothing = effects.assign(contributes=False)
    (banner,) = views.evaluation.shared.banners(
        run, store.evaluation("findings", "run-0")[:0], nothing, checks, named=False
    )
    assert banner.tone == "amber" and "fused: image contributes" in banner.text
    well = effects.assign(contributes=True)
    assert (
        views.evaluation.shared.banners(run, store.evaluation("findings", "run-0")[:0], well, checks, named=False) == ()
    )


def test_a_forest_has_a_row_for_each_line_and_writes_what_has_no_number():
    lines = (
        Line(label="Age", heading=True),
        Line(label="under 50", value=0.8, low=0.7, high=0.9, words="0.800 [0.700, 0.900]", model="fused"),
        Line(label="over 50", value=0.6, low=0.5, high=0.7, words="0.600 [0.500, 0.700]", model="fused", hollow=True),
        Line(label="not stated", words="not shown: only 3 patients"),
    )
    figure = figures.evaluation.forests.forest(lines, x="AUROC", reference=0.75, reference_name="everyone")
    assert list(figure.layout.yaxis.ticktext) == ["<b>Age</b>", "under 50", "over 50", "not stated"]
    assert list(figure.data[0].marker.symbol) == ["circle", "circle-open"]
    written = [note.text for note in figure.layout.annotations]
    assert written == ["0.800 [0.700, 0.900]", "0.600 [0.500, 0.700]", "<i>not shown: only 3 patients</i>", "everyone"]


def test_the_genes_that_moved_a_decision_stand_by_size(full_data: Path):
    folder = RunFolder.open(full_data, "run-0")
    found = folder.explanation("fused", folder.folds()[0].test[0])
    assert found is not None and found.gene_attributions is not None
    genes = views.attention.top_genes(found, folder.record.genes, count=3)
    sizes = [abs(gene.attribution) for gene in genes]
    assert sizes == sorted(np.abs(found.gene_attributions.astype(float)), reverse=True)[:3]
    assert views.attention.top_genes(replace(found, gene_attributions=None), folder.record.genes, count=3) == ()


def test_a_frame_without_rows_states_nothing():
    empty = pd.DataFrame(columns=list(columns_of(Difference)))
    assert stated(empty, Difference) == ()
