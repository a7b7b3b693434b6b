"""Who took part, without a name: whoever has the identifiers of a cohort can tell which of them did.

Identifiers are short, so that a plain hash of them could be undone by trying; each try costs some milliseconds here.
That slows a search down and does not prevent it: docs/security.md.
"""

import hashlib
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

ROUNDS = 20_000


def salt_of(cohort: str) -> str:
    """Of a run's cohort, by its fingerprint: equal files make equal bundles."""
    return hashlib.sha256(f"bundle {cohort}".encode()).hexdigest()[:32]


def digests(patients: Sequence[str], *, salt: str) -> tuple[str, ...]:
    """PBKDF2-HMAC-SHA256 of each identifier, 16 bytes in hexadecimal, in alphabetical order of the digests."""
    # hashlib lets go of the interpreter meanwhile
    with ThreadPoolExecutor() as pool:
        return tuple(sorted(pool.map(partial(_digest, salt=salt), patients)))


def shared(patients: Collection[str], known: Collection[str], *, salt: str) -> int:
    """How many of the patients are among those whose digests are known."""
    return len({*digests(sorted(set(patients)), salt=salt)} & {*known})


def _digest(patient: str, *, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", patient.encode(), salt.encode(), ROUNDS, dklen=16).hex()
