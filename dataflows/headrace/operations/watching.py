"""Files brought up to date as they change on disk: `run.py ingest --watch`."""

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import watchfiles

from headrace.errors import DatabaseError, SourceError
from headrace.ingest.finding import IdBy, Identities, Selection, would_read
from headrace.ingest.readers import is_beneath
from headrace.ingest.readers.files import as_named, may_be_there, named_beneath, real_paths
from headrace.pipeline import Pipeline
from headrace.types import Outcome, Reader

#: Changes are taken together until nothing has happened for this long.
_QUIET_MS = 100
#: They are not collected for longer than this.
_TOGETHER_MS = 1000
_LOOK_MS = 250

_EVERYTHING = Selection()

#: What `watchfiles` tells: changes, each with the path of a file or folder.
_Changes = set[tuple[watchfiles.Change, str]]


def changed_paths(
    paths: Sequence[Path],
    stop: threading.Event | None = None,
    *,
    readers: Sequence[Reader] = (),
    selection: Selection = _EVERYTHING,
) -> Iterator[set[Path]]:
    """The files and folders at or beneath `paths` that change, in sets, as it happens.

    The first set is empty; once it is taken, no change is missed any more. Then there
    is a set every moment, most often an empty one. To appear and to vanish are changes.
    What ingest passes over is passed over. A folder is in a set when it appears or
    vanishes; what it holds may not be.

    Args:
        stop: ends it when set.
        readers: the user's own; they read further types of files.
        selection: what was chosen beneath the folders.
    Raises:
        SourceError: the system cannot watch, or a folder of `paths` is gone. That is no
            reason to remove its documents.
    """
    stop = stop or threading.Event()
    named = [as_named(Path(path)) for path in paths]
    bounds = [] if selection.follow_links else real_paths(named)
    folders = [path for path in named if path.is_dir()]
    files = {path for path in named if not path.is_dir()}
    watches = []
    if folders:
        watches.append(_watch(folders, stop, recursive=True))
    if files:
        # A watch of the file itself would end when an editor replaces the file.
        watches.append(_watch(sorted({file.parent for file in files}), stop, recursive=False))
    while not stop.is_set():
        changes = _next(watches)
        _check_folders(folders)
        found = set()
        for change, path in changes:
            if bounds and not is_beneath(path, bounds):
                continue
            if path in files:
                found.add(path)
            elif root := _root_of(change, path, folders, readers, selection):
                found.add(named_beneath(root, path, readers))
        yield found


def bring_up_to_date(
    rag: Pipeline,
    paths: Iterable[Path],
    tenant: str,
    id_by: IdBy | Identities = "relative",
) -> list[Outcome]:
    """Store the documents of changed files and folders, or remove them with the files.

    Args:
        id_by: as of `Pipeline.ingest`; `Identities` of the watched places, so that what
            changes beneath them keeps its id.
    Returns:
        What became of each document. A file that cannot be read keeps its stored
        documents, and its outcome is "failed".
    """
    in_order = sorted(paths)
    there = list(filter(may_be_there, in_order))
    vanished = sorted(set(in_order).difference(there))
    # First what is there: a file that was renamed takes over the vectors of the other.
    outcomes = _ingested(rag, there, tenant, id_by)
    # Of a path that vanished nothing may have been stored: that is no failure.
    gone = [outcome for outcome in rag.remove(vanished, tenant) if outcome.status == "removed"]
    return [*gone, *outcomes]


def watch_outcomes(
    rag: Pipeline,
    changes: Iterable[set[Path]],
    tenant: str,
    id_by: IdBy | Identities = "relative",
) -> Iterator[list[Outcome]]:
    """The outcomes of each set of changes that has any.

    While the database is away, changes wait. That is said once, by an outcome "failed"
    for each path that waits.

    Args:
        changes: as from `changed_paths`.
        id_by: as of `bring_up_to_date`.
    """
    waiting: set[Path] = set()
    is_away = False
    for changed in changes:
        waiting |= changed
        if not waiting:
            continue
        try:
            outcomes = bring_up_to_date(rag, waiting, tenant, id_by)
        except DatabaseError as error:
            outcomes = [] if is_away else _put_off(waiting, error)
            is_away = True
        else:
            waiting = set()
            is_away = False
        if outcomes:
            yield outcomes


def _put_off(waiting: Collection[Path], error: Exception) -> list[Outcome]:
    reason = f"tried again until it works: {error}"
    return [Outcome("", str(path), "failed", reason=reason) for path in sorted(waiting)]


def _ingested(
    rag: Pipeline, paths: list[Path], tenant: str, id_by: IdBy | Identities
) -> list[Outcome]:
    """Ingest the paths together, or one by one where that fails.

    It fails as a whole when one of them has vanished again or is a folder that cannot
    be listed.
    """
    if not paths:
        return []
    try:
        return rag.ingest(paths, tenant, prune="all", id_by=id_by)
    except SourceError as error:
        if len(paths) == 1:
            return [Outcome("", str(paths[0]), "failed", reason=str(error))]
    outcomes = []
    for path in paths:
        outcomes += _ingested(rag, [path], tenant, id_by)
    return outcomes


def _watch(folders: list[Path], stop: threading.Event, *, recursive: bool) -> Iterator[_Changes]:
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


def _next(watches: list[Iterator[_Changes]]) -> list[tuple[watchfiles.Change, Path]]:
    """What happened since the last call; it waits a moment for something to happen."""
    happened = []
    try:
        for watch in watches:
            for change, path in next(watch, ()):
                happened.append((change, Path(path)))
    except OSError as error:
        # The number of watches is limited by the system, for one.
        raise SourceError(
            f"watching failed: {error}; with WATCHFILES_FORCE_POLLING=1 every file is looked at "
            "again and again instead"
        ) from error
    return happened


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _check_folders(folders: list[Path]) -> None:
    for folder in folders:
        if not folder.is_dir():
            raise SourceError(
                f"{folder} is gone: watching ends here, and its documents are kept "
                "(ingest --prune-all removes them)"
            )


def _root_of(
    change: watchfiles.Change,
    path: Path,
    folders: list[Path],
    readers: Sequence[Reader],
    selection: Selection,
) -> Path | None:
    """The watched folder whose documents a change concerns; None: there is none."""
    if _is_folder(path) and change != watchfiles.Change.added:
        return None
    for folder in folders:
        is_inside = path != folder and path.is_relative_to(folder)
        if is_inside and would_read(path, folder, readers, selection):
            return folder
    return None
