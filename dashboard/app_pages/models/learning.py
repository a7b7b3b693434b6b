"""Learning: whether the networks were trained long enough, and whether all folds learned alike."""

import pandas as pd
import streamlit as st

from dashboard import figures, views
from dashboard.app_pages.models.scene import Scene
from dashboard.pieces import parts, tables


def render(scene: Scene) -> None:
    """Loss over epochs, a chart for each model."""
    parts.section(
        "Loss on patients kept aside",
        note="After each pass over the training patients (epoch), the loss on the part that the network did not learn "
        "from: lower is better. Where it rises again, the network learns its patients by heart; the weights of the "
        "best epoch are kept.",
    )
    steps = pd.concat([scene.store.learning_steps(run.name).assign(run=run.name) for run in scene.runs])
    rows = views.learning.curves(steps, runs=scene.names)
    if not rows:
        st.info("These runs have no model that is trained in epochs.")
        return
    st.caption(
        "Line: median over all folds and their members; band: from the lowest to the highest; "
        "ring: the median of the epochs that were kept."
    )
    parts.chart(figures.learning.learning(rows), key="learning", alt="Loss over epochs, by model")
    tables.words(views.learning.table(rows), alt="Loss and epochs, by model")
