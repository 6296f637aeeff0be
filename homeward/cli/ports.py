"""Is the address free? Asked before anything long begins."""

from __future__ import annotations

import socket
from contextlib import closing

from homeward.domain.problems import Problem, ProblemError, Where


def require_free(host: str, port: int) -> None:
    """Raises a ProblemError where another program answers there already, or this one may not listen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ProblemError(
                Problem(
                    "serve.address_taken",
                    "The address {host}:{port} cannot be used: {reason}.",
                    "Stop the other program, or choose another port: --port 8001, or make demo PORT=8001.",
                    Where(field="port"),
                    {"host": host, "port": port, "reason": error.strerror or str(error)},
                )
            ) from error
