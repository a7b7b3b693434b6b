"""Tables are read as they were written: no cell changes its meaning, and doubt is refused."""

import gzip
from datetime import datetime

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cohort import file_bytes
from core.cohort.tables import read_table
from core.errors import InputError


@pytest.fixture
def written(tmp_path):
    """Write bytes or text to a file and read it as a table."""

    def read(content, name="table.csv"):
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_table(file)

    return read


def refused(written, content, *words, name="table.csv"):
    with pytest.raises(InputError) as caught:
        written(content, name)
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_a_byte_order_mark_is_no_part_of_the_first_name(written):
    assert written(b"\xef\xbb\xbfgene,S1\nTP53,1\n").columns == ("gene", "S1")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig"])
def test_encodings_with_a_mark_are_read(written, encoding):
    assert written("gene,Größe\nTP53,é\n".encode(encoding)).text("Größe") == ("é",)


def test_a_gene_called_na_stays_a_gene(written):
    assert written("gene,S1\nNA,1\nnan,2\n").text("gene") == ("NA", "nan")


def test_decimal_commas_under_semicolons_are_numbers(written):
    table = written("gene;S1;S2\nTP53;1,5;-2\nMYC;3;,25\n")
    assert table.columns == ("gene", "S1", "S2")
    assert table.numbers("S1").tolist() == [1.5, 3.0]
    assert table.numbers("S2").tolist() == [-2.0, 0.25]


def test_mixed_decimal_signs_are_refused(written):
    refused(written, "gene;S1\nTP53;1,5\nMYC;1.5\n", "decimal commas and decimal points")


def test_a_decimal_comma_in_a_tab_table_is_no_number(written):
    with pytest.raises(InputError, match='row 2, column "S1"'):
        written("gene\tS1\nTP53\t1,5\n").numbers("S1")


def test_content_not_name_tells_the_delimiter(written):
    assert written("gene\tS1\nTP53\t1\n", "table.csv").columns == ("gene", "S1")
    assert written("gene,S1\nTP53,1\n", "table.tsv").columns == ("gene", "S1")


def test_a_delimiter_inside_quotes_does_not_count(written):
    table = written('id;"age, years"\nP1;"5;0"\n')
    assert table.columns == ("id", "age, years")
    assert table.text("age, years") == ("5;0",)


def test_a_comma_in_one_name_does_not_confuse_a_semicolon_table(written):
    assert written("id;age, years;er\nP1;50;x\nP2;51;y\n").columns == ("id", "age, years", "er")


def test_two_possible_delimiters_are_refused(written):
    refused(written, "a,b;c\n1,2;3\n", "semicolon and comma")


def test_one_column_is_refused(written):
    refused(written, "patient\nP1\n", "comma, semicolon or tab")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id,S1,S1\na,1,2\n", ['"S1"', "columns 2 and 3"]),
        ("id,S1,\na,1,2\n", ["column 3 has no name"]),
        ("id,S1\na,1\nb\nc,2\n", ["row 3", "1 cells", "names 2"]),
        ("id,S1\na,1\nb,2,3\n", ["row 3", "3 cells"]),
        ("# made by hand\nid,S1\na,1\nb\n", ["row 4"]),
        ('id,S1\na,1\n"b,2\nc,3\n', ["row 3", "quotation mark"]),
        ("S1,S2\na,1,2\nb,3,4\n", ["row 2", "first column has no name"]),
        ("id,S1\n", ["no rows"]),
        ("id,S1", ["no rows"]),
        ("", ["empty"]),
        ("\n\n", ["header"]),
        (b"id,S1\na,\0\n", ["NUL"]),
        (b"id,S1\na,1\ncaf\xe9,2\n", ["row 3", "UTF-8"]),
        (b"PK\x03\x04 but no zip", ["xlsx"]),
        (b"PAR1 but no table", ["parquet"]),
        (b"\x1f\x8b but no gzip", ["gzip"]),
    ],
)
def test_faulty_files_are_refused_with_their_place(written, content, words):
    refused(written, content, "table.csv", *words)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="there is no file"):
        read_table(tmp_path / "gone.csv")
    with pytest.raises(InputError, match="there is no file"):
        read_table(tmp_path)


