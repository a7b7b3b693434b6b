"""Open slides are few, used by one thread at a time, and never those of another file."""

import gc
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from dashboard.viewer.pixels import Reader
from dashboard.viewer.readers import FileKey, Readers
from dashboard.viewer.recent import Recent
from dashboard.viewer.refusal import RefusedError
from tests.dashboard.viewer.kinds import KINDS, SCAN, decoded
from tests.slides.conftest import write_pyramid

WAIT_S = 20


def keys(folder: Path, count: int) -> list[FileKey]:
    return [FileKey.of(write_pyramid(folder / f"{number}.tif", SCAN, levels=1)) for number in range(count)]


def test_no_more_slides_stay_open_than_allowed_and_none_is_used_twice_at_once(tmp_path: Path):
    known, readers = keys(tmp_path, 5), Readers(most=3)
    used, lock, twice, most = set[int](), threading.Lock(), list[int](), list[int]()

    def work(seed: int) -> None:
        for step in range(12):
            with readers.borrowed(known[(seed + step) % len(known)]) as reader:
                with lock:
                    twice.extend({id(reader)} & used)
                    used.add(id(reader))
                assert len(reader.tile(reader.facts.levels - 1, 0, 0)) > 100
                most.append(readers.number)
                with lock:
                    used.discard(id(reader))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    # one for each of the four threads at once, and no idle ones beside them
    assert not twice and max(most) <= 4 and readers.number == 3
    readers.close()
    assert readers.number == 0


def test_heavy_slides_are_closed_before_light_ones_would_be(tmp_path: Path):
    known = keys(tmp_path, 4)
    probing = Readers()
    weight = probing.facts(known[0]).weight
    probing.close()
    readers = Readers(most=100, most_bytes=2 * weight)
    for key in known:
        readers.facts(key)
    assert readers.number == 2
    readers.close()


def test_a_picture_that_is_held_whole_is_opened_once_however_many_ask(tmp_path: Path):
    key, readers = FileKey.of(KINDS["picture.png"](tmp_path / "a.png")), Readers()
    seen, start = list[Reader](), threading.Barrier(6)

    def work(_: int) -> None:
        start.wait(WAIT_S)
        for _ in range(5):
            with readers.borrowed(key) as reader:
                seen.append(reader)
                reader.tile(0, 0, 0)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert len(set(map(id, seen))) == 1 and readers.number == 1
    readers.close()


def test_a_slide_of_tiles_is_read_by_several_threads_at_once(tmp_path: Path):
    [key], readers = keys(tmp_path, 1), Readers(of_one_slide=2)
    readers.facts(key)
    both = threading.Barrier(2)

    def work(_: int) -> None:
        with readers.borrowed(key):
            both.wait(WAIT_S)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    assert readers.number == 2
    readers.close()


def test_what_cannot_be_opened_or_read_keeps_nothing_open_and_nobody_waiting(tmp_path: Path):
    broken, [whole], readers = tmp_path / "a.tif", keys(tmp_path, 1), Readers(of_one_slide=1)
    broken.write_bytes(b"II*\0 not a slide")
    for _ in range(3):
        with pytest.raises(InputError), readers.borrowed(FileKey.of(broken)):
            pass
        with pytest.raises(InputError, match="torn"), readers.borrowed(whole):
            raise InputError("torn")
    assert readers.number == 0
    readers.close()


@pytest.mark.parametrize("kind", ["pyramid.tif", "lzw.tif", "mirax.mrxs", "dicom", "ngff.zarr"])
def test_another_file_at_its_place_is_opened_anew(tmp_path: Path, kind: str):
    path, readers = KINDS[kind](tmp_path / kind), Readers()
    before = FileKey.of(path)
    assert before == FileKey.of(path)
    readers.facts(before)
    file = path if path.is_file() else next(one for one in sorted(path.rglob("*")) if one.is_file())
    os.utime(file, ns=(1, 1))
    if kind == "ngff.zarr":  # its chunks are too many to be looked at
        os.utime(path, ns=(1, 1))
    assert FileKey.of(path) != before
    readers.facts(FileKey.of(path))
    assert readers.number == 2
    with readers.borrowed(FileKey.of(path)) as reader:
        assert decoded(reader.tile(0, 0, 0)).any()
    readers.close()


def test_a_file_that_changes_while_it_is_opened_is_not_taken_for_the_old_one(tmp_path: Path):
    [key], readers = keys(tmp_path, 1), Readers()
    os.utime(key.path, ns=(1, 1))
    with pytest.raises(RefusedError, match="try again"):
        readers.facts(key)
    assert readers.number == 0


def test_a_file_that_is_gone_is_told_without_its_name(tmp_path: Path):
    for path in (tmp_path / "TCGA-AA-0001.svs", tmp_path / "TCGA-AA-0001.mrxs", tmp_path / "P1.zarr", None):
        with pytest.raises(RefusedError) as told:
            FileKey.of(path)
        assert "TCGA" not in str(told.value) and str(tmp_path) not in str(told.value)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted by Linux's own list")
@pytest.mark.parametrize("kind", ["pyramid.tif", "lzw.tif", "leica.scn", "dicom"])
def test_a_closed_slide_leaves_no_file_open(tmp_path: Path, kind: str):
    path = KINDS[kind](tmp_path / kind)

    def opened() -> int:
        gc.collect()
        return sum(tmp_path in link.readlink().parents for link in Path("/proc/self/fd").iterdir() if link.exists())

    for _ in range(3):
        readers = Readers()
        with readers.borrowed(FileKey.of(path)) as reader:
            reader.tile(reader.facts.levels - 1, 0, 0)
        readers.close()
        del reader
        assert opened() == 0


@given(sizes=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50)), max_size=60))
def test_what_is_kept_never_outgrows_its_bytes_and_the_last_used_stays(sizes: list[tuple[int, int]]):
    kept, held = Recent(most_bytes=100), dict[int, int]()
    for name, size in sizes:
        kept.put(name, b"x" * size)
        held[name] = size
        assert kept.get(name) == b"x" * size
        assert sum(len(content) for key in held if (content := kept.get(key)) is not None) <= 100


def test_what_was_asked_for_lately_is_kept_longest():
    kept = Recent(most_bytes=2)
    kept.put("a", b"1")
    kept.put("b", b"2")
    assert kept.get("a") == b"1"
    kept.put("c", b"3")
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (b"1", None, b"3")
