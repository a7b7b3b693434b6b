"""The audit log: who did what, when, to which run or case; only ever added to, and without anything of a patient.

data/audit/log.jsonl   one line a deed: number, time (UTC), who, role, action, run, case, outcome, and a seal
data/audit/head.json   number and seal of the last line, so that lines cut off the end are missed
data/audit/key         32 random bytes, readable by the server's user alone

Each seal is an HMAC-SHA256 of its line and the seal before: a line that is changed, removed, put in or moved no longer
fits. Who can read the key can forge the log; keep a copy of the head elsewhere where that matters.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.errors import InputError
from dashboard.access.visitors import Visitor

BEGIN = "0" * 64
"""Seal before the first line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One line."""

    number: int
    """From 1."""
    time: str
    who: str
    role: str
    action: str
    run: str
    case: str
    """Id of a case; of a patient, what `AuditLog.pseudonym` makes of them."""
    outcome: str


class AuditLog:
    """The log of a data folder; every server and command of it writes to the same."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "audit"
        self._file, self._head = self._folder / "log.jsonl", self._folder / "head.json"

    def note(self, visitor: Visitor, action: str, *, run: str = "", case: str = "", outcome: str = "done") -> None:
        """Adds a line and waits until it lies on the disk.

        Raises:
            InputError: it cannot be written: then what was asked for must not be done.
        """
        try:
            with self._alone():
                number, seal = self._last()
                entry = Entry(
                    number=number + 1,
                    time=datetime.now(UTC).isoformat(timespec="milliseconds"),
                    who=visitor.name,
                    role=visitor.role,
                    action=action,
                    run=run,
                    case=case,
                    outcome=outcome,
                )
                self._add(entry, seal)
        except OSError as error:
            raise InputError(
                f"the audit log in {self._folder} cannot be written ({error.strerror}), so nothing was done; make room "
                "there, or let the server's user write to it"
            ) from error

    def entries(self) -> Iterator[Entry]:
        """All lines in their order; see `faults` for whether they can be believed."""
        for line in self._lines():
            content = json.loads(line)
            yield Entry(**{name: value for name, value in content.items() if name != "seal"})

    def faults(self) -> tuple[str, ...]:
        """What does not fit, in sentences; none when the log is as it was written."""
        found, number, seal = list[str](), 0, BEGIN
        for place, line in enumerate(self._lines(), start=1):
            content = _read(line)
            if content is None or content.get("seal") != self._seal(content, seal):
                found.append(f"line {place} was changed, moved or put in, or a line before it is missing")
                return tuple(found)
            number, seal = int(content["number"]), str(content["seal"])
        last = self._last()
        # a line may lie there whose number was not yet noted when the power failed; never the other way round
        if last[0] > number or (last[0] == number and last[1] != seal):
            found.append(f"{last[0]:,} lines were written and {number:,} are there: lines were cut off the end")
        return tuple(found)

    def pseudonym(self, patient: str) -> str:
        """Stands for a patient in the log: the same each time, and told from a name by nobody without the key."""
        return hmac.new(self._key(), f"patient {patient}".encode(), hashlib.sha256).hexdigest()[:16]

    def _add(self, entry: Entry, seal: str) -> None:
        content = asdict(entry)
        content["seal"] = self._seal(content, seal)
        with os.fdopen(os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
            file.write(json.dumps(content) + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh = self._folder / f".head.tmp-{os.getpid()}"
        fresh.write_text(json.dumps({"number": entry.number, "seal": content["seal"]}))
        fresh.replace(self._head)

    def _seal(self, content: Mapping[str, Any], before: str) -> str:
        told = json.dumps({name: value for name, value in content.items() if name != "seal"}, sort_keys=True)
        return hmac.new(self._key(), f"{before}{told}".encode(), hashlib.sha256).hexdigest()

    def _last(self) -> tuple[int, str]:
        try:
            content = json.loads(self._head.read_text())
        except FileNotFoundError:
            return 0, BEGIN
        return int(content["number"]), str(content["seal"])

    def _lines(self) -> list[str]:
        try:
            return self._file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _key(self) -> bytes:
        path = self._folder / "key"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = self._folder / f".key.tmp-{secrets.token_hex(8)}"
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(32))
            try:
                # of two who make one, the first one's holds
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
            return path.read_bytes()

    @contextmanager
    def _alone(self) -> Generator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self._folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _read(line: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
