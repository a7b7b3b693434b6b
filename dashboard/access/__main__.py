"""`python -m dashboard.access VERB`: tokens for programs, and the audit log, from the command line of the server."""

import sys
from dataclasses import dataclass
from typing import Annotated, Literal

import tyro

from core.console import ended, say, tell
from core.errors import InputError
from dashboard.access import tokens
from dashboard.access.audit import AuditLog
from dashboard.access.roles import Role
from dashboard.folders.data import data_folder


@dataclass(frozen=True, kw_only=True, slots=True)
class New:
    """Make a token for a program that asks by the API; it is shown this once."""

    name: Annotated[str, tyro.conf.Positional]
    """What the audit log calls it."""
    role: Role = "analyst"
    """What it may do."""
    days: int = 365
    """How long it is valid."""

    def __call__(self) -> None:
        tell(tokens.new_token(data_folder(), self.name, role=self.role, days=self.days))


@dataclass(frozen=True, kw_only=True, slots=True)
class Revoke:
    """Make a token worthless."""

    name: Annotated[str, tyro.conf.Positional]
    """Of the token."""

    def __call__(self) -> None:
        tokens.revoke(data_folder(), self.name)
        say(f"{self.name} is worthless from now on")


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """Show the audit log, or verify that no line of it was changed, removed or moved."""

    verb: Annotated[Literal["show", "verify"], tyro.conf.Positional] = "show"
    """show or verify."""
    patient: str = ""
    """Only lines about this patient."""

    def __call__(self) -> None:
        log = AuditLog(data_folder())
        faults = log.faults()
        if faults:
            raise InputError(f"the audit log cannot be believed: {faults[0]}")
        if self.verb == "verify":
            say(f"{sum(1 for _ in log.entries()):,} lines, all as they were written")
            return
        wanted = log.pseudonym(self.patient) if self.patient else ""
        for one in log.entries():
            if not wanted or one.case == wanted:
                tell("\t".join((one.time, one.who, one.role, one.action, one.run, one.case, one.outcome)))


Verb = (
    Annotated[New, tyro.conf.subcommand("token")]
    | Annotated[Revoke, tyro.conf.subcommand("revoke")]
    | Annotated[Audit, tyro.conf.subcommand("audit")]
)


def main() -> int:
    """Parse, do, and say how it ended; the data folder is ACINUS_DATA, else `data`."""
    return ended(lambda: tyro.cli(Verb, prog="python -m dashboard.access", description=__doc__)())  # type: ignore[call-overload]


if __name__ == "__main__":
    sys.exit(main())