def test_a_number_that_is_none_is_told_by_row_and_column(written):
    with pytest.raises(InputError, match='row 4, column "S1"'):
        written("# comment\ngene,S1\nTP53,1\nMYC,#DIV/0!\n").numbers("S1")


@pytest.mark.parametrize("cell", ["1_000", "1 000", "0x10", "1e", "²", "1,000,000"])
def test_what_only_looks_like_a_number_is_none(written, cell):
    with pytest.raises(InputError, match="expected a number"):
        written(f'gene\tS1\nTP53\t"{cell}"\n').numbers("S1")


@pytest.mark.parametrize("cell", ["", "NA", "nan", "[Not Available]", " n/a "])
def test_a_missing_token_is_nan(written, cell):
    numbers = written(f"gene,S1\nTP53,{cell}\nMYC,+2.5\n").numbers("S1")
    assert np.isnan(numbers[0])
    assert numbers[1] == 2.5


def test_windows_and_old_mac_line_ends_are_read(written):
    for end in ("\r\n", "\r", "\n"):
        assert written(end.join(["id,S1", "a,1", "b,2"])).text("S1") == ("1", "2")


def test_gzip_is_told_by_content(written):
    assert written(gzip.compress(b"id,S1\na,1\n"), "table.tsv").text("id") == ("a",)


def test_a_gzip_bomb_is_refused(written, monkeypatch):
    monkeypatch.setattr(file_bytes, "RATIO_FLOOR", 1 << 16)
    refused(written, gzip.compress(b"id,S1\n" + b"0,0\n" * 1_000_000), "unpacks to more than")


def test_a_cut_gzip_is_refused(written):
    refused(written, gzip.compress(b"id,S1\n" + bytes(range(48, 58)) * 500)[:-20], "damaged")


def test_a_workbook_is_read_as_text(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["id", "age", "seen"], ["P1", 50, datetime(2020, 5, 1)], ["P2", None, None], [None, None, None]):
        sheet.append(row)
    book.create_sheet("empty")
    book.save(tmp_path / "table.xlsx")
    table = read_table(tmp_path / "table.xlsx")
    assert table.columns == ("id", "age", "seen")
    assert table.text("age") == ("50", "")
    assert table.text("seen") == ("2020-05-01", "")


def test_a_workbook_with_two_tables_is_refused(tmp_path):
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("second")):
        sheet.append(["id", "age"])
        sheet.append(["P1", 50])
    book.save(tmp_path / "table.xlsx")
    with pytest.raises(InputError, match="exactly one sheet"):
        read_table(tmp_path / "table.xlsx")


def test_parquet_numbers_stay_numbers_and_nulls_are_gaps(tmp_path):
    frame = pd.DataFrame({"id": ["a", "b"], "x": [1.5, None], "n": [1, 2], "c": pd.Categorical(["u", "v"])})
    frame.to_parquet(tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet")
    assert table.numbers("x")[0] == 1.5 and np.isnan(table.numbers("x")[1])
    assert table.text("n") == ("1", "2")
    assert table.text("c") == ("u", "v")
    assert not table.is_text("x") and table.is_text("c")


def test_parquet_lists_are_refused(tmp_path):
    pd.DataFrame({"id": ["a"], "x": [[1, 2]]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match='"x" holds lists'):
        read_table(tmp_path / "t.parquet")


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)


@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6),
    sep=st.sampled_from([",", ";", "\t"]),
    packed=st.booleans(),
)
def test_any_cell_comes_back_as_it_was_written(tmp_path_factory, rows, sep, packed):
    file = tmp_path_factory.mktemp("cells") / "table.csv"
    text = pd.DataFrame(rows, columns=["first", "second"]).to_csv(sep=sep, index=False)
    file.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    numbers = sep == ";" and any("," in cell for row in rows for cell in row)
    if numbers:
        return  # decimal signs are another test's
    table = read_table(file)
    assert list(zip(table.text("first"), table.text("second"), strict=True)) == rows


@given(values=st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=8))
def test_numbers_come_back_exactly(tmp_path_factory, values):
    file = tmp_path_factory.mktemp("numbers") / "table.csv"
    file.write_text("id,x\n" + "".join(f"r,{value!r}\n" for value in values))
    assert read_table(file).numbers("x").tolist() == values
