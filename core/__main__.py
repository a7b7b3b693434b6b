"""`python -m core VERB`: what is done with a cohort or a run from the command line.

Heavy imports stand in the verbs, so that `--help` answers at once.
"""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from core.config import EncoderSpec, EvaluationSpec, ShardSpec, StainName, TileSpec
from core.console import ended, flow_lines, say, score_lines, tell
from core.errors import InputError

if TYPE_CHECKING:
    from core.serving.batch import Outcome
    from core.serving.loaded import Loaded
    from core.serving.source import Source

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Demo:
    """Write a synthetic cohort: slides, expression and a clinical table with a planted signal."""

    out: Path
    """Folder to write."""
    patients: int = 100
    """How many patients."""
    seed: int = 0
    """Same seed, same cohort."""
    no_signal: bool = False
    """Plant nothing: whatever is found then is an error of the method."""

    def __call__(self) -> None:
        from core.cohort.demo import write_demo

        write_demo(self.out, patients=self.patients, seed=self.seed, signal=not self.no_signal)
        say(f"wrote {self.out}; next: python train.py --cohort {self.out} --encoder-weights random")


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """Read a cohort and say who is analysed and who is not, and why; nothing is written."""

    cohort: Path
    """Folder with cohort.toml."""
    outcome: str = ""
    """Clinical column to use in place of the manifest's outcome."""

    def __call__(self) -> None:
        from core.cohort import read_cohort

        tables = read_cohort(self.cohort, outcome=self.outcome)
        for line in (*tables.notes, *flow_lines(tables.cohort)):
            say(line)


@dataclass(frozen=True, kw_only=True, slots=True)
class Features:
    """Cut and encode the slides of a cohort; what is done is not done again, and several processes may share it."""

    cohort: Path
    """Folder with cohort.toml."""
    data: Path = Path("data")
    """Where features, runs and catalogues live."""
    device: Device = "auto"
    """auto: the GPU when there is one."""
    encoder_weights: Literal["imagenet", "random"] | Path = "imagenet"
    """ResNet-50 weights: imagenet, random, or a local file."""
    trunk: str = "resnet50"
    """resnet50, or module:function of the current folder (docs/encoders.md)."""
    stain: StainName = "none"
    """How each slide's stain is brought to one reference: none, macenko or reinhard."""
    shard: str = ""
    """Like 2/8: begin with the second of eight parts, take over what others leave, and wait for nobody."""
    retry: bool = False
    """Try slides again that failed three times."""
    tiles: TileSpec = field(default_factory=TileSpec)
    """How slides are cut."""

    def __call__(self) -> None:
        from core.cohort import read_cohort
        from core.slides.extraction import extract_features
        from core.training.dataset import slide_order, slides_asked
        from core.training.device import chosen_device

        shard = ShardSpec.parse(self.shard) if self.shard else None
        tables = read_cohort(self.cohort)
        if tables.images not in ("slides", "tiles"):
            raise InputError(f"{tables.cohort.name} has no slides; add [images] slides to its cohort.toml")
        encoder = EncoderSpec(weights=self.encoder_weights, trunk=self.trunk, stain=self.stain)
        order = slide_order(
            encoder,
            tiles=self.tiles,
            device=chosen_device(self.device),
            features=self.data / "features",
            shard=shard,
            retry=self.retry,
        )
        asked = slides_asked(self.cohort, tables.cohort.name, encoder=encoder, tiles=self.tiles)
        summary = extract_features(tables.cohort.patients, order, asked=asked)
        for line in (*tables.notes, *flow_lines(tables.cohort), f"image features: {order.note}", *summary.lines):
            say(line)


