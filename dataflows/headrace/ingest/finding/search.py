"""The files to read: those named, and those of known types in named folders."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from headrace.errors import SourceError
from headrace.ingest.finding.found import Found, PassedOver
from headrace.ingest.finding.rules import (
    Rule,
    Selection,
    first_rules,
    kind_of,
    rules_in,
    unreadable_rules,
)
from headrace.ingest.readers.files import (
    as_named,
    check_endings,
    is_beneath,
    is_file,
    is_supported,
    named_beneath,
    real_paths,
    stored_name,
    supported_endings,
)
from headrace.ingest.readers.outcomes import Unreadable
from headrace.types import Reader

_LEADS_OUT = (
    "a link that leads out of the folder: name what it leads to, or follow such links with "
    "--follow-links or HEADRACE_FOLLOW_LINKS=true"
)
_EVERYTHING = Selection()
#: An address that was made a path: "https://..." becomes "https:/...".
_ADDRESS = re.compile(r"(?:^|/)https?:/")
_NO_FILE = "is an address, and no file: save the page, and ingest that"


def find(
    paths: Sequence[Path], readers: Sequence[Reader] = (), selection: Selection = _EVERYTHING
) -> Found:
    """The files to read, what cannot be read, and what is passed over.

    One bad path or locked folder does not keep the others from being found.

    Args:
        paths: files, which are read whatever the rules say, and folders.
        readers: the user's own; they read further types of files.
    Raises:
        SettingsError: a reader has an ending that no name could have, or a pattern of
            the selection is none.
    """
    check_endings(readers)
    search = _Search(paths, readers, selection)
    bad = 0
    for path in map(Path, paths):
        before = len(search.faults)
        search.look_at(as_named(path))
        bad += _is_fault_itself(as_named(path), search.faults[before:])
    return search.found(is_hopeless=bool(bad) and bad == len(paths))


def would_read(path: Path, root: Path, readers: Sequence[Reader], selection: Selection) -> bool:
    """Whether a file or folder below a named folder is not passed over.

    The path need not exist any more. If it is a file, it must also be of a known type.
    """
    rules, here = first_rules(root), root
    try:
        for part in path.relative_to(root).parts:
            rules = [*rules, *rules_in(here)]
            here = here / part
            # A path that is gone may have been a folder.
            is_folder = here != path or not is_file(path)
            counting = [*rules, Rule("excluded", str(root), selection.excluded)]
            if kind_of(str(here), counting, is_folder=is_folder):
                return False
    except (SourceError, OSError):
        return False
    if not is_file(path):
        return True
    inner = path.relative_to(root).as_posix()
    is_included = selection.included is None or selection.included.match_file(inner)
    return is_included and is_supported(path, readers)


def _is_fault_itself(path: Path, faults: Sequence[Unreadable]) -> bool:
    return any(fault.source == stored_name(path) for fault in faults)


class _Search:
    """Looks through the named places, and keeps what it finds."""

    def __init__(self, paths: Sequence[Path], readers: Sequence[Reader], selection: Selection):
        self.faults: list[Unreadable] = []
        self._readers = readers
        self._selection = selection
        self._bounds = [] if selection.follow_links else real_paths(paths)
        self._files: dict[str, Path] = {}
        self._folders: set[str] = set()
        self._passed_over: dict[str, set[str]] = {}

    def found(self, *, is_hopeless: bool) -> Found:
        passed_over = []
        for kind, paths in sorted(self._passed_over.items()):
            passed_over.append(PassedOver(kind, tuple(sorted(paths))))
        files = sorted(self._files.values())
        return Found(files, self.faults, passed_over, is_hopeless)

    def look_at(self, path: Path) -> None:
        """Takes up a named file, or what is in a named folder."""
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except FileNotFoundError:
            is_address = _ADDRESS.search(path.as_posix())
            self._fail(path, _NO_FILE if is_address else "does not exist")
        except OSError as fault:
            self._fail(path, f"cannot be read: {fault.strerror}")
        else:
            if is_folder:
                self._look_beneath(path)
            elif is_supported(path, self._readers):
                self._take(path, os.path.realpath(path))
            else:
                endings = ", ".join(supported_endings(self._readers))
                self._fail(path, f"cannot be read: it is not one of {endings}")

    def _look_beneath(self, root: Path) -> None:
        """Takes up the files in a folder and in the folders beneath it.

        Each folder is visited once, so that a circle of links comes to an end.
        """
        try:
            waiting = [(root, first_rules(root))]
        except (SourceError, OSError) as fault:
            self._fail(root, unreadable_rules(fault))
            return
        excluded = Rule("excluded", str(root), self._selection.excluded)
        while waiting:
            folder, rules = waiting.pop()
            real = os.path.realpath(folder)
            if real in self._folders:
                continue
            self._folders.add(real)
            try:
                rules = [*rules, *rules_in(folder)]
            except (SourceError, OSError) as fault:
                self._fail(folder, unreadable_rules(fault))
                continue
            place = _Place(root, Path(real))
            for entry in self._entries(folder):
                if self._is_inner_folder(entry, place, [*rules, excluded]):
                    waiting.append((Path(entry.path), rules))

    def _entries(self, folder: Path) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                yield from sorted(entries, key=lambda entry: entry.name)
        except OSError as fault:
            self._fail(folder, f"the folder cannot be listed: {fault.strerror}")

    def _is_inner_folder(
        self, entry: os.DirEntry[str], place: "_Place", rules: Sequence[Rule]
    ) -> bool:
        """Whether an entry is a folder to look into; takes it up if it is a file."""
        path, is_folder = Path(entry.path), _is_folder(entry)
        kind = kind_of(entry.path, rules, is_folder=is_folder)
        if kind is None and not is_folder:
            kind = self._kind_not_read(path, place.root)
        if kind:
            self._pass_over(kind, path)
        elif self._leads_out(entry):
            self._fail(path, _LEADS_OUT)
        elif is_folder:
            return True
        elif entry.is_symlink():
            self._take(named_beneath(place.root, path, self._readers), os.path.realpath(path))
        else:
            self._take(place.name / entry.name, str(place.real / entry.name))
        return False

    def _kind_not_read(self, path: Path, root: Path) -> str | None:
        """The kind of a file that is passed over although no rule says so."""
        included = self._selection.included
        if included and not included.match_file(path.relative_to(root).as_posix()):
            return "not included"
        if is_supported(path, self._readers):
            return None
        return path.suffix.lower() or "without an ending"

    def _leads_out(self, entry: os.DirEntry[str]) -> bool:
        if not self._bounds or not entry.is_symlink():
            return False
        return not is_beneath(Path(entry.path), self._bounds)

    def _take(self, name: Path, real: str) -> None:
        self._files.setdefault(real, name)

    def _pass_over(self, kind: str, path: Path) -> None:
        self._passed_over.setdefault(kind, set()).add(stored_name(path))

    def _fail(self, path: Path, reason: str) -> None:
        self.faults.append(Unreadable(stored_name(path), reason))


class _Place:
    """A folder below one that was named: its real path, and the name that is used."""

    def __init__(self, root: Path, real: Path):
        self.root = root
        self.real = real
        real_root = os.path.realpath(root)
        self.name = root / real.relative_to(real_root) if real.is_relative_to(real_root) else real


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a circle of links is no folder
        return False
