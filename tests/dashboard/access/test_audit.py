"""The audit log: every line is found again, and every change of it is noticed."""

import json
import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import InputError
from dashboard.access.audit import AuditLog
from dashboard.access.visitors import Visitor

ADA = Visitor(name="ada", role="admin")


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    found = AuditLog(tmp_path)
    for place in range(12):
        found.note(ADA, "case kept" if place % 2 else "patient seen", run="r", case=f"{place:032x}")
    return found


def lines(data: Path) -> list[str]:
    return (data / "audit" / "log.jsonl").read_text().splitlines()


def test_what_is_noted_is_there_in_order_and_nothing_is_amiss(log: AuditLog) -> None:
    entries = list(log.entries())
    assert [one.number for one in entries] == list(range(1, 13)) and {one.who for one in entries} == {"ada"}
    assert log.faults() == ()


def test_fifty_changes_of_the_log_are_found_fifty_times(log: AuditLog, tmp_path: Path) -> None:
    path, whole, chance = tmp_path / "audit" / "log.jsonl", lines(tmp_path), random.Random(0)

    def edited(found: list[str]) -> list[str]:
        place = chance.randrange(len(found))
        content = json.loads(found[place])
        name = chance.choice(["time", "who", "role", "action", "run", "case", "outcome"])
        content[name] += "x"
        return [*found[:place], json.dumps(content), *found[place + 1 :]]

    def without(found: list[str]) -> list[str]:
        place = chance.randrange(len(found))
        return [*found[:place], *found[place + 1 :]]

    def moved(found: list[str]) -> list[str]:
        one, other = chance.sample(range(len(found)), 2)
        found = list(found)
        found[one], found[other] = found[other], found[one]
        return found

    def cut(found: list[str]) -> list[str]:
        return found[: chance.randrange(len(found))]

    def twice(found: list[str]) -> list[str]:
        place = chance.randrange(len(found))
        return [*found[: place + 1], *found[place:]]

    kinds: list[Callable[[list[str]], list[str]]] = [edited, without, moved, cut, twice]
    for turn in range(50):
        path.write_text("".join(f"{line}\n" for line in kinds[turn % 5](whole)))
        assert log.faults(), (turn, kinds[turn % 5])
    path.write_text("".join(f"{line}\n" for line in whole))
    assert log.faults() == ()


def test_a_power_failure_between_line_and_head_is_no_fault(log: AuditLog, tmp_path: Path) -> None:
    head = (tmp_path / "audit" / "head.json").read_text()
    log.note(ADA, "case deleted")
    (tmp_path / "audit" / "head.json").write_text(head)
    assert log.faults() == ()


def test_many_who_write_at_once_lose_no_line(tmp_path: Path) -> None:
    def write() -> None:
        for _ in range(20):
            AuditLog(tmp_path).note(ADA, "case kept")

    threads = [threading.Thread(target=write) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log = AuditLog(tmp_path)
    assert len(list(log.entries())) == 100 and log.faults() == ()


def test_a_patient_is_a_pseudonym_that_only_the_key_makes(log: AuditLog, tmp_path: Path) -> None:
    mine = log.pseudonym("TCGA-A2-A0CM")
    assert (
        mine == AuditLog(tmp_path).pseudonym("TCGA-A2-A0CM") != AuditLog(tmp_path / "other").pseudonym("TCGA-A2-A0CM")
    )
    assert (tmp_path / "audit" / "key").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_noted_is_refused(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("a file where the folder should be")
    with pytest.raises(InputError, match="nothing was done"):
        AuditLog(tmp_path).note(ADA, "case kept")
