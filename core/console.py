"""What command lines print, and how they end: one sentence and exit code 2 for what a user can mend."""

import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from types import FrameType

from core.errors import InputError
from core.evaluation.rows import Finding
from core.types import Cohort, Score

HEADLINE = ("auroc", "average_precision", "balanced_accuracy", "f1", "mcc", "brier")


def ended(command: Callable[[], None], *, continued: str = "") -> int:
    """Exit code of a command: 0, 2 when the user can mend what is wrong, 130 when interrupted.

    Args:
        command: what to do.
        continued: what an interrupted user can do next.
    """
    asked = _Interruption()
    try:
        command()
    except InputError as error:
        say(f"error: {error}")
        return 2
    except KeyboardInterrupt:
        return _interrupted(continued)
    except Exception:
        # Raised within a library's compiled code, an interruption can come out as any other error.
        if asked.heard:
            return _interrupted(continued)
        raise
    return 0


class _Interruption:
    """Ends the command at Ctrl-C, and the same way at what a scheduler or `kill` sends: what was begun is put back."""

    def __init__(self) -> None:
        self.heard = False
        signal.signal(signal.SIGTERM, self._hear)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._hear)
        sys.unraisablehook = self._insist

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.heard = True
        signal.default_int_handler(number, frame)

    def _insist(self, lost: "sys.UnraisableHookArgs") -> None:
        """Interrupts again a moment later: an interruption that falls into a destructor is otherwise lost."""
        if issubclass(lost.exc_type, KeyboardInterrupt):
            main = threading.main_thread().ident
            assert main is not None
            threading.Timer(0.05, signal.pthread_kill, [main, signal.SIGTERM]).start()
        else:
            sys.__unraisablehook__(lost)


def _interrupted(continued: str) -> int:
    say(f"interrupted{'; ' + continued if continued else ''}")
    return 130


def say(line: str) -> None:
    """One line for the person at the terminal; standard output stays free for results."""
    sys.stderr.write(line + "\n")


def tell(text: str) -> None:
    """A result, on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def flow_lines(cohort: Cohort) -> list[str]:
    """How many patients there were, how many are analysed, and where and why the others were lost."""
    total = len(cohort.patients) + len(cohort.exclusions)
    lost = Counter((exclusion.stage, exclusion.reason) for exclusion in cohort.exclusions)
    sizes = Counter(patient.label for patient in cohort.patients)
    classes = ", ".join(f"{sizes[label]} {name}" for label, name in enumerate(cohort.classes))
    sites = len({patient.site for patient in cohort.patients})
    return [
        f"{cohort.name}: {total} patients in the clinical table",
        *(f"  - {count:4d}  {stage}: {reason}" for (stage, reason), count in lost.items()),
        f"  = {len(cohort.patients):4d}  analysed ({classes}) from {sites} sites",
    ]


def certificate_lines(findings: Sequence[Finding], *, accept: str) -> list[str]:
    """What the split certificate found, the same said of several folds once."""
    kinds = Counter((one.severity, one.check) for one in findings)
    told = {(one.severity, one.check): one.sentence for one in reversed(findings)}
    lines = ["split certificate"]
    for (severity, check), count in kinds.items():
        folds = f" ({count} times; the first:)" if count > 1 and severity != "green" else ""
        lines.append(f"  {severity:<6} {check}{folds} {told[severity, check]}")
    return [*lines, *([f"  accepted, because: {accept}"] if accept else [])]


def score_lines(scores: Sequence[Score]) -> list[str]:
    """Pooled out-of-fold scores, one line a model and mode."""
    pooled = [score for score in scores if score.fold is None]
    names = list(dict.fromkeys((score.model, score.mode) for score in pooled))
    lines = [
        "pooled out-of-fold, 95 % patient-bootstrap (BCa) intervals",
        " " * 18 + "".join(f"{m:>24}" for m in HEADLINE),
    ]
    for model, mode in names:
        own = {score.metric: score for score in pooled if (score.model, score.mode) == (model, mode)}
        lines.append(f"{model + ' (' + mode + ')':<18}" + "".join(f"{_cell(own[name]):>24}" for name in HEADLINE))
    return lines


def _cell(score: Score) -> str:
    if score.value is None:
        return "not computed"
    if score.low is None or score.high is None:
        return f"{score.value:.3f} (no interval)"
    return f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]"