@dataclass(frozen=True, kw_only=True, slots=True)
class Doctor:
    """Look at slides and say of each what it is, how many tiles it will give, and what is wrong with it."""

    paths: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Slide files, or folders with slides."""
    um_per_px: float | None = None
    """Resolution of slides that state none, micrometres per pixel."""
    tiles: TileSpec = field(default_factory=TileSpec)
    """How slides are to be cut."""

    def __call__(self) -> None:
        from core.slides.doctor import Examination, examined, report, slides_under

        paths = [path for given in self.paths for path in slides_under(given)]
        bad = 0
        for found in examined(paths, tiles=self.tiles, um_per_px=self.um_per_px):
            tell("\n".join(report(found)))
            bad += not (isinstance(found, Examination) and found.usable)
        if bad:
            raise InputError(f"{bad} of {len(paths)} slides cannot be used as they are; the reasons stand above")


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """Write bags of features in the layout of another program."""

    bags: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Bags (.h5) that `features` wrote, or folders of them."""
    layout: Literal["clam", "trident", "stamp"]
    """Whose layout."""
    out: Path
    """New folder for the files."""

    def __call__(self) -> None:
        from core.slides.bags import write_layout

        files = [file for given in self.bags for file in (sorted(given.glob("*.h5")) if given.is_dir() else [given])]
        for file in files:
            write_layout(file, self.out, self.layout)
        say(f"wrote {len(files)} bags into {self.out}")


