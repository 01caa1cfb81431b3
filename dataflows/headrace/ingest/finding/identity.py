"""The ids of documents that are read from files."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from headrace.errors import SettingsError
from headrace.ingest.readers.files import as_named, stored_name
from headrace.types import Document

#: What a document's id is made from.
IdBy = Literal["relative", "path", "name", "content"]

CONTENT_PREFIX = "sha256:"


class Identities:
    """Gives ids to the documents of files, for the places that were named.

    An id is the name of the folder that was named, and the path below it:
    "docs/guide/a.md" for `docs` and, inside of it, for `.`. So it stays the same if the
    folder is moved, or if a link to it changes. A file that was named itself gets the
    id it would have if its folder had been named. If several folders have the same
    name, the ids begin with as much of their paths as distinguishes them.

    Args:
        places: files and folders.
        id_by: "relative" as above; "path": the absolute path; "name": the file's name;
            "content": a hash of the text.
    Lines of a .jsonl keep their own ids, and so do documents of a user's reader whose
    ids do not begin with the path of their file.
    """

    def __init__(self, places: Sequence[str | Path], id_by: IdBy = "relative"):
        if id_by not in get_args(IdBy):
            raise SettingsError(f"id_by is {id_by!a:.60}: it is one of {get_args(IdBy)}")
        self.id_by: IdBy = id_by
        named = [as_named(Path(place)) for place in places]
        self._labels = _labels([place if _is_folder(place) else place.parent for place in named])

    def identified(self, document: Document, path: Path) -> Document:
        """A document that was read from a file, with its id."""
        name = stored_name(path)
        if not document.document_id.startswith(name):
            return document
        rest = document.document_id[len(name) :]
        return replace(document, document_id=self._id(document, path) + rest)

    def _id(self, document: Document, path: Path) -> str:
        if self.id_by == "name":
            return stored_name(Path(path.name))
        if self.id_by == "content":
            content = document.text.encode("utf-8", "replace")
            return CONTENT_PREFIX + hashlib.sha256(content).hexdigest()
        if self.id_by == "relative":
            for root, label in self._labels.items():
                if path.is_relative_to(root):
                    return stored_name(Path(label) / path.relative_to(root))
        return stored_name(path)  # a link that was followed may lead anywhere


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 (raises nothing, also in a locked folder)


def _labels(folders: Sequence[Path]) -> dict[Path, Path]:
    """What ids beneath each of the outermost folders begin with."""
    roots: list[Path] = []
    for folder in sorted(set(folders), key=lambda folder: len(folder.parts)):
        if not any(folder.is_relative_to(root) for root in roots):
            roots.append(folder)
    labels = {}
    for root in roots:
        names = root.parts[1:]
        count = 1
        while count < len(names) and _are_shared(names[-count:], root, roots):
            count += 1
        labels[root] = Path(*names[-count:])
    return labels


def _are_shared(names: Sequence[str], root: Path, roots: Sequence[Path]) -> bool:
    """Whether another root ends with these names, too."""
    return any(other != root and other.parts[-len(names) :] == names for other in roots)
