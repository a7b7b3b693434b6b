"""Who lies near whom."""

import numpy as np

from core.explain import nearest, similarity


def _drawn(seed: int, patients: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(patients, 3, 5)).astype(np.float32)


def test_a_known_patient_is_nearest_to_itself():
    known = _drawn(0, 20)
    similar = similarity(known, known)
    np.testing.assert_allclose(np.diag(similar), 1.0, atol=1e-6)
    assert nearest(similar, count=4)[:, 0].tolist() == list(range(20))


def test_similarity_lies_between_minus_one_and_one_and_ignores_place_and_scale_of_each_network():
    asked, known = _drawn(1, 7), _drawn(2, 20)
    similar = similarity(asked, known)
    assert np.abs(similar).max() <= 1 + 1e-9
    shift = np.random.default_rng(3).normal(size=(1, 3, 5)) * 10
    scale = np.array([0.5, 2.0, 30.0])[None, :, None]
    np.testing.assert_allclose(similarity(asked * scale + shift, known * scale + shift), similar, atol=1e-5)


def test_fewer_known_patients_than_asked_for_are_all_listed():
    assert nearest(similarity(_drawn(1, 2), _drawn(2, 3)), count=10).shape == (2, 3)


def test_patients_who_all_lie_at_one_point_are_alike_to_nobody():
    assert (similarity(np.ones((2, 1, 4), np.float32), np.ones((3, 1, 4), np.float32)) == 0).all()
