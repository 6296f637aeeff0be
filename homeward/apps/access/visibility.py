"""What lies outside one's scope does not exist: one answer for "no such thing" and "not yours"."""

from __future__ import annotations

from homeward.domain.problems import Problem, ProblemError


class NotVisible(ProblemError):  # noqa: N818 - the word the rest of the house uses
    def __init__(self, what: str) -> None:
        super().__init__(
            Problem(
                f"{what}.not_found",
                "There is no such {what} within your reach.",
                "Check the address or the code, or ask your supervisor.",
                params={"what": what.replace("_", " ")},
                status=404,
            )
        )
