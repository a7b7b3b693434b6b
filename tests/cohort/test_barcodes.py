"""Samples and slides find their patient, and never another's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cohort.barcodes import join_samples, join_slides, owners, parse_barcode, require_some
from core.errors import InputError

PATIENT = "TCGA-A2-A0CM"


@pytest.mark.parametrize(
    ("text", "patient", "sample_type", "vial"),
    [
        ("TCGA-A2-A0CM", PATIENT, None, None),
        ("TCGA-A2-A0CM-01", PATIENT, 1, None),
        ("TCGA-A2-A0CM-06B", PATIENT, 6, "B"),
        ("TCGA-A2-A0CM-01Z-00-DX1", PATIENT, 1, "Z"),
        ("TCGA-A2-A0CM-01Z-00-DX1.2ECB4B0D-1A9B-4A34-9F5D-0D9D5D9E1B55", PATIENT, 1, "Z"),
        ("TCGA.A2.A0CM.01A.11R", PATIENT, 1, "A"),
        ("tcga-a2-a0cm-11a", PATIENT, 11, "A"),
    ],
)
def test_barcodes_are_read_at_every_level(text, patient, sample_type, vial):
    code = parse_barcode(text)
    assert code is not None
    assert (code.patient, code.site, code.sample_type, code.vial) == (patient, "A2", sample_type, vial)


@pytest.mark.parametrize("text", ["P1", "TCGA-A2", "TCGA-A2-A0CMX", "TCGA-A2-A0CM-1", "XTCGA-A2-A0CM", "TCGA-A2-A0CM-"])
def test_other_identifiers_are_no_barcodes(text):
    assert parse_barcode(text) is None


@pytest.mark.parametrize(
    ("samples", "used"),
    [
        (["-06A", "-01A"], "-01A"),
        (["-11A", "-06A"], "-06A"),
        (["-01B", "-01A"], "-01A"),
        (["-01A-12R", "-01A-11R"], "-01A-11R"),
        (["-02A", "-06A"], "-02A"),
        (["-01B", ""], ""),
    ],
)
def test_of_several_samples_the_stated_one_is_used(samples, used):
    join = join_samples([PATIENT + sample for sample in samples], [PATIENT], what="expression")
    assert join.chosen == {PATIENT: (PATIENT + used,)}


def test_several_samples_are_told_with_the_rule():
    join = join_samples(
        [f"{PATIENT}-01A", f"{PATIENT}-06A", f"{PATIENT}-11A", "stranger"], [PATIENT], what="expression"
    )
    assert any("patients with several samples: 1" in note and "primary tumour" in note for note in join.notes)
    assert any("1 of no patient" in note and "1 of normal tissue" in note for note in join.notes)


def test_normal_tissue_is_never_used():
    join = join_samples([f"{PATIENT}-11A"], [PATIENT], what="expression")
    assert not join.chosen
    assert join.normal_only == {PATIENT}
    assert not join_slides([f"{PATIENT}-11A-01-TS1"], [PATIENT], what="images").chosen


def test_a_clinical_table_of_samples_joins_at_that_level():
    patients = [f"{PATIENT}-01", f"{PATIENT}-06"]
    join = join_samples([f"{PATIENT}-01A", f"{PATIENT}-06A"], patients, what="expression")
    assert join.chosen == {patients[0]: (f"{PATIENT}-01A",), patients[1]: (f"{PATIENT}-06A",)}


def test_a_sample_of_other_identifiers_joins_exactly_or_not_at_all():
    assert join_samples(["P1", "P10", "P2-T"], ["P1", "P2"], what="expression").chosen == {"P1": ("P1",)}


def test_one_patient_never_takes_anothers_slide():
    patients = ["P1", "P10", "P1-2"]
    names = ["P1", "P1_a", "P10", "P10_a", "P100", "P1-2", "P1-2.b", "P1-20", "P1b", "xP1"]
    assert owners(names, patients) == {
        **dict.fromkeys(["P1", "P1_a", "P1-20"], "P1"),
        **dict.fromkeys(["P10", "P10_a"], "P10"),
        **dict.fromkeys(["P1-2", "P1-2.b"], "P1-2"),
    }


def test_all_slides_of_a_patient_are_kept_and_diagnostic_ones_come_first():
    names = [f"{PATIENT}-01A-01-TS1", f"{PATIENT}-01A-01-BSA", f"{PATIENT}-01Z-00-DX2", f"{PATIENT}-01Z-00-DX1"]
    join = join_slides(names, [PATIENT], what="images")
    assert join.chosen[PATIENT] == (names[3], names[2], names[1], names[0])
    assert any("frozen sections" in note for note in join.notes)


def test_a_file_of_strangers_is_refused_with_one_name_of_each_side():
    join = join_samples(["PT01-T"], ["PT01"], what="expression")
    with pytest.raises(InputError, match=r'"PT01-T".*"PT01"'):
        require_some(join, ["PT01-T"], ["PT01"], where="table.csv")


IDENTIFIERS = st.text("P019-_ab", min_size=1, max_size=5)


@given(patients=st.sets(IDENTIFIERS, min_size=1, max_size=8), names=st.sets(IDENTIFIERS, max_size=12))
def test_a_name_belongs_to_one_patient_whom_it_starts_with(patients, names):
    for name, patient in owners(names, sorted(patients)).items():
        assert name == patient or (name.startswith(patient) and not name[len(patient)].isalnum())
        longer = [other for other in patients if len(other) > len(patient) and name.startswith(other)]
        assert all(other != name and name[len(other)].isalnum() for other in longer)


@given(st.permutations(["P1", "P10", f"{PATIENT}-01A", f"{PATIENT}-01B", f"{PATIENT}-06A"]))
def test_the_order_of_samples_does_not_matter(samples):
    join = join_samples(samples, ["P1", PATIENT], what="expression")
    assert join.chosen == {"P1": ("P1",), PATIENT: (f"{PATIENT}-01A",)}
