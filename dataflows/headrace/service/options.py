"""What whoever starts the service chooses."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """How the service listens, and what one request may take.

    Attributes:
        tenant: whose documents requests are about while there is no token.
        workers: processes that answer.
        deadline_s: seconds that a request may take, without ingests.
        at_once: requests that one token may have running at once, in each process.
        waiting: requests that may wait for a free thread, in each process.
        body_mb: size of a request's body in JSON.
        upload_mb: size of a request that stores documents.
        stop_s: seconds that running requests get to finish when the service stops.
        modules: files with nodes of the user's own.
        proxies: addresses of proxies whose forwarded headers are believed, with commas
            between them; "" for none.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    tenant: str | None = None
    workers: int = 1
    deadline_s: float = 60.0
    at_once: int = 8
    waiting: int = 64
    body_mb: float = 1.0
    upload_mb: float = 64.0
    stop_s: float = 30.0
    proxies: str = ""
    modules: tuple[Path, ...] = ()

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host's name or address leads to this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
