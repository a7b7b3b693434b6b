"""Gene sets: GMT faults are told by line, and the shipped modules hold what they promise."""

import re

import pytest

from core.cohort import PAM50_GENES, read_gmt, shipped_modules
from core.cohort.gene_names import RENAMED
from core.errors import InputError


def test_a_gmt_file_is_read_in_its_order(tmp_path):
    (tmp_path / "sets.gmt").write_text("B\tabout\tTP53\tMYC\tTP53\t\n\nA\t\tESR1\n")
    sets = read_gmt(tmp_path / "sets.gmt")
    assert sets.source == "sets.gmt"
    assert list(sets.members.items()) == [("B", ("TP53", "MYC")), ("A", ("ESR1",))]


def test_outdated_symbols_are_put_under_todays(tmp_path):
    (tmp_path / "sets.gmt").write_text("A\tx\tCDCA1\tNUF2\n")
    assert read_gmt(tmp_path / "sets.gmt").members == {"A": ("NUF2",)}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"A\tx\tTP53\nB\tx\n", "line 2"),
        (b"A x TP53\n", "line 1"),
        (b"\tx\tTP53\n", "line 1"),
        (b"A\tx\tTP53\nA\ty\tMYC\n", 'line 2.*"A".*twice'),
        (b"\n\n", "no gene set"),
        (b"", "empty"),
        (b"A\tx\tTP53\xe9\n", "UTF-8"),
    ],
)
def test_faults_are_told_by_line(tmp_path, content, words):
    (tmp_path / "sets.gmt").write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_gmt(tmp_path / "sets.gmt")


def test_pam50_has_fifty_genes_under_todays_names():
    assert len(set(PAM50_GENES)) == 50
    assert not set(PAM50_GENES) & set(RENAMED)


def test_the_shipped_modules_are_many_distinct_and_of_todays_symbols():
    modules = shipped_modules()
    assert modules.source == "Acinus modules"
    assert len(modules.members) >= 25
    assert len({frozenset(genes) for genes in modules.members.values()}) == len(modules.members)
    for name, genes in modules.members.items():
        assert len(genes) >= 15, name
        assert not set(genes) & set(RENAMED), name
        assert all(re.fullmatch(r"[A-Z][A-Z0-9]*(orf\d+)?(-[A-Z0-9]+)*", gene) for gene in genes), name


def test_all_but_a_few_pam50_genes_are_in_some_module():
    covered = set().union(*shipped_modules().members.values())
    assert len(set(PAM50_GENES) - covered) <= 5
