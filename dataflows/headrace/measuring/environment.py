"""What a figure was measured on: every report says it."""

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
    """Versions and hardware, as JSON values.

    Args:
        versions: of PostgreSQL and pgvector, from `PostgresDatabase.versions`; None
            where there is no database.
    """
    return {
        "headrace": __version__,
        "python": platform.python_version(),
        "postgresql": versions[0],
        "pgvector": versions[1],
        "packages": _packages(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _packages() -> dict[str, str]:
    """The versions of the packages that are installed, by name."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    """The processor's name, as Linux gives it or as Python does."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
