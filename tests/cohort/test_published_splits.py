"""Published splits are read in every layout, and what is unclear is refused."""

import pytest

from core.cohort.published_splits import read_published
from core.errors import InputError


def test_a_row_for_each_patient_and_fold_in_anyones_words(tmp_path):
    file = tmp_path / "splits.tsv"
    file.write_text(
        "Case ID\tSplit\tFold\tSite\tLabel\n"
        "P1\tTraining\t1\tnorth\tLumA\nP2\tVAL\t1\tsouth\tBasal\nP3\thold-out\t1\tsouth\t\n"
        "P3\ttrain\t2\tsouth\tNA\nP1\ttest\t2\tnorth\tLumA\n"
    )
    split = read_published([file])
    assert [fold.name for fold in split.folds] == ["fold 1", "fold 2"]
    assert split.folds[0].parts == {"train": ("P1",), "validation": ("P2",), "test": ("P3",)}
    assert split.site == {"P1": "north", "P2": "south", "P3": "south"}
    assert split.label == {"P1": "LumA", "P2": "Basal"}


def test_columns_of_slides_of_different_lengths_are_one_fold_a_file(tmp_path):
    for fold in (0, 1):
        (tmp_path / f"splits_{fold}.csv").write_text(
            ",train,val,test\n"
            f"0,TCGA-A2-A0C{fold}-01Z-00-DX1,TCGA-BH-A0B1-01Z-00-DX1,TCGA-E2-A0E1-01A\n"
            f"1,TCGA-A2-A0C{fold}-01Z-00-DX2.svs,,\n2,TCGA-AR-A0A1,,\n"
        )
    split = read_published([tmp_path / "splits_0.csv", tmp_path / "splits_1.csv"])
    assert [fold.name for fold in split.folds] == ["splits_0", "splits_1"]
    assert split.folds[1].parts["train"] == ("TCGA-A2-A0C1", "TCGA-AR-A0A1")
    assert split.folds[0].parts["validation"] == ("TCGA-BH-A0B1",)
    assert split.site["TCGA-E2-A0E1"] == "E2"
    assert split.label == {}


def test_a_table_that_only_says_where_each_patient_is_tested_learns_from_the_others(tmp_path):
    file = tmp_path / "folds.csv"
    file.write_text("patient,fold\nP1,0\nP2,1\nP3,2\n")
    split = read_published([file])
    assert [fold.parts["test"] for fold in split.folds] == [("P1",), ("P2",), ("P3",)]
    assert split.folds[1].parts["train"] == ("P1", "P3")
    assert split.site == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("patient,part\nP1,trian\nP2,test\n", ["row 2", '"trian"', "train, validation or test"]),
        ("patient,part\n,train\nP2,test\n", ["row 2", "patient is blank"]),
        ("patient,part\nP1,train\nP2,train\n", ["nobody in validation or test"]),
        ("patient,part\nP1,val\nP2,test\n", ["nobody in train"]),
        ("a,b\n1,2\n", ["is no split", "it has: a, b"]),
        ("id,train,val\nP1,True,False\nP2,False,True\n", ["true and false", "lists identifiers"]),
        ("patient,part,site\nP1,train,N\nP1,test,S\n", ["row 3", '"site"', "make them agree"]),
    ],
)
def test_what_is_unclear_is_refused_in_one_sentence(tmp_path, text, words):
    file = tmp_path / "splits.csv"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_published([file])
    assert all(word in str(caught.value) for word in words), str(caught.value)
