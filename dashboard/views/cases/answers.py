"""What the New case page shows: the runs to choose from, and a finished prediction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import pandas as pd

from core.evaluation import METRICS
from core.serving.checks import Check
from core.serving.units import WORDS
from dashboard.views import quality
from dashboard.views.attention import Gene, GeneSet
from dashboard.views.cases import checks as checked
from dashboard.views.models import intervals
from dashboard.views.nearest import Near, Neighbourhood, site_warning
from dashboard.views.patients import NOT_EVALUATED, Answer, Cut, Standing
from dashboard.views.predictions import fold_words, model_order
from dashboard.views.quality import SlideFlags
from dashboard.views.runs import Run, records
from dashboard.words.wording import MODE_LABELS, NOT_STATED, counted, interval, listed, percent

OLDEST = 2
"""First format of prediction.json that has all that is shown."""
UNNAMED = "unnamed"
MAIN_METRICS = ("auroc", "balanced_accuracy", "brier")
MODE_SENTENCES = {
    "both": "Predicted from the slide and the expression.",
    "image": "Predicted from the slide alone: no expression was given, and none was made up.",
    "genes": "Predicted from the expression alone: no slide was given, and none was made up.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseSlide:
    """A slide's pictures, by file name in the case's result folder."""

    tiles: int
    thumbnail: str
    overlay: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained:
    """What one model looked at."""

    model: str
    gene_sets: tuple[GeneSet, ...]
    genes: tuple[Gene, ...]
    low_trust: str | None
    """Why its map is not to be trusted; None when nothing speaks against it, or there is none."""
    folds: tuple[tuple[int, int], ...]
    """Repeat and fold of every map that is kept; empty without maps."""
    fold_words: tuple[str, ...]
    """The same in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptCase:
    """A case that is kept, as a line of the list."""

    label: str
    run: str
    when: str
    """ISO 8601, UTC."""
    answer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseView:
    """A finished prediction."""

    run: str
    started: str
    """When the run was begun."""
    bundle: str
    """Id of the bundle that answered; empty where the run itself did."""
    outcome: str
    classes: tuple[str, ...]
    synthetic: bool
    basis: str
    """What it was predicted from and what was missing, in one sentence."""
    leading: str
    """The model that decides."""
    decision: str
    """Its most probable class."""
    probability: str
    refer: bool | None
    """None where the run's evaluation does not tell."""
    undecided: str | None
    """Said when the models of the folds do not agree on the decision."""
    unlike: tuple[str, ...]
    """Checks that found the case unlike the training patients, in a sentence each."""
    answers: tuple[Answer, ...]
    explained: tuple[Explained, ...]
    slides: tuple[CaseSlide, ...]
    flags: tuple[SlideFlags, ...]
    checks: tuple[checked.CheckLine, ...]
    missing_genes: tuple[str, ...]
    notes: tuple[str, ...]
    decided_how: str


def choices(runs: Sequence[Run], scores: pd.DataFrame, cohorts: pd.DataFrame) -> pd.DataFrame:
    """One row a run: what it predicts, of whom, how well, and when it was trained."""
    sizes = {row["cohort"]: int(row["analysed"]) for row in records(cohorts)}
    return pd.DataFrame(
        [
            {
                "Run": run.name,
                "Predicts": f"{run.outcome}: {listed(run.classes, most=9)}",
                "Patients": sizes.get(run.cohort),
                **_scores(scores[scores["run"] == run.name]),
                "Image features": run.encoder_note,
                "Trained": run.facts["Started"][:10],
            }
            for run in runs
        ]
    )


def _scores(scores: pd.DataFrame) -> dict[str, str]:
    """Of the leading model in its main mode."""
    found: dict[str, str] = {}
    for name in MAIN_METRICS:
        rows = intervals(scores, metric=name) if name in set(scores["metric"]) else ()
        first = rows[0] if rows else None
        words = "–" if first is None else interval(first.value, low=first.low, high=first.high)
        found[METRICS[name].label] = words if first is None else f"{words} · {first.model}"
    return found


