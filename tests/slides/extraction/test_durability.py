"""Nothing is lost and nothing is done twice, whatever is killed, by however many processes."""

import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import PIL.Image
import pytest

from core.errors import InputError
from core.slides import read_bag
from core.slides.extraction import Order, extract_bags, extract_features, states
from core.slides.extraction.states import MOST_ATTEMPTS, read_state
from tests.slides.conftest import ColourEncoder, paint, write_pyramid
from tests.slides.extraction import jobs

FOLDER = "colour-1"


def _slides(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        picture = paint(384, 320, tissue=(64, 64, 320, 256), seed=number)
        write_pyramid(folder / f"s{number:03d}.tif", picture, levels=1)
    return folder


@pytest.fixture(scope="module")
def slides(tmp_path_factory) -> Path:
    """Twelve slides of a dozen tiles."""
    return _slides(tmp_path_factory.mktemp("few") / "slides", 12)


def _bags(features: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (features / FOLDER).glob("*.h5")}


def _states(slides: Path, features: Path) -> list[states.SlideState | None]:
    order = jobs.order(features)
    stems = [
        states.job_stem(patient.slides[0], tiles=order.tiles, encoder=order.key) for patient in jobs.patients(slides)
    ]
    return [read_state(features / FOLDER, stem) for stem in stems]


@pytest.fixture(scope="module")
def undisturbed(slides, tmp_path_factory) -> dict[str, bytes]:
    features = tmp_path_factory.mktemp("whole")
    extract_features(jobs.patients(slides), jobs.order(features), progress=False)
    return _bags(features)


def test_a_killed_job_leaves_whole_bags_and_goes_on_to_the_same_bytes(slides, undisturbed, tmp_path):
    job = jobs.start(slides, tmp_path)
    while job.poll() is None and len(list(tmp_path.rglob("*.h5"))) < 3:
        time.sleep(0.01)
    assert jobs.kill(job), "killed before it was done"
    kept = _bags(tmp_path)
    assert 3 <= len(kept) < len(undisturbed)
    for file in tmp_path.rglob("*.h5"):
        read_bag(file)
    assert "running" in {state.status for state in _states(slides, tmp_path) if state}
    summary = extract_features(jobs.patients(slides), jobs.order(tmp_path), progress=False)
    assert (summary.kept, summary.made) == (len(kept), len(undisturbed) - len(kept))
    assert _bags(tmp_path) == undisturbed and kept.items() <= undisturbed.items()
    assert {state.status for state in _states(slides, tmp_path) if state} == {"done"}
    assert not list(tmp_path.rglob("*.lock"))


@pytest.mark.slow
def test_twenty_kills_at_random_moments_change_no_byte_and_repeat_no_slide(tmp_path):
    slides, features = _slides(tmp_path / "slides", 60), tmp_path / "features"
    moments, kills, first_seen = random.Random(0), 0, dict[str, int]()
    while kills < 20:
        job = jobs.start(slides, features, seconds_a_batch=0.08)
        time.sleep(moments.uniform(0, 1.2))
        assert jobs.kill(job), f"done after {kills} kills: the job is too short for this test"
        kills += 1
        for file in features.rglob("*.h5"):
            assert first_seen.setdefault(file.name, file.stat().st_mtime_ns) == file.stat().st_mtime_ns
    assert 5 < len(first_seen) < 60, "some were done, some not"
    extract_features(jobs.patients(slides), jobs.order(features), progress=False)
    for file in features.rglob("*.h5"):
        assert first_seen.setdefault(file.name, file.stat().st_mtime_ns) == file.stat().st_mtime_ns
    extract_features(jobs.patients(slides), jobs.order(tmp_path / "whole"), progress=False)
    assert _bags(features) == _bags(tmp_path / "whole") and len(_bags(features)) == 60


@pytest.mark.parametrize("wanted", [signal.SIGTERM, signal.SIGINT], ids=["terminated", "interrupted"])
def test_an_interrupted_job_says_so_and_puts_its_slides_back(slides, tmp_path, wanted):
    job = jobs.start(slides, tmp_path, seconds_a_batch=4.0)  # the signal ends the wait; a busy machine does not
    while job.poll() is None and not list(tmp_path.rglob("*.h5")):
        time.sleep(0.01)
    job.send_signal(wanted)
    _, told = job.communicate(timeout=60)
    assert "interrupted" in told and job.returncode == 130
    found = {state.status for state in _states(slides, tmp_path) if state}
    # the bag may be there a moment before its state says so
    assert found in ({"done", "queued"}, {"queued"})
    assert not list(tmp_path.rglob("*.lock"))


def test_processes_that_share_a_folder_share_the_work(slides, undisturbed, tmp_path):
    shards = [jobs.begin(slides, tmp_path, shard=f"{number}/3", seconds_a_batch=0.3) for number in (1, 2, 3)]
    told = [jobs.ready(job).communicate(timeout=60)[1] for job in shards]
    assert [job.returncode for job in shards] == [0, 0, 0]
    made = [int(lines.split("slides: ")[1].split()[0]) for lines in told]
    assert sum(made) == len(undisturbed) and min(made) >= 1
    assert _bags(tmp_path) == undisturbed


def test_a_process_alone_does_what_the_other_shards_left(slides, undisturbed, tmp_path):
    job = jobs.start(slides, tmp_path, shard="2/3", seconds_a_batch=0.0)
    assert "12 extracted" in job.communicate(timeout=60)[1]
    assert _bags(tmp_path) == undisturbed


def test_a_whole_call_waits_for_slides_of_others_and_takes_over_from_the_dead(slides, undisturbed, tmp_path):
    job = jobs.start(slides, tmp_path, seconds_a_batch=0.05)
    while job.poll() is None and not list(tmp_path.rglob("*.h5")):
        time.sleep(0.01)
    holder = subprocess.Popen(
        [sys.executable, "-c", f"import time, os, signal; time.sleep(0.5); os.kill({job.pid}, signal.SIGKILL)"]
    )
    bags, lost, _ = extract_bags(jobs.patients(slides), jobs.order(tmp_path), progress=False)
    holder.wait()
    job.communicate()
    assert len(bags) == len(undisturbed) and not lost
    assert _bags(tmp_path) == undisturbed


class _Murderer(ColourEncoder):
    """Kills the process that reads, once, as soon as tiles come from it."""

    def __call__(self, tiles):
        if not self.asked:
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            for pid in children:
                if "extraction.reader" in Path(f"/proc/{pid}/cmdline").read_text():
                    os.kill(int(pid), signal.SIGKILL)
        return super().__call__(tiles)


def test_a_reader_that_dies_costs_the_slide_it_reads_and_no_other(slides, tmp_path):
    order = Order(tiles=jobs.TILES, encoder=_Murderer(), features=tmp_path)
    summary = extract_features(jobs.patients(slides), order, progress=False)
    assert summary.made >= 10 and summary.made + len(summary.failures) == 12
    assert all("the reader was ended by SIGKILL over it" in reason for reason in summary.failures)
    again = extract_features(jobs.patients(slides), order, progress=False)
    assert again.kept == summary.made and not again.failures


def test_a_slide_that_failed_three_times_is_tried_again_only_when_asked_or_changed(tmp_path):
    slides = tmp_path / "slides"
    slides.mkdir()
    file = write_pyramid(slides / "blank.tif", paint(384, 320, tissue=None), levels=1)
    order = jobs.order(tmp_path)
    for turn in range(1, MOST_ATTEMPTS + 2):
        (reason,) = extract_features(jobs.patients(slides), order, progress=False).failures
        (state,) = _states(slides, tmp_path)
        assert state is not None and state.status == "failed" and "shows no tissue" in state.reason
        assert state.failures == min(turn, MOST_ATTEMPTS)
        assert ("--retry" in reason) == (turn > MOST_ATTEMPTS)
    retried = Order(tiles=order.tiles, encoder=order.encoder, features=tmp_path, retry=True)
    (reason,) = extract_features(jobs.patients(slides), retried, progress=False).failures
    assert "--retry" not in reason
    write_pyramid(file, paint(384, 320, tissue=(64, 64, 320, 256)), levels=1)
    assert extract_features(jobs.patients(slides), order, progress=False).made == 1


def test_a_failed_slide_keeps_its_picture_and_what_was_seen_of_it(tmp_path):
    slides = tmp_path / "slides"
    slides.mkdir()
    write_pyramid(slides / "blank.tif", paint(384, 320, tissue=None), levels=1)
    extract_features(jobs.patients(slides), jobs.order(tmp_path), progress=False)
    (state,) = _states(slides, tmp_path)
    assert state is not None and state.quality is not None
    assert state.quality["area_mm2"]["glass"] > 0 and state.quality["tiles"]["glass"] > 0
    assert len(list((tmp_path / FOLDER).glob("blank-*.jpg"))) == 1


def test_a_state_that_cannot_be_read_costs_nothing(slides, undisturbed, tmp_path):
    extract_features(jobs.patients(slides), jobs.order(tmp_path), progress=False)
    for number, file in enumerate(sorted((tmp_path / FOLDER).glob("s*.json"))):
        file.write_bytes([b"", b"{", b"[]", b'{"slide": 1}'][number % 4])
    summary = extract_features(jobs.patients(slides), jobs.order(tmp_path), progress=False)
    assert not summary.failures and _bags(tmp_path) == undisturbed
    assert {state.status for state in _states(slides, tmp_path) if state} == {"done"}


_FULL = """
import resource, signal, sys
from pathlib import Path
from core.errors import InputError
from core.slides.extraction import extract_features
from core.slides.extraction.readers import Readers
from tests.slides.extraction import jobs
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
order = jobs.order(Path(sys.argv[2]))
with Readers(1):
    pass  # started before the limit, which their shared memory would meet too
resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))
try:
    extract_features(jobs.patients(Path(sys.argv[1])), order, progress=False)
except InputError as error:
    print(error)
"""


@pytest.mark.parametrize("most", [300, 9000])
def test_a_full_disk_stops_with_a_message_and_loses_nothing(slides, undisturbed, tmp_path, most):
    """The limit on a file's size stands for the disk: the first lets states through or not, the second no bag."""
    few = jobs.patients(slides)[:3]
    extract_features(few, jobs.order(tmp_path), progress=False)
    before = _bags(tmp_path)
    code = _FULL.format(most=most)
    done = subprocess.run(
        [sys.executable, "-c", code, str(slides), str(tmp_path)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert "cannot be written" in done.stdout and "make room" in done.stdout
    assert before.items() <= _bags(tmp_path).items() <= undisturbed.items()
    extract_features(jobs.patients(slides), jobs.order(tmp_path), progress=False)
    assert _bags(tmp_path) == undisturbed


def test_memory_of_a_reader_is_bounded():
    code = (
        "from core.slides.extraction.reader import bounded; import resource; bounded(); "
        "print(resource.getrlimit(resource.RLIMIT_DATA)[0]); bytearray(9 << 30)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert int(done.stdout) == 8 << 30 and "MemoryError" in done.stderr
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] != 8 << 30, "only in the reader"


def test_a_work_list_tells_which_slides_belong_together(slides, tmp_path):
    from core.slides.extraction import Asked

    asked = Asked(name="My cohort", settings={"cohort": "somewhere"})
    extract_features(jobs.patients(slides), jobs.order(tmp_path), asked=asked, progress=False)
    (worklist,) = states.read_worklists(tmp_path)
    assert (worklist.name, worklist.folder, worklist.settings) == ("My cohort", FOLDER, {"cohort": "somewhere"})
    found = states.read_states(tmp_path, worklist)
    assert [state.slide for state in found] == [item.slide for item in worklist.items]
    assert {state.status for state in found} == {"done"} and all(state.tiles == 12 for state in found)
    assert all(json.dumps(state.quality) for state in found)


def test_a_folder_that_cannot_be_written_says_so(slides, tmp_path):
    (tmp_path / "colour-1").write_text("a file in place of the folder")
    with pytest.raises(InputError, match="cannot be made"):
        extract_features(jobs.patients(slides), jobs.order(tmp_path), progress=False)


def test_a_new_way_of_cutting_makes_every_bag_again(slides, tmp_path, monkeypatch):
    before = states.job_stem(jobs.patients(slides)[0].slides[0], tiles=jobs.TILES, encoder="e")
    monkeypatch.setattr("core.slides.extraction.states.VERSION", 1_000_000)
    assert states.job_stem(jobs.patients(slides)[0].slides[0], tiles=jobs.TILES, encoder="e") != before


def test_what_is_known_of_a_slide_outlives_its_state_and_a_copy(slides, tmp_path):
    extract_features(jobs.patients(slides), jobs.order(tmp_path), progress=False)
    known = [state.quality for state in _states(slides, tmp_path) if state]
    for file in (tmp_path / FOLDER).glob("*.json"):
        file.unlink()
    for file in slides.iterdir():
        os.utime(file)
    assert extract_features(jobs.patients(slides), jobs.order(tmp_path), progress=False).failures == ()
    assert [state.quality for state in _states(slides, tmp_path) if state] == known and len(known) == 12


def test_a_reader_that_died_while_it_had_nothing_to_do_costs_no_slide(slides, undisturbed, tmp_path):
    few = jobs.patients(slides)[:1]
    extract_features(few, jobs.order(tmp_path), progress=False)
    for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        if "extraction.reader" in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(int(pid), signal.SIGKILL)
    assert not extract_features(jobs.patients(slides), jobs.order(tmp_path), progress=False).failures
    assert _bags(tmp_path) == undisturbed


def test_a_machine_that_allows_less_memory_is_taken_at_its_word():
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_DATA, (6 << 30, 6 << 30)); "
        "from core.slides.extraction.reader import bounded; bounded(); "
        "print(resource.getrlimit(resource.RLIMIT_DATA)[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == 6 << 30


def test_a_picture_that_breaks_its_decoder_stops_no_other_slide(slides, tmp_path):
    """Pillow raises a SyntaxError at a PNG whose chunks are broken."""
    folder = tmp_path / "slides"
    folder.mkdir()
    buffer = io.BytesIO()
    PIL.Image.fromarray(paint(384, 320, tissue=(64, 64, 320, 256))).save(buffer, format="PNG")
    content = bytearray(buffer.getvalue())
    at = content.index(b"IDAT")
    content[at : at + 4] = b"ID\0T"
    (folder / "a-broken.tif").write_bytes(content)
    for file in sorted(slides.iterdir())[:2]:
        (folder / file.name).write_bytes(file.read_bytes())
    summary = extract_features(jobs.patients(folder), jobs.order(tmp_path), progress=False)
    assert summary.made == 2 and len(summary.failures) == 1


def test_sweeping_beside_other_processes_never_fails(tmp_path):
    """Drafts of locks and states come and go while a folder is looked through."""
    from core.slides.extraction.extract import _sweep
    from core.slides.extraction.locks import Locks

    stop = False

    def work() -> None:
        with Locks(tmp_path) as locks:
            while not stop:
                locks.take("slide")
                locks.give_back("slide")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(300):
            _sweep(tmp_path)
    finally:
        stop = True
        thread.join()
