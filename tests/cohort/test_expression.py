"""Expression tables: the same numbers whichever way the table lies, and no number made up."""

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cohort import read_expression
from core.errors import InputError

FRAME = pd.DataFrame(
    {"S1": [1.0, 2.0, -3.0], "S2": [4.0, 5.5, 6.0]}, index=pd.Index(["ESR1", "KRT5", "MKI67"], name="gene")
)


@pytest.fixture
def written(tmp_path):
    """Write a text or frame and read it as expression."""

    def read(content, *, unit="zscore", name="expression.csv", **kwargs):
        file = tmp_path / name
        file.write_text(content if isinstance(content, str) else content.to_csv())
        return read_expression(file, unit=unit, **kwargs)

    return read


def test_both_orientations_give_the_same(written):
    rows, columns = written(FRAME), written(FRAME.T)
    assert rows.samples == columns.samples == ("S1", "S2")
    assert rows.genes == columns.genes == ("ESR1", "KRT5", "MKI67")
    np.testing.assert_array_equal(rows.values, columns.values)
    assert "genes in rows (found out)" in rows.notes[0] and "samples in rows (found out)" in columns.notes[0]


@given(
    genes=st.permutations(["ESR1", "KRT5", "MKI67", "AAA1", "ZZZ9"]),
    samples=st.permutations(["P1", "P10", "P2", "MYC"]),
    turned=st.booleans(),
)
def test_orientation_is_never_confused_and_order_never_matters(tmp_path_factory, genes, samples, turned):
    # a patient called like a gene must not turn the table
    def cell(gene, sample):
        return sum(map(ord, gene)) + len(sample) / 10 + ord(sample[-1]) / 1000

    frame = pd.DataFrame([[cell(g, s) for s in samples] for g in genes], index=genes, columns=samples)
    file = tmp_path_factory.mktemp("turned") / "expression.csv"
    (frame.T if turned else frame).to_csv(file)
    read = read_expression(file, unit="zscore", patients=["P1", "P2", "P10", "P11"])
    assert read.samples == ("MYC", "P1", "P10", "P2")
    assert read.genes == ("AAA1", "ESR1", "KRT5", "MKI67", "ZZZ9")
    expected = [[cell(g, s) for g in read.genes] for s in read.samples]
    np.testing.assert_array_equal(read.values, np.array(expected, np.float32))


def test_undecidable_and_contradictory_tables_ask_for_the_orientation(written):
    unknown = pd.DataFrame([[1.0, 2.0]], index=["x1"], columns=["y1", "y2"])
    with pytest.raises(InputError, match=r"orientation = \"genes-in-rows\""):
        written(unknown)
    with pytest.raises(InputError, match="orientation"):
        written(FRAME, patients=["ESR1"])  # rows hold genes and a patient alike
    assert written(unknown, orientation="genes-in-rows").genes == ("x1",)
    assert written(unknown, orientation="samples-in-rows").samples == ("x1",)


def test_one_sample_is_enough(written):
    read = written("gene,case\nESR1,5\nKRT5,7\n", unit="log2")
    assert (read.samples, read.genes, read.values.tolist()) == (("case",), ("ESR1", "KRT5"), [[5.0, 7.0]])


def test_a_table_without_header_is_refused(written):
    with pytest.raises(InputError, match="add a header"):
        written("TP53,1.5\nESR1,5.25\n")
    with pytest.raises(InputError, match="add a header"):
        written("x,1.5\nESR1,5.25\n")


def test_genes_asked_for_come_in_their_order_and_missing_ones_are_told_not_made_up(written):
    read = written(FRAME, genes=["MKI67", "TP53", "ESR1"])
    assert read.genes == ("MKI67", "ESR1")
    assert read.missing == ("TP53",)
    assert read.values[0].tolist() == [-3.0, 1.0]


def test_counts_become_log2_cpm_over_all_genes_of_the_table(written):
    read = written("gene,S1\nESR1,1\nKRT5,3\nMKI67,0\n", unit="counts", genes=["ESR1", "MKI67"])
    np.testing.assert_allclose(read.values[0], np.log2([250_001, 1]), rtol=1e-6)
    assert read.unit == "log2"


def test_tpm_is_logged_and_other_units_stay(written):
    np.testing.assert_allclose(written("gene,S1\nESR1,7\n", unit="tpm").values, [[3.0]])
    assert written("gene,S1\nESR1,7\n", unit="log2").values.tolist() == [[7.0]]
    assert written("gene,S1\nESR1,-7\n", unit="zscore").unit == "zscore"


def test_clipping_comes_after_logarithms_and_is_counted(written):
    read = written("gene,S1\nESR1,7\nKRT5,1023\n", unit="tpm", clip=5.0)
    assert read.values.tolist() == [[3.0, 5.0]]
    assert any("1 of 2 cells clipped to +-5" in note for note in read.notes)


