"""What is under the title, and what was found, in words made from the numbers."""

from collections import Counter

from core.evaluation.rows import Finding, ModalityCheck, ModalityEffect
from core.evaluation.sentences import distinguishable, sentence
from core.report.document import Bullets, Notice, Paragraph, Section
from core.report.findings import Findings
from core.report.wording import counted, estimate, listed, model_name, said
from core.types import Difference

HEADLINE = "auroc"


def facts(findings: Findings) -> tuple[tuple[str, str], ...]:
    """What stands under the title."""
    record, cohort = findings.record, findings.cohort
    return (
        ("Run", record.name),
        ("Started", record.started),
        ("Code", f"Acinus {record.versions.get('acinus', '')}, commit {record.commit}"),
        ("Cohort", cohort.name),
        ("Outcome", f"{cohort.outcome}: {' against '.join(cohort.classes)}"),
        ("Patients", f"{len(cohort.patients)} ({classes(findings)}) from {counted(findings.sites, 'site')}"),
        ("Models", ", ".join(model_name(model) for model in record.models)),
        ("Image features", record.encoder_note),
    )


def classes(findings: Findings) -> str:
    """Like "490 Luminal, 167 Basal/HER2"."""
    sizes = Counter(patient.label for patient in findings.cohort.patients)
    return ", ".join(f"{sizes[label]} {name}" for label, name in enumerate(findings.cohort.classes))


def notices(findings: Findings) -> tuple[Notice, ...]:
    """What must be read before any number."""
    plain = Notice(
        tone="plain",
        text="Research use only. Nothing in this report is a diagnosis, and no model of this run may guide the "
        "treatment of a patient.",
    )
    return (plain, *_synthetic(findings), *_accepted(findings), *_blind(findings))


def _synthetic(findings: Findings) -> tuple[Notice, ...]:
    text = "The patients of this cohort are synthetic, made by a program: its numbers say nothing about people."
    return (Notice(tone="red", text=text),) if findings.record.synthetic else ()


def _accepted(findings: Findings) -> tuple[Notice, ...]:
    """Red findings of the split, with the reason for which they were accepted."""
    red = [one for one in findings.of(Finding) if one.severity == "red"]
    reason = str(findings.record.config.get("accept") or "")
    if not red and not reason:
        return ()
    found = f"The split certificate has {counted(len(red), 'red finding')}. "
    told = f"The run went on for this reason, given by its authors: “{reason}”" if reason else "No reason is recorded."
    return (Notice(tone="red", text=found + told),)


def _blind(findings: Findings) -> tuple[Notice, ...]:
    failed = [one for one in findings.of(ModalityCheck) if not one.passed]
    return tuple(Notice(tone="amber", text=f"{model_name(one.model)}: {one.sentence}") for one in failed)


def summary(findings: Findings) -> Section:
    """One paragraph, and a sentence for every baseline."""
    own = [one for one in findings.of(Difference) if one.metric == HEADLINE]
    overview = Paragraph(text=" ".join(_overview(findings)))
    if not own:
        return Section(title="Summary", blocks=(overview,))
    told = Bullets(items=tuple(map(difference_sentence, own)))
    return Section(title="Summary", blocks=(overview, told, Paragraph(text=" ".join(_added(findings, own)))))


def _overview(findings: Findings) -> list[str]:
    record = findings.record
    split = "some sites are in training and test at once" if findings.shares_sites else "no site is in both at once"
    said_first = [
        f"{len(findings.cohort.patients)} patients ({classes(findings)}) from {counted(findings.sites, 'site')} were "
        f"analysed, and {counted(len(findings.cohort.exclusions), 'patient')} excluded.",
        f"{counted(len(record.models), 'model')} were trained in cross-validation with "
        f"{counted(len(findings.folds), 'split')} into training and test; {split}.",
        "All numbers are out of fold: nobody's prediction comes from a network that learned from them.",
    ]
    scores = [(model, findings.pooled(HEADLINE, model=model)) for model in record.models]
    told = [f"{model_name(model)} {said(estimate(score))}" for model, score in scores if score is not None]
    return [*said_first, f"AUROC of {findings.positive}: {'; '.join(told)}."] if told else said_first


def difference_sentence(one: Difference) -> str:
    """Whether a difference was shown, and if not, how large it would have had to be."""
    text = sentence(one)
    return f"{text[:1].upper()}{text[1:]}."


def better(one: Difference) -> bool:
    """True where the corrected test finds the fused model better."""
    return distinguishable(one) and one.value is not None and one.value > 0


def worse(one: Difference) -> bool:
    """True where the corrected test finds the fused model worse."""
    return distinguishable(one) and one.value is not None and one.value < 0


def _added(findings: Findings, own: list[Difference]) -> list[str]:
    """What the fusion adds, and what it does not, plainly."""
    gains = [model_name(one.baseline).lower() for one in own if better(one)]
    losses = [model_name(one.baseline).lower() for one in own if worse(one)]
    level = [model_name(one.baseline).lower() for one in own if not better(one) and not worse(one)]
    told = [f"By AUROC, the fusion is better than {listed(gains)}."] if gains else []
    told += [f"By AUROC, the fusion is worse than {listed(losses)}."] if losses else []
    told += [f"By AUROC, the fusion was not shown to add anything over {listed(level)}."] if level else []
    idle = [one for one in findings.of(ModalityEffect) if one.model == own[0].model and not one.contributes]
    removed = list(dict.fromkeys({"image": "the image", "genes": "the genes"}[one.removed] for one in idle))
    told += [f"Taking away {listed(removed)} was not shown to cost the fused model anything."] if removed else []
    return told
