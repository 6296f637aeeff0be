"""Why a sealed value does not open. Pages, JSON and devices render these as any other refusal."""

from __future__ import annotations

from homeward.domain.problems import Problem, ProblemError, Where


class VaultError(ProblemError):
    """A value that does not open: damaged, moved, or sealed under another key."""

    def __init__(self, what: str = "", problem: Problem | None = None) -> None:
        self.what = what
        super().__init__(
            problem
            or Problem(
                "vault.unreadable",
                "A sealed value does not open: it is damaged, or lies in another place than it was written to.",
                "Tell whoever runs the server the time; nothing was changed.",
                Where(field=what),
                status=500,
            )
        )


class ErasedError(VaultError):
    """The key was destroyed on purpose. What lay under it is gone."""

    def __init__(self, what: str = "") -> None:
        super().__init__(
            what,
            Problem(
                "vault.erased",
                "What stood here was erased; nobody can read it any more.",
                "The code, the dates and what was counted may still be there.",
                Where(field=what),
                status=410,
            ),
        )


class LockedError(VaultError):
    """The key that opens all others is not in this process, or does not fit."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "",
            Problem(
                "vault.locked",
                "The server is locked: {reason}",
                "Whoever keeps the passphrase or the key unlocks it; nothing is lost meanwhile.",
                params={"reason": reason},
                status=503,
            ),
        )
