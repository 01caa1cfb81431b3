"""Files brought up to date as they change on disk: `run.py ingest --watch`."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import psycopg
import watchfiles

from headrace.errors import DatabaseError, SourceError
from headrace.ingest.readers import is_supported
from headrace.pipeline import Pipeline
from headrace.types import Outcome

#: Changes are taken together until nothing has happened for _QUIET_MS, but not for longer than _TOGETHER_MS.
_QUIET_MS = 100
_TOGETHER_MS = 1000
_LOOK_MS = 250


def changed_paths(
    paths: Sequence[Path], stop: threading.Event | None = None
) -> Iterator[set[Path]]:
    """Files and folders at or beneath `paths` that appeared, changed or vanished, as it happens; the first set is empty.

    Once that is taken, nothing is missed any more. Then there is a set every moment, most often an empty one. Hidden files, and files of other
    types than ingest reads, are passed over. A folder is named when it appears or vanishes: what it holds may not be named one by one.

    Args:
        stop: ends it when set.
    Raises SourceError when the system cannot watch, or when a folder of `paths` is gone: that is no reason to remove its documents.
    """
    stop = stop or threading.Event()
    named = [Path(path).resolve() for path in paths]
    folders, files = (
        [path for path in named if path.is_dir()],
        {path for path in named if not path.is_dir()},
    )
    watches = [_watch(folders, True, stop)] if folders else []
    watches += [_watch(sorted({file.parent for file in files}), False, stop)] if files else []
    while not stop.is_set():
        changes = _next(watches)
        for folder in folders:
            if not folder.is_dir():
                raise SourceError(
                    f"{folder} is gone: watching ends here, and its documents are kept (ingest --prune removes them)"
                )
        yield {
            path for change, path in changes if path in files or _is_source(change, path, folders)
        }


def bring_up_to_date(rag: Pipeline, paths: Iterable[Path], tenant: str) -> list[Outcome]:
    """What became of the documents of changed files and folders: stored as they are now, or removed with the file.

    A file that cannot be read keeps its stored documents, and is an outcome "failed".
    """
    there = [path for path in sorted(paths) if path.exists()]
    vanished = [path for path in sorted(paths) if not path.exists()]
    return [*rag.remove(vanished, tenant), *_ingested(rag, there, tenant)]


def watch_outcomes(
    rag: Pipeline, changes: Iterable[set[Path]], tenant: str
) -> Iterator[list[Outcome]]:
    """The outcomes of each set of `changed_paths` that has any. While the database is away, changes wait, and that is an outcome too."""
    waiting: set[Path] = set()
    away = False
    for changed in changes:
        waiting |= changed
        if not waiting:
            continue
        try:
            outcomes = bring_up_to_date(rag, waiting, tenant)
        except (DatabaseError, psycopg.OperationalError) as error:
            outcomes = (
                []
                if away
                else [
                    Outcome("", str(path), "failed", reason=f"tried again until it works: {error}")
                    for path in sorted(waiting)
                ]
            )
            away = True
        else:
            waiting, away = set(), False
        if outcomes:
            yield outcomes


def _ingested(rag: Pipeline, paths: list[Path], tenant: str) -> list[Outcome]:
    """One path after the other where they cannot be had together, because one has vanished again or is a folder that cannot be listed."""
    if not paths:
        return []
    try:
        return rag.ingest(paths, tenant, prune=True)
    except SourceError as error:
        if len(paths) == 1:
            return [Outcome("", str(paths[0]), "failed", reason=str(error))]
        return [outcome for path in paths for outcome in _ingested(rag, [path], tenant)]


def _watch(folders: list[Path], recursive: bool, stop: threading.Event) -> Iterator[set]:
    return watchfiles.watch(
        *folders,
        recursive=recursive,
        watch_filter=None,
        stop_event=stop,
        step=_QUIET_MS,
        debounce=_TOGETHER_MS,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
    )


def _next(watches: list[Iterator[set]]) -> list[tuple[watchfiles.Change, Path]]:
    """What happened since the last call, waiting a moment for it."""
    try:
        return [(change, Path(path)) for watch in watches for change, path in next(watch, ())]
    except OSError as error:  # the system's limit on watches, for one
        raise SourceError(
            f"watching failed: {error}; WATCHFILES_FORCE_POLLING=1 looks at every file again and again instead"
        ) from error


def _is_source(change: watchfiles.Change, path: Path, folders: list[Path]) -> bool:
    beneath = [path.relative_to(folder) for folder in folders if path.is_relative_to(folder)]
    if not any(all(not part.startswith(".") for part in place.parts) for place in beneath):
        return False
    if path.is_dir():
        return change == watchfiles.Change.added
    return is_supported(path) or not path.exists()
