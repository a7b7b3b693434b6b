"""Many cases as one CSV: a row each, what the leading model said and what has to be known with it."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from core.report.tables import safe, written

Row = dict[str, str | int | float | None]


def case_table(rows: Sequence[Mapping[str, str]], contents: Sequence[Mapping[str, Any]], classes: Sequence[str]) -> str:
    """Header and one row a case.

    Args:
        rows: how each case begins: name, folder, state, problem.
        contents: its prediction.json in the same order; empty where it has none.
        classes: of the outcome, in their order.
    """
    whole = [{**row, **_answer(content, classes)} for row, content in zip(rows, contents, strict=True)]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    heads = [*rows[0], *_heads(classes)]
    writer.writerow([safe(head) for head in heads])
    for row in whole:
        writer.writerow([written(row.get(head)) for head in heads])
    return buffer.getvalue()


def _heads(classes: Sequence[str]) -> list[str]:
    shares = [head for name in classes for head in (name, f"{name} low", f"{name} high")]
    return ["mode", "model", *shares, "possible", "refer", "out_of_distribution", "warnings", "tiles", "genes_missing"]


def _answer(content: Mapping[str, Any], classes: Sequence[str]) -> Row:
    if not content:
        return {}
    leading = content["models"][content["leading"]]
    row: Row = {"mode": content["mode"], "model": content["leading"]}
    for name in classes:
        low, high = leading["spread"][name]
        row |= {name: leading["probabilities"][name], f"{name} low": low, f"{name} high": high}
    possible, refer, expression = leading["possible"], leading["refer"], content["expression"]
    return row | {
        "possible": None if possible is None else " | ".join(possible),
        "refer": None if refer is None else "yes" if refer else "no",
        "out_of_distribution": " | ".join(one["of"] for one in content["distances"] if one["flagged"]),
        "warnings": " | ".join(one["name"] for one in content["checks"] if one["state"] == "warning"),
        "tiles": sum(one["tiles"] for one in content["slides"]) if content["slides"] else None,
        "genes_missing": None if expression is None else len(expression["missing"]),
    }