def view(content: Mapping[str, Any]) -> CaseView | None:
    """The contents of prediction.json as the page draws them; None for one of an older version."""
    if int(content.get("format", 1)) < OLDEST:
        return None
    classes = tuple(map(str, content["classes"]))
    answers = _answers(content["models"], classes)
    leading = next(answer for answer in answers if answer.model == content["leading"])
    best = max(range(len(classes)), key=lambda place: leading.probabilities[place])
    checks = tuple(Check(**one) for one in content["checks"])
    return CaseView(
        run=str(content["run"]),
        started=str(content.get("started", "")),
        bundle=str(content.get("bundle", "")),
        outcome=str(content["outcome"]),
        classes=classes,
        synthetic=bool(content["synthetic"]),
        basis=MODE_SENTENCES[content["mode"]],
        leading=leading.model,
        decision=classes[best],
        probability=_sure(leading.probabilities[best]),
        refer=leading.standing.refer,
        undecided=_undecided(leading, best),
        unlike=tuple(one.sentence for one in checks if one.state == "warning" and one.name.endswith("-distance")),
        answers=answers,
        explained=_all_explained(content),
        slides=tuple(
            CaseSlide(tiles=int(one["tiles"]), thumbnail=str(one["thumbnail"]), overlay=one["overlay"])
            for one in content["slides"]
        ),
        flags=tuple(_flags(one) for one in content["slides"]),
        checks=checked.lines(checks),
        missing_genes=tuple((content["expression"] or {}).get("missing", ())),
        notes=tuple(map(str, content["notes"])),
        decided_how=str(content["decided_how"]),
    )


def _sure(share: float) -> str:
    return "over 99 %" if 0.995 <= share < 1 else percent(share, whole=1)


def _undecided(answer: Answer, best: int) -> str | None:
    rival = max(high for place, high in enumerate(answer.high) if place != best)
    if answer.low[best] >= rival:
        return None
    low, high = (f"{100 * side[best]:.0f} %" for side in (answer.low, answer.high))
    return (
        f"The models of the folds do not agree: they give this class between {low} and {high}. "
        "Take the answer as undecided."
    )


def _answers(models: Mapping[str, Any], classes: Sequence[str]) -> tuple[Answer, ...]:
    return tuple(_answer(name, models[name], classes) for name in model_order(models))


def _answer(name: str, found: Mapping[str, Any], classes: Sequence[str]) -> Answer:
    shares = tuple(float(found["probabilities"][one]) for one in classes)
    return Answer(
        model=name,
        uses=MODE_LABELS[found["mode"]],
        probabilities=shares,
        decision=classes[shares.index(max(shares))],
        right=None,
        tested_by=f"mean of {counted(len(found['folds']), noun='fold')}",
        uncalibrated=tuple(float(found["uncalibrated"][one]) for one in classes),
        low=tuple(float(found["spread"][one][0]) for one in classes),
        high=tuple(float(found["spread"][one][1]) for one in classes),
        cuts=tuple(
            Cut(
                positive=str(one["positive"]),
                values=tuple(map(float, one["values"])),
                called=int(one["called"]),
                of="fold",
            )
            for one in found["thresholds"]
        ),
        standing=_standing(found),
    )


def _standing(found: Mapping[str, Any]) -> Standing:
    possible = found["possible"]
    if possible is None:
        return Standing(refer=None, words=NOT_EVALUATED)
    folds = [tuple(one["possible"]) for one in found["folds"]]
    same = sum(one == tuple(possible) for one in folds)
    words = "refer: no class fits" if not possible else f"refer: {listed(possible, most=9)} remain possible"
    told = f"decides {possible[0]}" if len(possible) == 1 else words
    return Standing(refer=bool(found["refer"]), words=f"{told} ({same} of {len(folds)} folds alone)")


def _all_explained(content: Mapping[str, Any]) -> tuple[Explained, ...]:
    answered = content["models"][content["leading"]]["folds"]
    folds, repeats = (len({int(one[name]) for one in answered}) for name in ("fold", "repeat"))
    return tuple(
        _explained(name, content["explained"][name], folds=folds, repeats=repeats)
        for name in model_order(content["explained"])
    )


def _explained(model: str, found: Mapping[str, Any], *, folds: int, repeats: int) -> Explained:
    kept = [(int(repeat), int(fold)) for repeat, fold in found["folds"]]
    return Explained(
        model=model,
        gene_sets=tuple(
            GeneSet(
                name=str(one["set"]), contribution=_number(one["contribution"]), attention=_number(one["attention"])
            )
            for one in found["top_gene_sets"]
        ),
        genes=tuple(Gene(name=str(one["gene"]), attribution=float(one["attribution"])) for one in found["top_genes"]),
        low_trust=found["low_trust"],
        folds=tuple(kept),
        fold_words=tuple(fold_words([one], count=folds, repeats=repeats) for one in kept),
    )


