"""A lock file per slide, for processes on any number of machines that share a folder.

The file is made with O_EXCL and names its owner: machine, boot, process, and when that process began. It is stale when
its owner is known to be gone (same machine, no such process any more) or, for an owner on another machine, when it has
not been touched for ten minutes by the file server's own clock; owners touch their locks every half minute.

Should two processes still come to hold one slide (a machine that slept), both write the same bag, whole: work is lost,
nothing else.
"""

import contextlib
import json
import os
import socket
import threading
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from core.errors import InputError

TOUCH_S = 30.0
STALE_S = 600.0
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SPACE = Path("/proc/self/ns/pid")
_START_FIELD = 19
"""Of /proc/PID/stat, counted after the command's closing bracket: when the process began, in ticks since boot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """A process that can be told from every other one, later ones of the same number too."""

    host: str
    boot: str
    """Differs after each start of the machine; empty where the system does not tell."""
    pid: int
    began: int
    """Ticks since boot; 0 where the system does not tell."""
    space: str = ""
    """Containers of one machine may number their processes apart: only in one's own space a number means something."""

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"

    @classmethod
    def here(cls) -> "Owner":
        """This process."""
        boot = _BOOT.read_text().strip() if _BOOT.is_file() else ""
        space = str(_SPACE.readlink()) if _SPACE.is_symlink() else ""
        return cls(host=socket.gethostname(), boot=boot, pid=os.getpid(), began=_began(os.getpid()) or 0, space=space)

    def gone(self) -> bool | None:
        """Whether the process has ended; None when that cannot be seen from here."""
        here = Owner.here()
        if self.host != here.host:
            return None
        if self.boot != here.boot:
            return True
        if self.space != here.space:
            return None
        began = _began(self.pid)
        return began is None or began != self.began


class Locks:
    """The locks this process holds in one folder. Use it in a `with` statement: entering it clears what the dead left
    behind, leaving it gives all of them back."""

    def __init__(self, folder: Path, *, touch_s: float = TOUCH_S, stale_s: float = STALE_S) -> None:
        self.owner = Owner.here()
        self._folder = folder
        self._touch_s, self._stale_s = touch_s, stale_s
        self._held: set[Path] = set()
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._touch, name="lock keeper", daemon=True)

    def __enter__(self) -> "Locks":
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"folder {self._folder} cannot be made ({error.strerror}); check its rights or name another by --data"
            ) from error
        for lock in self._folder.glob("*.lock"):
            self._clear_stale(lock)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        for lock in list(self._held):
            # an interruption may have come before it was known whose it is
            if _owner(lock) == self.owner:
                lock.unlink(missing_ok=True)
        self._held.clear()

    def take(self, stem: str) -> bool:
        """Whether the lock is ours now; a stale one is taken over.

        Raises:
            InputError: the folder is not to be written to.
        """
        lock = self._folder / f"{stem}.lock"
        # noted before it is made: an interruption between the two would leave it behind
        with self._guard:
            self._held.add(lock)
        if self._make(lock) or (self._clear_stale(lock) and self._make(lock)):
            return True
        with self._guard:
            self._held.discard(lock)
        return False

    def give_back(self, stem: str) -> None:
        """Frees a lock that this process holds."""
        lock = self._folder / f"{stem}.lock"
        with self._guard:
            lock.unlink(missing_ok=True)
            self._held.discard(lock)

    def holder(self, stem: str) -> Owner | None:
        """Who holds a lock; None when nobody does."""
        return _owner(self._folder / f"{stem}.lock")

    def _make(self, lock: Path) -> bool:
        """Makes the lock file with its content at once: under a name of its own, then linked to the lock's name."""
        draft = lock.with_name(f".{uuid.uuid4().hex}.tmp")
        try:
            draft.write_text(json.dumps(asdict(self.owner)))
            try:
                os.link(draft, lock)
            except FileExistsError:
                return False
            return True
        except OSError as error:
            raise InputError(
                f"a lock cannot be made in {self._folder} ({error.strerror}); make room or name another folder by "
                "--data"
            ) from error
        finally:
            draft.unlink(missing_ok=True)

    def _clear_stale(self, lock: Path) -> bool:
        """Removes a stale lock; False when its owner may still work, or when another process is about to clear it.

        One process at a time judges and removes, else a slow one would remove the lock of who was quicker.
        """
        judging = lock.with_suffix(".judged")
        if not self._make(judging):
            if self._age_s(judging) > self._touch_s:  # whoever judged has died over it
                judging.unlink(missing_ok=True)
            return False
        try:
            if not lock.exists():
                return True  # and nothing to remove: what appears from now on is a live one
            if not self._is_stale(lock):
                return False
            lock.unlink(missing_ok=True)
            return True
        finally:
            judging.unlink(missing_ok=True)

    def _is_stale(self, lock: Path) -> bool:
        owner = _owner(lock)
        gone = owner.gone() if owner else None
        return self._age_s(lock) > self._stale_s if gone is None else gone

    def _age_s(self, file: Path) -> float:
        """Since a file was touched, by the folder's own clock: that of a file server may differ from ours."""
        probe = self._folder / f".{uuid.uuid4().hex}.tmp"
        probe.touch()
        try:
            return probe.stat().st_mtime - file.stat().st_mtime
        except FileNotFoundError:
            return 0.0
        finally:
            probe.unlink(missing_ok=True)

    def _touch(self) -> None:
        while not self._stop.wait(self._touch_s):
            with self._guard:
                for lock in self._held:
                    # One that was taken from us (this machine slept) is not ours to touch any more, and a file
                    # server that fails for a moment is asked again at the next turn.
                    with contextlib.suppress(OSError):
                        os.utime(lock)


def _owner(lock: Path) -> Owner | None:
    """Who a lock file names; None when it is gone or names nobody."""
    try:
        return Owner(**json.loads(lock.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _began(pid: int) -> int | None:
    """When a process began; None when there is no such process, or only its remains. 0 where /proc does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _signalled(pid)
    return None if fields[0] == "Z" else int(fields[_START_FIELD])


def _signalled(pid: int) -> int | None:
    """Without /proc: whether a signal reaches the process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return 0
    return 0
