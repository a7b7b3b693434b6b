"""A cohort's ready-made bags: what is damaged is left out with its reason, what does not belong together is refused."""

import numpy as np
import pytest

from core.errors import InputError
from core.slides.bags import read_bags
from core.types import Patient, SlideRef
from tests.slides.bags.test_foreign import FEATURES, write_clam, write_trident


def _patient(id: str, *files) -> Patient:
    slides = tuple(SlideRef(id=f"{id}-{place}", path=file) for place, file in enumerate(files))
    return Patient(id=id, label=0, site="A", slides=slides, covariates={})


def test_each_patient_has_the_bags_of_their_files(tmp_path):
    first, second, third = (write_trident(tmp_path / name, FEATURES + place) for place, name in enumerate("abc"))
    bags, lost = read_bags([_patient("P1", first, second), _patient("P2", third)])
    assert lost == () and [len(bags[id]) for id in ("P1", "P2")] == [2, 1]
    np.testing.assert_array_equal(bags["P2"][0].features, FEATURES + 2)


def test_a_patient_is_lost_only_when_no_file_is_a_bag(tmp_path):
    sound, broken = write_trident(tmp_path / "a"), tmp_path / "broken.h5"
    broken.write_bytes(b"not HDF5")
    patients = [_patient("P1", broken, sound), _patient("P2", broken, tmp_path / "gone.h5"), _patient("P3")]
    bags, lost = read_bags(patients)
    assert list(bags) == ["P1"] and len(bags["P1"]) == 1
    assert [(one.patient, one.stage) for one in lost] == [("P2", "tiles"), ("P3", "tiles")]
    assert "broken.h5 is damaged" in lost[0].reason and "gone.h5 is not there" in lost[0].reason


def test_bags_of_two_encoders_or_lengths_are_refused(tmp_path):
    uni, short = write_trident(tmp_path / "a"), write_trident(tmp_path / "b", FEATURES[:, :3])
    other = write_clam(tmp_path / "virchow")
    for mixed, words in ((other, "4 features a tile by virchow"), (short, "3 features a tile by uni_v1")):
        with pytest.raises(InputError, match=rf"two encoders .* 4 features a tile by uni_v1 and {words}"):
            read_bags([_patient("P1", uni), _patient("P2", mixed)])
