"""What it takes to make the run again."""

import json
from collections.abc import Mapping

from core.report.document import Column, Paragraph, Section, Table
from core.report.findings import Findings
from core.types import Json


def provenance(findings: Findings) -> Section:
    """Command, code, versions, machine, data and every option."""
    record = findings.record
    rows = [
        ("Command", record.command),
        ("Commit", record.commit),
        ("Started", record.started),
        ("Seed", str(record.config.get("seed", "not recorded"))),
        ("Cohort folder", record.cohort_folder),
        ("Cohort fingerprint", f"SHA-256 {record.cohort}"),
        ("Image encoder", record.encoder),
        *((f"Machine: {name}", value) for name, value in record.hardware.items()),
        *((f"Version: {name}", value) for name, value in record.versions.items()),
    ]
    text = (
        "The fingerprint is taken over the cohort's manifest and the files it names. Each fit is seeded by run, "
        "repeat, fold and network and computed on one thread, so the same machine gives the same numbers."
    )
    return Section(
        title="Reproduction",
        blocks=(
            Paragraph(text=text),
            _pairs(rows, name="provenance", title="Code, machine and data.", heads=("What", "Recorded")),
            _pairs(
                _options({**record.config, "evaluation": findings.judged}),
                name="options",
                title="Every option of the run.",
                heads=("Option", "Value"),
            ),
        ),
    )


def _pairs(rows: list[tuple[str, str]], *, name: str, title: str, heads: tuple[str, str]) -> Table:
    return Table(name=name, title=title, columns=tuple(Column(head=head) for head in heads), rows=tuple(rows))


def _options(config: Mapping[str, Json]) -> list[tuple[str, str]]:
    """One row an option; those of a stage under its name."""
    flat: list[tuple[str, str]] = []
    for name, value in config.items():
        if isinstance(value, Mapping):
            flat += [(f"{name}.{inner}", _plain(one)) for inner, one in value.items()]
        else:
            flat.append((name, _plain(value)))
    return flat or [("none", "none recorded")]


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)
