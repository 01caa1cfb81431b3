"""What was found in the named places: files, faults, and what is passed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from headrace.ingest.readers.outcomes import Unreadable

_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Files, or whole folders, that are not read, all for the same reason.

    Attributes:
        kind: such as ".png", "without an ending", "hidden" or "in .gitignore".
        paths: as they are stored, sorted; what is in a folder is not listed.
    """

    kind: str
    paths: tuple[str, ...]

    def __str__(self) -> str:
        """How many of what: "12 .png"; names where the kind alone says too little."""
        told = f"{len(self.paths):,} {self.kind}"
        if self.kind.startswith("."):
            return told
        names = sorted({Path(path).name for path in self.paths})
        more = ", ..." if len(names) > _NAMES_SHOWN else ""
        return f"{told} ({', '.join(names[:_NAMES_SHOWN])}{more})"


@dataclass(frozen=True, slots=True)
class Found:
    """What `find` found.

    Attributes:
        files: to read: absolute paths as they were named, each file once, sorted.
        faults: named paths that cannot be read, folders that cannot be listed, and
            links that lead out of what was named.
        passed_over: one for each kind.
        is_hopeless: whether every named path is a fault.
    """

    files: Sequence[Path]
    faults: Sequence[Unreadable]
    passed_over: Sequence[PassedOver]
    is_hopeless: bool