@pytest.mark.parametrize(
    ("unit", "text", "words"),
    [
        ("counts", "gene,S1\nESR1,-1\nKRT5,3\n", ["ESR1", "S1", "negative"]),
        ("tpm", "gene,S1\nESR1,1\nKRT5,-3\n", ["KRT5", "S1", "negative"]),
        ("log2", "gene,S1\nESR1,1\nKRT5,5321\n", ["KRT5", "S1", "too large for log2"]),
        ("counts", "gene,S1,S2\nESR1,1,0\nKRT5,5,0\n", ["S2", "no counts"]),
        ("log2", "gene,S1,S2\nESR1,,1\nKRT5,5,2\n", ["ESR1", "S1", "no finite value", "1 such"]),
        ("log2", "gene,S1\nESR1,inf\nKRT5,5\n", ["ESR1", "S1"]),
        ("zscore", "gene,S1\nESR1,1e39\nKRT5,5\n", ["ESR1", "S1", "no finite value"]),
        ("log2", "gene,S1\nESR1,#DIV/0!\nKRT5,5\n", ["row 2", '"S1"']),
        ("log2", "gene,S1\nENSG00000091831,1\nENSG00000186081.12,5\nESR1,1\n", ["2 of 3", "Ensembl"]),
        ("log2", "gene,S1\n2099,1\n3852,2\nESR1,1\n", ["2 of 3", "Entrez"]),
        ("log2", "gene,S1\nESR1|2099,1\nKRT5|3852,2\nMYC,3\n", ["2 of 3", "SYMBOL|IDENTIFIER"]),
        ("log2", "gene,S1\n1-Sep,1\nESR1,2\n", ["1-Sep", "spreadsheet"]),
        ("log2", "sample,ESR1\nS1,1\nS1,2\n", ['"S1"', "2 times"]),
        ("log2", "gene,S1,S1\nESR1,1,2\n", ['"S1"', "columns 2 and 3"]),
        ("log2", "gene,entrez\nESR1,2099\n", ["no values"]),
        ("log2", "sample,ESR1\n,1\n", ["no name"]),
        ("log2", "gene,S1\nESR1,\n", ["every gene is empty"]),
    ],
)
def test_faults_are_told_by_gene_sample_or_row(written, unit, text, words):
    with pytest.raises(InputError) as caught:
        written(text, unit=unit)
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_gene_without_value_in_a_single_sample_is_left_to_whoever_serves_it(written):
    assert written("gene,S1\nESR1,\nKRT5,5\n", genes=["ESR1", "KRT5"]).missing == ("ESR1",)


def test_zscores_without_a_negative_value_are_refused(written):
    genes = ["ESR1", *(f"G{row}" for row in range(11))]
    frame = pd.DataFrame(np.ones((12, 12)), index=genes, columns=[f"S{column}" for column in range(12)])
    with pytest.raises(InputError, match="no z-scores"):
        written(frame)


def test_repeated_genes_are_summed_or_averaged_by_unit(written):
    text = "gene,S1,S2\nESR1,1,2\nKRT5,5,5\nESR1,3,4\n"
    read = written(text, unit="log2")
    assert read.values.tolist() == [[2.0, 5.0], [3.0, 5.0]]
    assert any("repeated rows of genes averaged: 1" in note for note in read.notes)
    summed = written(text, unit="tpm")
    np.testing.assert_allclose(summed.values, np.log2(np.array([[4, 5], [6, 5]]) + 1), rtol=1e-6)


def test_annotation_columns_nameless_rows_and_empty_genes_are_left_out_and_told(written):
    read = written("Hugo_Symbol,Entrez_Gene_Id,S1,S2\nESR1,2099,1,2\n,100,1,1\nKRT5,3852,NA,NA\n", unit="log2")
    assert read.genes == ("ESR1",)
    notes = " ".join(read.notes)
    assert (
        "Entrez_Gene_Id" in notes and "rows without a gene name: 1" in notes and "genes without any value: 1" in notes
    )


def test_outdated_symbols_are_renamed_unless_todays_is_there(written):
    assert written("gene,S1\nCDCA1,1\nESR1,2\n", unit="log2").genes == ("ESR1", "NUF2")
    assert written("gene,S1\nCDCA1,1\nNUF2,2\n", unit="log2").genes == ("CDCA1", "NUF2")


def test_a_gene_called_na_is_a_gene(written):
    assert written("gene,S1\nNA,1\nESR1,2\n", unit="log2").genes == ("ESR1", "NA")


def test_every_format_gives_the_same(tmp_path):
    FRAME.to_csv(tmp_path / "a.tsv", sep="\t")
    (tmp_path / "a.tsv.gz").write_bytes(gzip.compress((tmp_path / "a.tsv").read_bytes()))
    FRAME.to_csv(tmp_path / "b.csv", sep=";", decimal=",")
    FRAME.to_parquet(tmp_path / "a.parquet")
    FRAME.to_excel(tmp_path / "a.xlsx")
    reads = [
        read_expression(tmp_path / name, unit="zscore")
        for name in ("a.tsv", "a.tsv.gz", "b.csv", "a.parquet", "a.xlsx")
    ]
    assert len({(read.samples, read.genes, read.values.tobytes()) for read in reads}) == 1