def _flags(slide: Mapping[str, Any]) -> SlideFlags:
    kept = {"quality": slide["quality"]} if slide["quality"] else {}
    return quality.slide_flags(f"Slide {int(slide['slide']) + 1}", kept, tiles=int(slide["tiles"]))


def named(content: Mapping[str, Any], patients: Sequence[str]) -> dict[str, Any]:
    """An answer of a bundle, whose neighbours are numbers, with the names that the run's cohort has for them."""
    found = [{**one, "patient": patients[int(one["patient"]) - 1]} for one in content["neighbours"]]
    return {**content, "neighbours": found}


def neighbourhoods(
    content: Mapping[str, Any],
    people: pd.DataFrame,
    decisions: pd.DataFrame,
    *,
    decision: str,
    folds: int,
    repeats: int,
    sites: Counter[str],
) -> tuple[Neighbourhood, ...]:
    """The training patients who are nearest to the case, one group a fold.

    Args:
        content: prediction.json.
        people: of the table `patients`, the neighbours.
        decisions: of `Store.decisions`, of the neighbours by the fused model.
        decision: the class that the case was given.
        folds: how many the run has.
        repeats: how often they were dealt.
        sites: patients of each site in the run.
    """
    known = {row["patient"]: row for row in records(people)}
    decided = {row["patient"]: int(row["predicted"]) for row in records(decisions) if row["mode"] == "both"}
    classes: Sequence[str] = content["classes"]
    found: dict[tuple[int, int], list[Near]] = {}
    for row in content["neighbours"]:
        other = known.get(row["patient"])
        if other is not None:
            near = _near(other, row, decided.get(row["patient"]), classes=classes, decision=decision)
            found.setdefault((int(row["repeat"]), int(row["fold"])), []).append(near)
    return tuple(
        Neighbourhood(
            fold=fold_words([fold], count=folds, repeats=repeats),
            near=tuple(near),
            sentence=f"{counted(sum(one.same_class for one in near), noun='patient')} of the {len(near)} nearest "
            f"training patients are truly {decision}, the class that this case was given.",
            site_warning=site_warning(near, sites=sites),
        )
        for fold, near in found.items()
    )


def _near(
    other: Mapping[str, Any], row: Mapping[str, Any], decided: int | None, *, classes: Sequence[str], decision: str
) -> Near:
    label = int(other["label"])
    return Near(
        patient=str(other["patient"]),
        truth=classes[label],
        site=str(other["site"] or NOT_STATED),
        similarity=float(row["similarity"]),
        decision="" if decided is None else classes[decided],
        right=None if decided is None else decided == label,
        same_class=classes[label] == decision,
        same_site=False,
    )


def kept_case(content: Mapping[str, Any], *, label: str, when: str) -> KeptCase:
    """A line of the list of kept cases."""
    answer = content["models"][content["leading"]]
    name, share = max(answer["probabilities"].items(), key=lambda pair: float(pair[1]))
    refer = " · refer" if answer.get("refer") else ""
    told = f"{name}, {_sure(float(share))} by {content['leading']}{refer}"
    return KeptCase(label=label or UNNAMED, run=str(content["run"]), when=when, answer=told)


def export(view: CaseView) -> pd.DataFrame:
    """The answers as a table: one row a model and class."""
    return pd.DataFrame(
        [
            {
                "run": view.run,
                "outcome": view.outcome,
                "model": one.model,
                "from": one.uses,
                "class": name,
                "probability": one.probabilities[place],
                "uncalibrated": one.uncalibrated[place],
                "lowest_fold": one.low[place],
                "highest_fold": one.high[place],
                "standing": one.standing.words,
                "leading": one.model == view.leading,
            }
            for one in view.answers
            for place, name in enumerate(view.classes)
        ]
    )


def file_words(name: str, *, size: int | None) -> str:
    """`SVS, 34 MB`, of a file's name inside the case's folder."""
    kind = "".join(PurePath(name).suffixes)[1:].upper() or "DICOM folder"
    return kind if size is None else f"{kind}, {bytes_words(size)}"


def unit_words(unit: str) -> str:
    """A unit of expression as pages call it."""
    return WORDS[unit]


def bytes_words(count: int) -> str:
    """`34 MB`."""
    for unit, power in (("GB", 9), ("MB", 6), ("kB", 3)):
        if count >= 10**power:
            value = count / 10**power
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{count} bytes"


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