Slides = (
    Annotated[Doctor, tyro.conf.subcommand("doctor", prefix_name=False)]
    | Annotated[Export, tyro.conf.subcommand("export", prefix_name=False)]
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SlidesVerb:
    """Look at slides, or hand their features on."""

    verb: Annotated[Slides, tyro.conf.arg(name="")]

    def __call__(self) -> None:
        self.verb()


@dataclass(frozen=True, kw_only=True, slots=True)
class Splits:
    """Look at anyone's published splits: are patients or sites on both sides (docs/splits.md)?"""

    verb: Annotated[Literal["check"], tyro.conf.Positional]
    """check: count them fold by fold, and end with code 2 where there are any."""
    paths: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Tables with columns patient, part and fold, or with columns train, val and test; of several, each is a fold."""

    def __call__(self) -> None:
        from core.cohort.published_splits import read_published
        from core.training.split_report import report, verdict

        if not self.paths:
            raise InputError("name at least one file with splits")
        split = read_published(self.paths)
        tell("\n".join(report(split)))
        say(verdict(split))


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """Freeze a finished run into one file that predicts anywhere, or say what such a file is (docs/bundles.md)."""

    run: str = ""
    """Name of the run."""
    out: Path | None = None
    """New file to write; one in the folder `bundles` of the data folder can be chosen on the New case page."""
    show: Path | None = None
    """A bundle to verify and to describe, in place of writing one."""
    licence: str = ""
    """Under which the weights may be used; the bundle says so to whoever opens it."""
    without_encoder: bool = False
    """Leave the encoder's weights out, which may have a licence of their own; the bundle then holds their key alone."""
    data: Path = Path("data")
    """Where features, runs and catalogues live."""

    def __call__(self) -> None:
        from core.results import RunFolder
        from core.serving.bundle import described, open_bundle, write_bundle

        if self.show is not None:
            tell("\n".join(described(open_bundle(self.show))))
            return
        if not self.run or self.out is None:
            raise InputError("name the run to freeze and the file to write, --run NAME --out FILE, or --show FILE")
        run = RunFolder.open(self.data, self.run)
        found = write_bundle(run, self.out, licence=self.licence, with_encoder=not self.without_encoder)
        say(f"wrote {self.out}, {self.out.stat().st_size / 1e6:.1f} MB, bundle {found}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Frozen:
    """What a bundle may need besides."""

    encoder_weights: Path | None = None
    """Weights of the slides' encoder, for a bundle that does not hold them."""
    trunk: str = ""
    """Module of the current folder that a bundle names as its encoder, as module:function: that it is trusted."""


def _loaded(data: Path, *, run: str, bundle: Path | None, frozen: Frozen, device: Device) -> "Loaded":
    """What answers: a run of the data folder, or a bundle from anywhere."""
    from core.results import RunFolder
    from core.serving.bundle import open_bundle
    from core.serving.loaded import Loaded
    from core.serving.source import FinishedRun
    from core.training.device import chosen_device

    if bool(run) == (bundle is not None):
        raise InputError("name what answers: either --run NAME or --bundle FILE")
    if bundle is None:
        source: Source = FinishedRun(RunFolder.open(data, run))
    else:
        source = open_bundle(bundle, encoder_weights=frozen.encoder_weights, trunk=frozen.trunk)
    return Loaded(source, data=data, device=chosen_device(device))


@dataclass(frozen=True, kw_only=True, slots=True)
class Predict:
    """Check and predict one case with a run's fold ensemble; writes prediction.json and more (docs/cases.md)."""

    out: Path
    """New folder for the files."""
    run: str = ""
    """Name of the run that answers."""
    bundle: Path | None = None
    """Bundle that answers, in place of a run."""
    slide: tuple[Path, ...] = ()
    """Slide files of the case."""
    expression: Path | None = None
    """Expression table of the case."""
    sample: str = ""
    """Sample of the expression table; needed when it has several."""
    unit: Literal["", "counts", "tpm", "log2", "zscore"] = ""
    """Unit of the expression table; when left out, that of the run where the values look like it."""
    um_per_px: float | None = None
    """Resolution of slides that state none, micrometres per pixel."""
    min_coverage: float = 0.8
    """Least share of the run's genes that the expression table must have; missing genes are put at the middle of the
    training patients."""
    checks: Path | None = None
    """JSON file to keep up to date with the checks while they are made."""
    data: Path = Path("data")
    """Where features, runs and catalogues live."""
    device: Device = "auto"
    """auto: the GPU when there is one."""
    frozen: Annotated[Frozen, tyro.conf.arg(name="")] = field(default_factory=Frozen)

    def __call__(self) -> None:
        from core.report.case_sheet import case_sheet
        from core.serving.case import Case, predict_case
        from core.serving.checks import Checklist, say_checks, write_checks
        from core.serving.files import write_prediction

        case = Case(
            slides=self.slide,
            expression=self.expression,
            sample=self.sample,
            unit=self.unit,
            um_per_px=self.um_per_px,
            min_coverage=self.min_coverage,
        )
        checks = Checklist(write_checks(self.checks) if self.checks else say_checks(say))
        loaded = _loaded(self.data, run=self.run, bundle=self.bundle, frozen=self.frozen, device=self.device)
        prediction = predict_case(loaded, case, checks=checks)
        write_prediction(prediction, self.out, sheet=case_sheet)
        say(f"wrote {self.out / 'prediction.json'}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Predict all cases of a folder of slides, a table, or both; writes predictions.csv and a folder for each case."""

    out: Path
    """Folder for the files; begun before by the same run or bundle, it is gone on with."""
    slides: Path | None = None
    """Folder with the slides; those of one TCGA patient, or named after one sample, are one case."""
    expression: Path | None = None
    """Table with the samples of all cases."""
    run: str = ""
    """Name of the run that answers."""
    bundle: Path | None = None
    """Bundle that answers, in place of a run."""
    unit: Literal["", "counts", "tpm", "log2", "zscore"] = ""
    """Unit of the expression table; when left out, that of the run where the values look like it."""
    um_per_px: float | None = None
    """Resolution of slides that state none, micrometres per pixel."""
    min_coverage: float = 0.8
    """Least share of the run's genes that the expression table must have."""
    data: Path = Path("data")
    """Where features, runs and catalogues live."""
    device: Device = "auto"
    """auto: the GPU when there is one."""
    frozen: Annotated[Frozen, tyro.conf.arg(name="")] = field(default_factory=Frozen)

    def __call__(self) -> None:
        from core.report.case_sheet import case_sheet
        from core.report.case_table import case_table
        from core.serving.batch import Given, answered, found
        from core.slides.whole_files import write_whole

        loaded = _loaded(self.data, run=self.run, bundle=self.bundle, frozen=self.frozen, device=self.device)
        given = Given(
            slides=self.slides,
            expression=self.expression,
            unit=self.unit,
            um_per_px=self.um_per_px,
            min_coverage=self.min_coverage,
        )
        batch = found(given, loaded.record.genes)
        for note in batch.notes:
            say(note)
        ends: list[Outcome] = []
        for place, end in enumerate(answered(loaded, batch, self.out, sheet=case_sheet), start=1):
            # by number: names of patients are no business of a log
            say(f"case {place} of {len(batch.cases)}: {end.state}")
            ends.append(end)
        heads = [{"case": end.name, "state": end.state, "problem": end.problem, "folder": end.folder} for end in ends]
        table = self.out / "predictions.csv"
        write_whole(
            table, case_table(heads, [end.content for end in ends], loaded.record.classes).encode(), lasting=True
        )
        say(f"wrote {table}")
        failed = sum(end.state == "failed" for end in ends)
        if failed:
            raise InputError(f"{failed} of {len(ends)} cases could not be answered for; {table} says why of each")


@dataclass(frozen=True, kw_only=True, slots=True)
class Validate:
    """Judge a run on a cohort it never saw, as JSON and as a page (docs/validation.md)."""

    cohort: Path
    """Folder with cohort.toml; none of its patients may have been in the run's training."""
    out: Path
    """JSON file to write; a page of the same name, ending in .html, is written beside it."""
    run: str = ""
    """Name of the run that answers."""
    bundle: Path | None = None
    """Bundle that answers, in place of a run."""
    data: Path = Path("data")
    """Where features, runs and catalogues live."""
    device: Device = "auto"
    """auto: the GPU when there is one."""
    frozen: Annotated[Frozen, tyro.conf.arg(name="")] = field(default_factory=Frozen)

    def __call__(self) -> None:
        from core.report.elsewhere import external_html
        from core.serving.validation import as_json, validate
        from core.slides.whole_files import write_whole

        if self.out.is_dir() or not self.out.parent.exists():
            raise InputError(f"--out {self.out} must be a file in a folder that exists")
        if self.out.suffix.lower() == ".html":
            raise InputError("--out names the JSON file, such as report.json; the page is written beside it")
        loaded = _loaded(self.data, run=self.run, bundle=self.bundle, frozen=self.frozen, device=self.device)
        found = validate(loaded, self.cohort)
        page = self.out.with_suffix(".html")
        write_whole(page, external_html(found).encode(), lasting=True)
        write_whole(self.out, (json.dumps(as_json(found), indent=2) + "\n").encode(), lasting=True)
        say(f"wrote {self.out} and {page}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluate:
    """Evaluate a trained run anew from its stored predictions, and publish; nothing is trained."""

    run: str
    """Name of the run."""
    data: Path = Path("data")
    """Where features, runs and catalogues live."""
    how: Annotated[EvaluationSpec, tyro.conf.arg(name="")] = field(default_factory=EvaluationSpec)

    def __call__(self) -> None:
        from core.results import RunFolder, publish
        from core.results.judging import judge

        run = RunFolder.open(self.data, self.run)
        with run.lock():
            scores = judge(run, self.how)
        publish(self.data)
        for line in score_lines(scores):
            say(line)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Write the report of a finished run: one HTML file, a PDF, and a CSV of every table."""

    run: str
    """Name of the run."""
    out: Path | None = None
    """Folder for the files; <data>/reports/<run> when left out. An earlier report there is replaced."""
    data: Path = Path("data")
    """Where features, runs and catalogues live."""

    def __call__(self) -> None:
        from core.report import write_report
        from core.results import RunFolder

        run = RunFolder.open(self.data, self.run)
        out = self.out or self.data / "reports" / self.run
        made = write_report(run, out)
        say(f"wrote {out / 'report.html'}, report.pdf and {len(made.tables)} tables")


@dataclass(frozen=True, kw_only=True, slots=True)
class Publish:
    """Build the catalogue that the dashboard reads anew from the run folders."""

    data: Path = Path("data")
    """Where features, runs and catalogues live."""

    def __call__(self) -> None:
        from core.results import publish

        say(f"published {publish(self.data)}")


Verb = (
    Annotated[Demo, tyro.conf.subcommand("demo")]
    | Annotated[Check, tyro.conf.subcommand("check")]
    | Annotated[Features, tyro.conf.subcommand("features")]
    | Annotated[SlidesVerb, tyro.conf.subcommand("slides")]
    | Annotated[Splits, tyro.conf.subcommand("splits")]
    | Annotated[Bundle, tyro.conf.subcommand("bundle")]
    | Annotated[Predict, tyro.conf.subcommand("predict")]
    | Annotated[Batch, tyro.conf.subcommand("batch")]
    | Annotated[Validate, tyro.conf.subcommand("validate")]
    | Annotated[Evaluate, tyro.conf.subcommand("evaluate")]
    | Annotated[Report, tyro.conf.subcommand("report")]
    | Annotated[Publish, tyro.conf.subcommand("publish")]
)


def main() -> int:
    """Parse, do, and say how it ended."""
    return ended(lambda: tyro.cli(Verb, prog="python -m core", description=__doc__)())  # type: ignore[call-overload]


if __name__ == "__main__":
    sys.exit(main())
