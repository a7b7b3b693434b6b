"""What the Evaluation page shows of shortcuts: what a few inputs alone tell of the class."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.evaluation.controls import EVERY_SITE, SMALL_SITES, named
from core.evaluation.rows import ControlScore
from core.types import Score
from dashboard.views.evaluation.shared import Line, cell, pooled_score
from dashboard.words.wording import counted

MODALITY_LABELS = {"both": "tissue and genes", "image": "tissue", "genes": "genes"}
IMAGE = ("image", "image")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """One step of the ladder: genes that a control saw, and how well it told the class."""

    label: str
    value: float
    low: float | None
    high: float | None
    words: str
    genes: str
    """How many it really saw: a table may lack most of those it names."""
    note: str
    """What the table lacked or lost; "" where nothing is to be said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ladder:
    """All rungs for one target."""

    target: str
    own: bool
    """True for the outcome of the run."""
    rungs: tuple[Rung, ...]


def targets(rows: Sequence[ControlScore], *, outcome: str) -> tuple[str, ...]:
    """Columns that were predicted, the run's own outcome first."""
    return tuple(sorted(dict.fromkeys(one.target for one in rows), key=lambda name: (name != outcome, name)))


def ladders(rows: Sequence[ControlScore], *, metric: str, outcome: str) -> tuple[Ladder, ...]:
    """One ladder a target; rungs in the order they were fitted, those without a number left out."""
    mine = [one for one in rows if one.family == "ladder" and one.metric == metric]
    return tuple(
        Ladder(
            target=target,
            own=target == outcome,
            rungs=tuple(_rung(one) for one in mine if one.target == target and one.value is not None),
        )
        for target in targets(mine, outcome=outcome)
    )


def rung_notes(found: Sequence[Ladder]) -> tuple[str, ...]:
    """What each rung of the first ladder really was, where its name promises more."""
    return tuple(f"{rung.label}: {rung.note}" for rung in found[0].rungs if rung.note)


def rung_labels(found: Sequence[Ladder]) -> tuple[str, ...]:
    """Every rung of any ladder, in order."""
    return tuple(dict.fromkeys(rung.label for ladder in found for rung in ladder.rungs))


def _rung(row: ControlScore) -> Rung:
    assert row.value is not None
    genes = counted(row.inputs, noun="gene")
    sets = f", mean of {row.draws} sets" if row.draws > 1 else ""
    label = row.name if row.draws == 1 else row.name.replace("random", "random genes:")
    return Rung(
        label=label,
        value=row.value,
        low=row.low,
        high=row.high,
        words=f"{cell(row)}, {genes}{sets}, {counted(row.n, noun='patient')}",
        genes=genes,
        note="; ".join(part for part in row.how.split("; ") if "taken away" in part or "in the table" in part),
    )


def confounder_lines(
    rows: Sequence[ControlScore], scores: Sequence[Score], *, metric: str, target: str, outcome: str
) -> tuple[Line, ...]:
    """The image model, then every confounder: one that comes near needs no tissue to look at."""
    mine = [one for one in rows if (one.family, one.metric, one.target) == ("confounder", metric, target)]
    image = pooled_score(scores, IMAGE, metric=metric) if target == outcome else None
    beside = () if image is None else (_line("image (the model)", image, model="image"),)
    known = sorted((one for one in mine if one.value is not None), key=lambda one: -(one.value or 0.0))
    return (*beside, *(_line(one.name, one, hollow=True) for one in (*known, *(x for x in mine if x.value is None))))


def near_image(rows: Sequence[ControlScore], scores: Sequence[Score], *, outcome: str) -> str:
    """What the strongest confounder means beside the image model, as a sentence; empty where one is not known."""
    image = pooled_score(scores, IMAGE, metric="auroc")
    known = [one for one in rows if (one.family, one.metric, one.target) == ("confounder", "auroc", outcome)]
    best = max((one for one in known if one.value is not None), key=lambda one: one.value or 0.0, default=None)
    if image is None or image.value is None or best is None or best.value is None:
        return ""
    told = f"The inputs “{best.name}” reach an AUROC of {cell(best)}, the image model {cell(image)}"
    if best.high is not None and image.value <= best.high:
        return f"{told}: the image model is not shown to know more than where and how slides were made."
    return f"{told}: the image model lies above what tells where and how slides were made."


def modality_label(modality: str) -> str:
    """As pages name it."""
    return MODALITY_LABELS.get(modality, modality)


def modalities(rows: Sequence[ControlScore]) -> tuple[str, ...]:
    """What the controls of left-out sites saw, both first."""
    found = dict.fromkeys(one.name.partition(" · ")[0] for one in rows if one.family == "left-out site")
    return tuple(sorted(found, key=lambda name: list(MODALITY_LABELS).index(name) if name in MODALITY_LABELS else 9))


def site_lines(rows: Sequence[ControlScore], *, metric: str, target: str, modality: str) -> tuple[Line, ...]:
    """All sites together, then each site that is large enough to be shown, the largest first; the rest counted."""
    start = named(modality, "")
    mine = [one for one in rows if (one.family, one.metric, one.target) == ("left-out site", metric, target)]
    sites = {one.name.removeprefix(start): one for one in mine if one.name.startswith(start)}
    together = [name for name in (EVERY_SITE, SMALL_SITES) if name in sites]
    alone = sorted((name for name in sites if name not in together), key=lambda name: (-sites[name].n, name))
    shown = [name for name in alone if sites[name].value is not None]
    hidden = [name for name in alone if sites[name].value is None]
    made = [
        _line(f"{name} ({sites[name].n:,})", sites[name], model=modality, hollow=name not in together)
        for name in (*together, *shown)
    ]
    return (*made, *_hidden(hidden, sites))


def _hidden(names: Sequence[str], sites: dict[str, ControlScore]) -> tuple[Line, ...]:
    if not names:
        return ()
    patients = sum(sites[name].n for name in names)
    return (
        Line(
            label=f"{counted(len(names), noun='smaller site')} ({patients:,})",
            words="not shown: too few patients each; together they are “small sites”",
        ),
    )


def _line(label: str, row: Score | ControlScore, *, model: str = "", hollow: bool = False) -> Line:
    words = row.how if row.value is None else cell(row)
    return Line(label=label, value=row.value, low=row.low, high=row.high, words=words, model=model, hollow=hollow)
