"""Genes from elsewhere on the panel of a run: what is there keeps its value, what is missing is counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.serving.alignment import covered, on_panel, require

SYMBOLS = st.lists(st.sampled_from([f"G{place}" for place in range(40)]), unique=True, min_size=1)


@given(genes=SYMBOLS, panel=SYMBOLS)
def test_each_gene_keeps_its_value_and_each_missing_one_is_unknown(genes: list[str], panel: list[str]) -> None:
    values = np.arange(len(genes), dtype=np.float32)[None]
    aligned = on_panel(values, genes, panel, what="it", least=0.0)
    for column, gene in enumerate(panel):
        if gene in genes:
            assert aligned[0, column] == values[0, genes.index(gene)]
        else:
            assert np.isnan(aligned[0, column])


@given(genes=SYMBOLS, panel=SYMBOLS)
def test_found_and_missing_make_up_the_panel(genes: list[str], panel: list[str]) -> None:
    found = covered(genes, panel)
    assert found.found + len(found.missing) == found.panel == len(panel)
    assert set(found.missing) == set(panel) - set(genes)
    assert list(found.missing) == [gene for gene in panel if gene in found.missing]


@given(genes=SYMBOLS, panel=SYMBOLS, least=st.floats(0.01, 1.0))
def test_it_is_refused_exactly_where_less_than_asked_is_there(genes: list[str], panel: list[str], least: float) -> None:
    coverage = covered(genes, panel)
    if coverage.found < least * len(panel):
        with pytest.raises(InputError, match=f"{coverage.found} of {len(panel)} genes"):
            require(coverage, what="it", least=least)
    else:
        require(coverage, what="it", least=least)
