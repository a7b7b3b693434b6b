"""Image features that come as a table: bags as the rows say, no value touched."""

import numpy as np
import pandas as pd
import pytest

from core.cohort.features import read_features
from core.cohort.sources import ImageSource
from core.errors import InputError

PATIENTS = ("P1", "P10", "P2")
TILES = pd.DataFrame(
    {
        "case": ["P1", "P1", "P1", "P10", "stranger"],
        "slide": ["a", "a", "b", "c", "d"],
        "x": [512, 0, 0, 0, 0],
        "y": [0, 0, 256, 0, 0],
        "side": [256, 256, 256, 512, 256],
        "area": [1.0, 2.0, 3.0, 4.0, 5.0],
        "cells": [10, 20, 30, 40, 50],
    }
)


@pytest.fixture
def read(tmp_path):
    """Write a frame as parquet and read it as features."""

    def write_and_read(frame, patient=None, index=False):
        path = tmp_path / "features.parquet"
        frame.to_parquet(path, index=index)
        return read_features(ImageSource(kind="features", path=path, patient=patient), PATIENTS)

    return write_and_read


def test_one_row_a_patient_is_one_bag_of_one_row_in_its_own_units(read):
    frame = pd.DataFrame({"size": [1e7, -2.0]}, index=pd.Index(["P1", "P2"], name="who"))
    table = read(frame, index=True)
    (bag,) = table.bags["P1"]
    assert bag.features.tolist() == [[1e7]] and bag.features.dtype == np.float32
    assert bag.origins is None and bag.side_px is None
    assert table.lost == {"P10": "no image features"}


def test_tiles_become_one_bag_a_slide_with_their_places(read):
    table = read(TILES)
    first, second = table.bags["P1"]
    assert (first.slide, second.slide) == ("a", "b")
    assert first.origins is not None and first.origins.tolist() == [[0, 0], [512, 0]]
    assert first.features.tolist() == [[2.0, 20.0], [1.0, 10.0]]
    assert (first.side_px, table.bags["P10"][0].side_px) == (256.0, 512.0)
    assert "P2" in table.lost and any("1 of no patient" in note for note in table.notes)


def test_rows_and_columns_in_any_order_give_the_same_bags(read):
    one, other = read(TILES), read(TILES.iloc[::-1, ::-1])
    for patient, bags in one.bags.items():
        for left, right in zip(bags, other.bags[patient], strict=True):
            assert left.encoder == right.encoder
            np.testing.assert_array_equal(left.features, right.features)
            np.testing.assert_array_equal(left.origins, right.origins)


def test_the_encoder_key_is_that_of_the_columns(read):
    frame = pd.DataFrame({"id": ["P1"], "size": [1.0]})
    key = read(frame).bags["P1"][0].encoder
    assert key.startswith("features-")
    assert read(frame.assign(size=2.0)).bags["P1"][0].encoder == key
    assert read(frame.rename(columns={"size": "area"})).bags["P1"][0].encoder != key


def test_gaps_and_texts_leave_their_column_out_and_are_told(read):
    frame = pd.DataFrame(
        {
            "id": ["P1", "P2"],
            "a": [1.0, np.nan],
            "b": [np.inf, 1],
            "c": [1e39, 1],
            "d": [1.0, 2.0],
            "stain": ["H&E", "HE"],
        }
    )
    table = read(frame)
    assert table.bags["P2"][0].features.tolist() == [[2.0]]
    notes = " ".join(table.notes)
    assert "3 left out for gaps or infinite values: a, b, c" in notes and "1 left out as text: stain" in notes


def test_barcodes_of_samples_are_joined_and_normal_tissue_left_out(tmp_path):
    path = tmp_path / "features.csv"
    path.write_text("sample,size\nTCGA-A2-A0CM-01A,1\nTCGA-BH-A0B1-11A,2\n")
    table = read_features(ImageSource(kind="features", path=path), ("TCGA-A2-A0CM", "TCGA-BH-A0B1"))
    assert list(table.bags) == ["TCGA-A2-A0CM"]
    assert table.lost == {"TCGA-BH-A0B1": "only features of normal tissue"}


def test_a_named_identifier_column_is_used(read):
    frame = pd.DataFrame({"first": ["P1", "P2"], "second": ["P2", "P1"], "size": [1.0, 2.0]})
    with pytest.raises(InputError, match=r"first, second.*\[images\] patient"):
        read(frame)
    assert read(frame, patient="second").bags["P1"][0].features.tolist() == [[2.0]]
    with pytest.raises(InputError, match=r'\[images\] patient.*"third"'):
        read(frame, patient="third")


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (TILES.drop(columns="y"), '"x" alone'),
        (TILES.assign(x=0.5), "row 2.*whole level-0 pixels"),
        (TILES.assign(side=0), "row 2.*side"),
        (TILES.drop(columns=["area", "cells"]), "no column of finite numbers"),
        (TILES.drop(columns=["case"]), "no column holds patient identifiers"),
        (TILES.assign(case="nobody"), "no column holds patient identifiers"),
    ],
)
def test_faults_are_told(read, frame, words):
    with pytest.raises(InputError, match=words):
        read(frame)
