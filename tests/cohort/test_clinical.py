"""The clinical table: who has an outcome, a site and which covariates, and why the others have none."""

import pytest

from core.cohort.clinical import read_clinical, read_labels, read_sites
from core.cohort.covariates import read_covariates
from core.cohort.sources import ClinicalSource, CovariateSource, OutcomeSpec, SiteSource
from core.errors import InputError

CLASSES = {"no": ("A",), "yes": ("B", "C")}


@pytest.fixture
def clinical(tmp_path):
    """Read a clinical table given as text."""

    def read(text, missing=()):
        (tmp_path / "clinical.csv").write_text(text)
        return read_clinical(ClinicalSource(path=tmp_path / "clinical.csv", patient="id", missing=missing))

    return read


def covariates(table, **columns):
    events = columns.pop("event_values", ())
    rows, notes = read_covariates(table, CovariateSource(columns=columns, event_values=events), outcome="er")
    return rows, notes


def test_a_patient_in_two_rows_is_refused_with_both_rows(clinical):
    with pytest.raises(InputError, match='"P1" stands in rows 2 and 4'):
        clinical("id,er\nP1,A\nP2,B\nP1,A\n")


def test_a_row_without_patient_is_refused(clinical):
    with pytest.raises(InputError, match=r"row 3.*blank"):
        clinical("id,er\nP1,A\nNA,B\n")


def test_a_patient_column_that_is_not_there_is_told_with_those_that_are(tmp_path):
    (tmp_path / "clinical.csv").write_text("case,er\nP1,A\n")
    with pytest.raises(InputError, match=r"\[clinical\] patient.*\"id\".*case, er"):
        read_clinical(ClinicalSource(path=tmp_path / "clinical.csv", patient="id"))


def test_every_patient_has_a_class_or_a_reason(clinical):
    table = clinical("id,er\nP1,A\nP2, B \nP3,C\nP4,D\nP5,\nP6,[Not Available]\nP7,equivocal\n", missing=("Equivocal",))
    labels = read_labels(table, OutcomeSpec(column="er", classes=CLASSES))
    assert labels.label == {"P1": 0, "P2": 1, "P3": 1}
    assert labels.lost["P4"] == 'er is "D", which no class lists'
    assert {labels.lost[patient] for patient in ("P5", "P6", "P7")} == {"no value in er"}


def test_a_class_that_nobody_has_is_refused_with_the_values_there_are(clinical):
    table = clinical("id,er\nP1,A\nP2,b\n")
    with pytest.raises(InputError, match=r'"yes".*A, b'):
        read_labels(table, OutcomeSpec(column="er", classes=CLASSES))


def test_a_class_of_missing_values_is_refused(clinical):
    with pytest.raises(InputError, match=r'"unknown".*means "no value"'):
        read_labels(clinical("id,er\nP1,A\n"), OutcomeSpec(column="er", classes={"a": ("A",), "b": ("unknown",)}))


def test_an_outcome_column_that_is_not_there_is_told(clinical):
    with pytest.raises(InputError, match=r"\[outcome\] column.*\"grade\".*id, er"):
        read_labels(clinical("id,er\nP1,A\n"), OutcomeSpec(column="grade", classes=CLASSES))


def test_own_values_become_classes_in_alphabetical_order(clinical):
    table = clinical("id,er\nP1,Positive\nP2,Negative\nP3,NA\n")
    assert read_labels(table, OutcomeSpec(column="er", classes={})).classes == ("Negative", "Positive")


@pytest.mark.parametrize("count", [1, 11])
def test_one_or_more_than_ten_own_values_are_refused(clinical, count):
    table = clinical("id,er\n" + "".join(f"P{row},v{row % count}\n" for row in range(30)))
    with pytest.raises(InputError, match=rf"--outcome.*{count} distinct values"):
        read_labels(table, OutcomeSpec(column="er", classes={}))


def test_sites_come_from_a_column_or_the_barcode(clinical):
    table = clinical("id,centre\nTCGA-A2-A0CM,01\nTCGA-BH-A0B1,\nother,02\n")
    assert read_sites(table, SiteSource(column="centre")) == (
        {"TCGA-A2-A0CM": "01", "other": "02"},
        {"TCGA-BH-A0B1": "no value in centre"},
    )
    sites, lost = read_sites(table, SiteSource(from_barcode=True))
    assert sites == {"TCGA-A2-A0CM": "A2", "TCGA-BH-A0B1": "BH"}
    assert lost == {"other": "the identifier is no TCGA barcode"}
    assert read_sites(table, SiteSource()) == (dict.fromkeys(table.patients, ""), {})


def test_barcode_sites_without_any_barcode_are_refused(clinical):
    with pytest.raises(InputError, match=r"\[site\] from.*column"):
        read_sites(clinical("id,er\nP1,A\n"), SiteSource(from_barcode=True))


def test_columns_keep_their_names_and_are_numbers_only_when_wholly_so(clinical):
    rows, _ = covariates(clinical("id,er,age,stage,code,mixed\nP1,A,50,II,007,1\nP2,B,,X,12,two\n"))
    assert rows["P1"] == {"age": 50.0, "stage": "II", "code": "007", "mixed": "1"}
    assert rows["P2"] == {"age": None, "stage": "X", "code": "12", "mixed": "two"}


def test_decimal_commas_are_understood_in_covariates(clinical):
    rows, _ = covariates(clinical("id;er;age\nP1;A;50,5\nP2;B;61\n"), age="age")
    assert rows["P1"]["age"] == 50.5


@pytest.mark.parametrize(
    ("cell", "event"),
    [("1:DECEASED", 1.0), ("0:LIVING", 0.0), ("Dead", 1.0), ("alive", 0.0), ("1", 1.0), ("0.0", 0.0), ("NA", None)],
)
def test_usual_codings_of_events_are_understood(clinical, cell, event):
    rows, _ = covariates(clinical(f"id,er,os,months\nP1,A,{cell},3\n"), time="months", event="os")
    assert (rows["P1"]["event"], rows["P1"]["time"]) == (event, 3.0)


def test_an_unknown_coding_asks_for_its_values(clinical):
    table = clinical("id,er,os,months\nP1,A,relapse,3\nP2,A,none,4\n")
    with pytest.raises(InputError, match=r'row 2, column "os".*event_values'):
        covariates(table, time="months", event="os")
    rows, _ = covariates(table, time="months", event="os", event_values=("relapse",))
    assert (rows["P1"]["event"], rows["P2"]["event"]) == (1.0, 0.0)


@pytest.mark.parametrize(("name", "cell"), [("age", "fifty"), ("age", "-3"), ("time", "-1"), ("time", "x")])
def test_impossible_ages_and_times_are_told_by_row(clinical, name, cell):
    table = clinical(f"id,er,value,os\nP1,A,5,1\nP2,A,{cell},0\n")
    columns = {"age": "value"} if name == "age" else {"time": "value", "event": "os"}
    with pytest.raises(InputError, match=rf'row 3, column "value" \({name}\)'):
        covariates(table, **columns)


def test_a_covariate_column_that_is_not_there_names_the_key(clinical):
    with pytest.raises(InputError, match=r'\[covariates\] age.*"years"'):
        covariates(clinical("id,er\nP1,A\n"), age="years")


def test_columns_that_give_way_to_a_standard_name_are_told(clinical):
    rows, notes = covariates(clinical("id,er,stage,clean,event\nP1,A,x,II,?\n"), stage="clean")
    assert rows["P1"] == {"clean": "II", "stage": "II"}
    assert len(notes) == 2 and '"stage" gives way' in notes[0] and '"event" is not used' in notes[1]
