"""What a comparison could have shown."""

import pytest

from core.evaluation.power import STANDARD_ERRORS, detectable


def test_it_is_2_8_standard_errors():
    assert pytest.approx(1.959964 + 0.841621, abs=1e-6) == STANDARD_ERRORS
    assert detectable(0.01) == pytest.approx(0.0280, abs=1e-4)


def test_patients_that_do_not_vary_say_nothing():
    assert detectable(0.0) is None
