"""The run-time shape checks are alive: a wrong shape fails where it enters, not three rooms later."""

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from core.types import Bag


def test_a_bag_with_one_dimensional_features_is_refused_by_its_annotation() -> None:
    with pytest.raises(TypeCheckError):
        Bag(slide="s", features=np.zeros(3, np.float32), encoder="e")
