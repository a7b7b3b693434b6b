"""Expression of one case: each check says what it found, or asks."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import InputError
from core.serving.checks import Check, Checklist, QuestionError
from core.serving.expression import CaseExpression, case_expression
from core.types import RunRecord
from tests.stores import GENES, run_record, small_dataset


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return run_record(small_dataset(patients=12), name="run")


def table(folder: Path, values: pd.DataFrame, *, name: str = "case.csv") -> Path:
    path = folder / name
    values.rename_axis("gene").to_csv(path, sep="\t" if name.endswith(".tsv") else ",")
    return path


def values(*, samples: int = 1, genes: tuple[str, ...] = GENES) -> pd.DataFrame:
    drawn = np.random.default_rng(3).uniform(1, 9, size=(len(genes), samples)).round(3)
    return pd.DataFrame(drawn, index=list(genes), columns=[f"S{place}" for place in range(samples)])


def read(
    path: Path, record: RunRecord, *, sample: str = "", unit: str = "", least: float = 0.8
) -> tuple[CaseExpression, dict[str, Check]]:
    checks = Checklist()
    checks.plan(image=False, genes=True)
    found = case_expression(path, record, checks, sample=sample, unit=unit, least=least)
    return found, {one.name: one for one in checks.checks}


@pytest.mark.parametrize("name", ["case.csv", "case.tsv"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_single_sample_is_read_from_any_table_either_way_round(
    tmp_path: Path, record: RunRecord, name: str, turned: bool
) -> None:
    given = values()
    found, checks = read(table(tmp_path, given.T if turned else given, name=name), record)
    expected = given.loc[list(record.genes), "S0"].to_numpy(dtype=np.float32)
    np.testing.assert_allclose(found.values[0], expected, rtol=1e-6)
    assert {checks[one].state for one in ("table", "sample", "unit", "coverage")} == {"passed"}
    assert checks["coverage"].sentence.startswith(f"{len(GENES)} of {len(GENES)} genes (100.0 %)")


def test_missing_genes_are_unknown_counted_and_named(tmp_path: Path, record: RunRecord) -> None:
    lost = ("ESR1", "KRT5")
    given = values(genes=tuple(gene for gene in GENES if gene not in lost))
    found, checks = read(table(tmp_path, given), record)
    assert set(found.coverage.missing) == set(lost) == set(checks["coverage"].genes)
    assert "2 missing genes were put at the training middle" in checks["coverage"].sentence
    unknown = [record.genes[place] for place in np.flatnonzero(np.isnan(found.values[0]))]
    assert set(unknown) == set(lost)


def test_too_few_genes_are_refused_and_still_named(tmp_path: Path, record: RunRecord) -> None:
    checks = Checklist()
    checks.plan(image=False, genes=True)
    path = table(tmp_path, values(genes=GENES[:5]))
    with pytest.raises(InputError, match=r"5 of 11 genes .* 80 % are needed"):
        case_expression(path, record, checks, sample="", unit="", least=0.8)
    failed = next(one for one in checks.checks if one.name == "coverage")
    assert failed.state == "failed" and set(failed.genes) == set(GENES[5:])
    found, _ = read(path, record, least=0.4)
    assert found.coverage.found == 5


def test_of_several_samples_one_has_to_be_named(tmp_path: Path, record: RunRecord) -> None:
    path = table(tmp_path, values(samples=3))
    with pytest.raises(QuestionError) as asked:
        read(path, record)
    assert (asked.value.asks, asked.value.choices) == ("sample", ("S0", "S1", "S2"))
    with pytest.raises(QuestionError, match="names none of the 3 samples"):
        read(path, record, sample="S9")
    found, checks = read(path, record, sample="S1")
    np.testing.assert_allclose(found.values[0], values(samples=3).loc[list(record.genes), "S1"], rtol=1e-6)
    assert checks["sample"].sentence == "The sample you named."


def test_what_is_amiss_with_another_sample_does_not_matter(tmp_path: Path, record: RunRecord) -> None:
    given = values(samples=2)
    given.loc["ESR1", "S1"] = np.nan
    found, _ = read(table(tmp_path, given), record, sample="S0")
    assert np.isfinite(found.values).all()


def test_counts_for_a_run_on_log2_are_asked_about_then_brought_to_it(tmp_path: Path, record: RunRecord) -> None:
    given = (values() * 1000).round()
    path = table(tmp_path, given)
    with pytest.raises(QuestionError) as asked:
        read(path, record)
    assert (asked.value.asks, asked.value.suggested) == ("unit", "counts")
    found, checks = read(path, record, unit="counts")
    per_million = given["S0"] / given["S0"].sum() * 1e6
    np.testing.assert_allclose(found.values[0], np.log2(per_million + 1).loc[list(record.genes)], rtol=1e-5)
    assert found.unit == "counts" and "counts per million" in checks["unit"].sentence


def test_a_unit_that_the_values_do_not_look_like_is_taken_with_a_warning(tmp_path: Path, record: RunRecord) -> None:
    _, checks = read(table(tmp_path, values()), record, unit="tpm")
    assert checks["unit"].state == "warning" and "look like log2" in checks["unit"].sentence


def test_repeated_genes_are_noted_and_the_orientation_is_said_once(tmp_path: Path, record: RunRecord) -> None:
    given = pd.concat([values(), values(genes=("ESR1",))])
    found, checks = read(table(tmp_path, given), record)
    assert found.notes == ("repeated rows of genes averaged: 1",)
    assert "genes in rows" in checks["table"].sentence
