"""What the About page says: versions, where the data lies, how to cite, words, keys, licences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from core.evaluation import METRICS
from core.results.provenance import commit, hardware, versions
from dashboard.views.evaluation.shared import metric_label
from dashboard.words import measures

ROOT = Path(__file__).parents[2]
COMMIT = 12
"""Characters of a commit that tell it from every other."""
PAGE_PACKAGES = ("streamlit", "plotly", "large-image")
"""What the pages rest on, beside the packages of a run's record."""

USE = (
    "Acinus compares models and explains what they rest on, for research on groups of patients.",
    "It is no medical device, and no authority has cleared or certified it. No number or picture of it may decide "
    "about the diagnosis, the prognosis or the treatment of anyone.",
    "Scores come from the patients of one cohort. They do not hold for other hospitals, scanners or stains until they "
    "were measured there (`python -m core validate`).",
    "Where patients are synthetic or image features come from random weights, pages say so; such numbers show how "
    "Acinus works and nothing else.",
    "Attention and contributions say where a model looked, not why a tumour is what it is.",
)

LEAVES = (
    "Nothing. Acinus runs on this machine and asks no other: no usage statistics, no fonts or scripts from elsewhere, "
    "no account. The pages forbid the browser to load anything from another address, and the server answers this "
    "machine only, unless it was started otherwise."
)

PLACES: Mapping[str, tuple[str, str, str]] = {
    "Runs": ("runs", "trained models, predictions, scores; the truth, keep a copy", "train again"),
    "Features": ("features", "what the encoder made of each slide", "extract again"),
    "Catalogue": ("catalog*", "what the pages read, built from the runs", "python -m core publish"),
    "New cases": ("cases", "cases that were predicted from the New case page", "predict again"),
    "Reports": ("reports", "reports written from the Evaluation page", "write again"),
    "Workspace": ("workspace*", "saved selections, notes and tags; keep a copy", "lost for good"),
}
"""By what it is: file names in the data folder, what it holds, and what to do when it is lost."""

KEYS: Mapping[str, Mapping[str, str]] = {
    "Everywhere": {
        "Tab, Shift + Tab": "to the next control, and back; the first Tab offers to skip the navigation",
        "Enter or Space": "press a button, tick a box, open a list",
        "Arrow keys": "move within tabs, pills, sliders and lists",
        "Esc": "close a list, a drawer or a full screen",
    },
    "Tables": {
        "Arrow keys": "from cell to cell",
        "Enter": "look into a cell; where rows open something, open the first",
        "Ctrl + F": "search in the table",
        "Ctrl + C": "copy the chosen cells",
    },
    "Patients": {
        "J and K": "to the next and the previous patient of the list",
    },
    "Slides": {
        "Arrow keys": "move over the slide",
        "+ and −": "closer and farther",
        "0 and 1": "the whole slide, and one pixel of it on one of the screen",
        "[ and ]": "weaker and stronger map",
        "T": "show the map on tissue only",
        "N and P": "to the next and the previous of the tiles that weigh most",
        "F": "full screen",
    },
}

LICENCES = (
    ("Acinus", "Apache-2.0", "LICENSE"),
    ("OpenSeadragon (shipped in dashboard/viewer/front)", "BSD-3-Clause", "openseadragon-licence.txt"),
    ("plotly.js, its Cartesian part (shipped in dashboard/charts/front)", "MIT", "plotly-licence.txt"),
)
"""What is in the package; everything else is installed by its own package, with its own licence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One kind of thing in the data folder."""

    name: str
    path: str
    files: int
    size: str
    holds: str
    lost: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """One word and what it means here."""

    word: str
    meaning: str


def software() -> dict[str, str]:
    """Versions of what runs, and the machine that it runs on."""
    packages = versions() | {name: version(name) for name in PAGE_PACKAGES}
    machine = {name: text for name, text in hardware("").items() if text}
    acinus = packages.pop("acinus")
    return {
        "Acinus": acinus,
        "Commit": commit()[:COMMIT],
        **packages,
        **{f"Machine: {name}": machine[name] for name in machine},
    }


def places(data: Path) -> tuple[Place, ...]:
    """What lies in the data folder, and how large it is; what is not there yet is left out."""
    found = {name: tuple(sorted(data.glob(pattern))) for name, (pattern, _, _) in PLACES.items()}
    return tuple(_place(name, paths, data) for name, paths in found.items() if paths)


def _place(name: str, paths: Sequence[Path], data: Path) -> Place:
    pattern, holds, lost = PLACES[name]
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else (path,)) if file.is_file()]
    return Place(
        name=name,
        path=str((data / pattern).absolute()),
        files=len(files),
        size=size(sum(file.stat().st_size for file in files)),
        holds=holds,
        lost=lost,
    )


def size(count: int) -> str:
    """Bytes as people read them: `640 B`, `8.7 MB`, `1.2 TB`."""
    amount, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"


def citation(versions_: Mapping[str, str], *, year: int) -> str:
    """As a reference list has it."""
    return (
        f"The Acinus authors. Acinus: a clinical-research workbench for multimodal breast-cancer subtyping. "
        f"Version {versions_['Acinus']}, commit {versions_['Commit']}, {year}."
    )


def bibtex(versions_: Mapping[str, str], *, year: int) -> str:
    """For a reference manager."""
    return (
        f"@software{{acinus{year},\n"
        "  author  = {{The Acinus authors}},\n"
        "  title   = {Acinus: a clinical-research workbench for multimodal breast-cancer subtyping},\n"
        f"  version = {{{versions_['Acinus']}}},\n"
        f"  year    = {{{year}}},\n"
        f"  note    = {{Commit {versions_['Commit']}}}\n"
        "}"
    )


def glossary(text: str) -> tuple[Word, ...]:
    """The rows of docs/glossary.md and every measure, in alphabetical order."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if "|" in line]
    words = {row[0]: row[1] for row in rows[2:] if len(row) == 2}
    named = {metric.label: metric.sentence for metric in METRICS.values()}
    others = {metric_label(name): sentence for name, sentence in measures.OTHERS.items()}
    merged = {word.lower(): Word(word=_begun(word), meaning=_ended(meaning))
              for word, meaning in {**words, **others, **named}.items()}  # fmt: skip
    return tuple(merged[key] for key in sorted(merged))


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ended(text: str) -> str:
    return _begun(text) if text.endswith(".") else f"{_begun(text)}."


def sought(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """Words that hold the text, in themselves or in their meaning."""
    wanted = text.strip().lower()
    return tuple(one for one in words if wanted in f"{one.word} {one.meaning}".lower())
