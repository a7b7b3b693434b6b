"""Which slides may be looked at, and under which ids."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.results import Store, publish
from dashboard.viewer import known
from dashboard.viewer.known import find, ids, slide_id
from dashboard.views.attention import MEAN
from tests.stores import write_run


@pytest.fixture
def store(full_data: Path) -> Iterator[Store]:
    found = Store.open(full_data)
    assert found is not None
    with closing(found):
        yield found


@given(parts=st.lists(st.tuples(st.text(), st.text()), unique=True, max_size=30))
def test_ids_are_hexadecimal_and_those_of_different_slides_differ(parts: list[tuple[str, str]]):
    named = [slide_id(*(part.replace("\0", "") for part in pair)) for pair in parts]
    assert all(re.fullmatch("[0-9a-f]{24}", one) for one in named)
    assert len(set(named)) == len({tuple(part.replace("\0", "") for part in pair) for pair in parts})


def test_every_slide_of_every_run_is_found_by_its_own_id(store: Store, full_data: Path):
    keys = store.slide_keys()
    assert {key[0] for key in keys} == {"run-0", "run-1"}
    assert len({slide_id(*key) for key in keys}) == len(keys)
    for key in keys[:3] + keys[-3:]:
        slide = find(full_data, slide_id(*key))
        assert slide is not None and slide.path is not None and slide.path.stem == key[3]


def test_ids_come_in_the_order_of_the_attention(store: Store):
    for _, _, patient, _, _ in store.slide_keys("run-0"):
        named = [slide for slide, _ in ids(store, "run-0", patient)]
        assert named == [one.slide for one in store.run_folder("run-0").slides(patient)]
    assert ids(store, "run-0", "nobody") == ids(store, "nothing", "nobody") == ()


def test_shares_of_all_slides_of_a_patient_average_to_one(store: Store, full_data: Path):
    patients = [key[2] for key in store.slide_keys("run-0")]
    patient = next(one for one in patients if patients.count(one) == 2)
    slides = [find(full_data, named) for _, named in ids(store, "run-0", patient)]
    found = [slide.maps("fused", 0) for slide in slides if slide is not None]
    assert len(found) == 2 and all(one is not None and one.tokens[0] == MEAN for one in found)
    shares = np.concatenate([one.values for one in found if one is not None], axis=1)
    np.testing.assert_allclose(shares.mean(axis=1), 1, rtol=1e-5)


def test_a_newer_catalogue_has_its_own_slides(tmp_path: Path):
    write_run(tmp_path, name="first", patients=24, models=("image",), slides=True)
    publish(tmp_path)
    assert find(tmp_path, "0" * 24) is None

    def named(run: str) -> str:
        found = Store.open(tmp_path)
        assert found is not None
        with closing(found):
            return slide_id(*found.slide_keys(run)[0])

    first = named("first")
    before = find(tmp_path, first)
    write_run(tmp_path, name="second", seed=1, patients=24, models=("image",), slides=True)
    publish(tmp_path)
    after = find(tmp_path, first)
    assert before is not None and after is not None and before.version != after.version
    assert find(tmp_path, named("second")) is not None


def test_nothing_is_known_where_nothing_is_published(tmp_path: Path):
    assert find(tmp_path, "0" * 24) is None


def test_a_catalogue_is_gone_through_once_however_many_ask_at_once(full_data: Path):
    known._catalogue.cache_clear()  # pyright: ignore[reportPrivateUsage]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: find(full_data, "0" * 24), range(16))) == [None] * 16
    assert known._catalogue.cache_info().misses == 1  # pyright: ignore[reportPrivateUsage]
