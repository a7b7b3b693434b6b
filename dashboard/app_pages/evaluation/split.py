"""Split: whether training and test are really apart, and what a random split would have promised."""

import pandas as pd
import streamlit as st

from core.evaluation.rows import Finding, FittedOn, FoldBalance, Optimism, SiteClass
from core.results import Store
from dashboard import figures, views
from dashboard.pieces import parts, topics
from dashboard.views.evaluation.shared import Banner, stated
from dashboard.views.evaluation.split import Check
from dashboard.views.runs import Run
from dashboard.words.wording import counted

QUESTION = "Are training and test really apart?"
BADGES = {
    "red": ("Failed", ":material/error:", "red"),
    "amber": ("Caution", ":material/warning:", "orange"),
    "green": ("Well", ":material/check_circle:", "green"),
}
BADGE_PX = 130
OPTIMISM_NOTE = (
    "The same models on the same patients, once with folds dealt at random and once with sites kept apart. The "
    "difference is what a random split promises and a new hospital does not keep."
)


def render(store: Store, run: Run) -> None:
    """Certificate, sites, folds, fits and optimism."""
    fitted = store.evaluation("fitted_on", run.name)
    _certificate(store, run, fitted)
    left, right = parts.pair("sites-folds")
    with left:
        _sites(store, run)
    with right:
        _folds(store, run)
    _fitted(store, run, fitted)
    _optimism(store, run)


def _certificate(store: Store, run: Run, fitted: pd.DataFrame) -> None:
    table = store.evaluation("findings", run.name)
    topics.section(
        "Split certificate",
        table,
        name="findings",
        run=run,
        note="Stated before the first fit. Red findings stop a run unless somebody accepts them with a reason.",
    )
    found = views.evaluation.split.checks(stated(table, Finding), stated(fitted, FittedOn))
    _verdict(found, run)
    for check in found:
        _check(check)
    if table.empty:
        st.info(
            "This run has no split certificate: it was begun by an earlier version of Acinus. "
            "A new run of `train.py` states one before its first fit.",
            icon=":material/info:",
        )


def _verdict(found: tuple[Check, ...], run: Run) -> None:
    counts, reason = views.evaluation.split.counts(found), views.evaluation.shared.accepted(run)
    if counts["red"]:
        told = f"The run went on for this reason: “{reason}”" if reason else "No reason for going on was given."
        text = f"**{counted(counts['red'], noun='check')} of {len(found)} failed.** {told}"
        topics.banner(Banner(tone="red", text=text))
    elif counts["amber"]:
        text = f"{counted(counts['amber'], noun='check')} of {len(found)} to be told with every number of this run."
        topics.banner(Banner(tone="amber", text=text))
    elif found:
        topics.banner(Banner(tone="green", text=f"All {counted(len(found), noun='check')} are well."))
    if reason and not counts["red"]:
        st.caption(f"Red findings would have been accepted for this reason: “{reason}”")


def _check(check: Check) -> None:
    word, icon, colour = BADGES[check.severity]
    where = f" ({check.where})" if check.where else ""
    with st.container(horizontal=True, gap="small"):
        with st.container(width=BADGE_PX):
            st.badge(word, icon=icon, color=colour)  # type: ignore[arg-type]
        with st.container(width="stretch"):
            st.markdown(f"**{check.name[:1].upper()}{check.name[1:]}**{where}: {check.sentence}")


def _sites(store: Store, run: Run) -> None:
    table = store.evaluation("site_classes", run.name)
    topics.section("Classes by site", table, name="site-classes", run=run, note="Sites by their number of patients.")
    if table.empty:
        st.info("Not stated for this run: it has no split certificate.", icon=":material/info:")
        return
    shown = views.evaluation.split.by_site(stated(table, SiteClass), classes=run.classes)
    sentence = views.evaluation.split.one_sided(shown)
    parts.chart(figures.cohort.stacked(shown, group="Site"), key="site-classes", alt=f"Patients by site. {sentence}")
    st.caption(sentence)


def _folds(store: Store, run: Run) -> None:
    table = store.evaluation("balance", run.name)
    topics.section("Classes by test fold", table, name="balance", run=run, note="Dotted: an even share.")
    if table.empty:
        st.info("Not stated for this run: it has no split certificate.", icon=":material/info:")
        return
    rows = stated(table, FoldBalance)
    figure = figures.evaluation.split.balance(views.evaluation.split.balance(rows), classes=run.classes)
    parts.chart(figure, key="balance", alt="Patients of each class in each test fold, beside an even share")
    st.caption(views.evaluation.split.dealt(rows))


def _fitted(store: Store, run: Run, table: pd.DataFrame) -> None:
    topics.section(
        "On whom everything was fitted",
        table,
        name="fitted-on",
        run=run,
        note="Taken from the patients that were really handed to each fit.",
    )
    if table.empty:
        topics.missing("On whom things were fitted was", store=store, run=run)
        return
    rows = stated(table, FittedOn)
    topics.table(views.evaluation.split.fitted_table(rows), alt="What was fitted on whom")


def _optimism(store: Store, run: Run) -> None:
    table = store.evaluation("optimism", run.name)
    topics.section("Optimism of a random split", table, name="optimism", run=run, note=OPTIMISM_NOTE)
    if table.empty:
        folder = run.cohort_folder
        st.info(
            f"Not known for this run. `python train.py --cohort {folder} --compare-splits` trains the same models once "
            "more with random folds and states the difference.",
            icon=":material/info:",
        )
        return
    rows = stated(table, Optimism)
    metric = topics.metric(table, key="optimism-metric")
    topics.meaning(metric)
    label = views.evaluation.shared.metric_label(metric)
    left, right = parts.pair("optimism")
    with left:
        gaps = views.evaluation.split.gaps(rows, metric=metric)
        parts.chart(
            figures.evaluation.split.gaps(gaps, metric=label),
            key="optimism-gaps",
            alt=f"{label} of each model with random folds and with sites kept apart",
        )
    with right:
        lines = views.evaluation.split.gap_lines(rows, metric=metric)
        topics.forest(
            lines, key="optimism", alt=f"Optimism in {label}", x=f"Random minus site-preserved {label}", reference=0
        )
    shown = views.evaluation.split.main_gaps(rows, metric=metric)
    topics.table(
        views.evaluation.split.gap_table(shown), alt="Scores on random folds and on folds that keep sites apart"
    )
    topics.made_by(shown)
