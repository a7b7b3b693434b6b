"""What a prediction looked at, after a round trip through explanations.h5."""

import numpy as np

from core.results.arrays import hdf5
from core.results.explanations import explanations_file, read_explanation
from core.types import Explanation


def explanation_of(genes):
    """An explanation with or without attributions of genes."""
    return Explanation(
        tile_attention=None,
        token_attention=np.array([0.25, 0.75], np.float32),
        contributions=None,
        tokens=(),
        sets=("one", "two"),
        gene_attributions=genes,
    )


def test_gene_attributions_come_back_for_those_who_have_them(tmp_path):
    genes = np.random.default_rng(0).normal(size=(2, 1558)).astype(np.float32)
    path = tmp_path / "explanations.h5"
    written = {"A": explanation_of(genes[0]), "B": explanation_of(None), "C": explanation_of(genes[1])}
    path.write_bytes(explanations_file(written))
    for patient, one in written.items():
        read = read_explanation(path, patient=patient)
        if one.gene_attributions is None:
            assert read.gene_attributions is None
        else:
            np.testing.assert_array_equal(read.gene_attributions, one.gene_attributions)
        np.testing.assert_array_equal(read.token_attention, one.token_attention)


def test_a_file_written_before_there_were_gene_attributions_is_read(tmp_path):
    path = tmp_path / "explanations.h5"
    entry = {"names": 0, "tile_attention": None, "token_attention": [0, 2], "contributions": None}
    path.write_bytes(
        hdf5({"names": [[[], ["one", "two"]]], "patients": {"A": entry}}, {"token_attention": np.ones(2, np.float32)})
    )
    assert read_explanation(path, patient="A").gene_attributions is None
