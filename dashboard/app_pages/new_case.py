"""New case: a slide and/or an expression file of one patient, predicted by a trained run."""


from core.results import Store
from dashboard import parts


def render(store: Store) -> None:
    parts.heading("New case", question="x")
