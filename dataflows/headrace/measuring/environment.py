"""What a figure was measured on: no report goes without it."""

import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from headrace import __version__

_PACKAGES = (
    "apache-hamilton",
    "psycopg",
    "pgvector",
    "onnxruntime",
    "tokenizers",
    "tiktoken",
    "anthropic",
    "ir-measures",
    "scipy",
    "numpy",
)


def describe_environment(versions: tuple[str | None, str | None] = (None, None)) -> dict[str, Any]:
    """Versions and hardware, JSON-ready.

    Args:
        versions: of PostgreSQL and pgvector, as `PostgresDatabase.versions` has them; None where there is none.
    """
    return {
        "headrace": __version__,
        "python": platform.python_version(),
        "postgresql": versions[0],
        "pgvector": versions[1],
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    """The processor's own name where Linux tells it, else what Python knows."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
