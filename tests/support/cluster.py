"""Pieces of work for the workers of a cluster, and how a test ends one of them."""

import os
import time
from pathlib import Path
from typing import Any

import psutil


def process(rag: Any) -> int:
    """The process that works."""
    return os.getpid()


def settings(rag: Any) -> Any:
    """What the worker's pipeline was opened with."""
    return rag.settings


def environment(rag: Any, name: str) -> str | None:
    return os.environ.get(name)


def complaint(rag: Any, kind: type[Exception], said: str) -> None:
    raise kind(said)


def end_once(rag: Any, mark: Path) -> str:
    """Ends its process at the first call, and returns at the second."""
    if mark.exists():
        return "done"
    mark.touch()
    os.kill(os.getpid(), 9)
    time.sleep(60)
    return "never"


def end(rag: Any) -> None:
    """Ends its process at every call."""
    os.kill(os.getpid(), 9)
    time.sleep(60)


def sleep(rag: Any, seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


def value_of(rag: Any, node: str, question: str, tenant: str) -> Any:
    """The value of a node for a question."""
    return rag.run([node], question=question, tenant=tenant)[node]


def kill_one_worker() -> None:
    """Ends one of the processes that work, as the system does without memory."""
    for process in psutil.Process().children(recursive=True):
        if process.name().startswith("ray::Worker"):
            process.kill()
            return
    raise AssertionError("no worker of the cluster runs")
