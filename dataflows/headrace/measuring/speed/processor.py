"""Processor time of a benchmark: of this process, and of the embedded server.

Beside a busy neighbour it changes little, unlike the time on the clock. With all cores
busy, it decides how many questions are answered in a second.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Processor:
    """Seconds of processor time; `server` is None where there is no embedded one."""

    client: float = 0.0
    server: float | None = 0.0

    @classmethod
    def now(cls, server_s: Callable[[], float | None]) -> "Processor":
        """What was used until now; `server_s` says how much the server did."""
        return cls(time.process_time(), server_s())

    def __add__(self, other: "Processor") -> "Processor":
        return Processor(self.client + other.client, _both(self.server, other.server, 1))

    def __sub__(self, other: "Processor") -> "Processor":
        return Processor(self.client - other.client, _both(self.server, other.server, -1))

    def per_answer(self, answers: int) -> dict[str, float | None]:
        """{"client_ms", "server_ms", "ms"} of one answer; "ms" is what is known."""
        share_ms = 1000 / max(answers, 1)
        server_ms = None if self.server is None else round(self.server * share_ms, 2)
        both_ms = round((self.client + (self.server or 0.0)) * share_ms, 2)
        client_ms = round(self.client * share_ms, 2)
        return {"client_ms": client_ms, "server_ms": server_ms, "ms": both_ms}


def _both(one: float | None, other: float | None, sign: int) -> float | None:
    return None if one is None or other is None else one + sign * other
