"""The parts of a Word file, read as forgivingly as Word reads them."""

import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

from headrace.errors import SourceError
from headrace.ingest.readers.kinds.packages import part_of, resolved

_USUAL_MAIN = "word/document.xml"


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part refers to: another part, or an address outside of the file.

    `kind` is the last word of its type, the same in transitional and strict files.
    """

    kind: str
    target: str
    is_external: bool


class Package:
    """The parts by name. A part that is referred to may be missing.

    Attributes:
        damaged: the names of parts that could not be read.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {_folded(name): name for name in archive.namelist()}
        self.damaged: list[str] = []

    def main(self) -> str:
        """The name of the part that holds the body."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument" and _folded(relation.target) in self._names:
                return relation.target
        return _USUAL_MAIN

    def body(self, name: str) -> Any:
        """The root of the part that holds the body. Raises SourceError without one."""
        root = self._root(name)
        if root is None:
            raise SourceError("damaged, or not a .docx in spite of its name: it has no body")
        return root

    def part(self, name: str) -> Any:
        """The root of any other part; None when it is missing or damaged."""
        from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]: it is compiled

        try:
            return self._root(name)
        except (etree.XMLSyntaxError, zipfile.BadZipFile, zlib.error, EOFError):
            self.damaged.append(name)
            return None

    def data(self, name: str) -> bytes:
        """The bytes of a part; none when it is missing."""
        stored = self._names.get(_folded(name))
        return self._archive.read(stored) if stored else b""

    def relations(self, name: str) -> dict[str, Relation]:
        """What a part refers to, by the id of the relation; "" is the whole file."""
        folder, _, file = name.rpartition("/")
        root = self.part(f"{folder}/_rels/{file}.rels".lstrip("/"))
        found = {}
        for entry in root if root is not None else ():
            is_external = entry.get("TargetMode") == "External"
            target = entry.get("Target", "")
            if not is_external:
                target = resolved(name, target)
            kind = entry.get("Type", "").rpartition("/")[2]
            found[entry.get("Id", "")] = Relation(kind, target, is_external)
        return found

    def _root(self, name: str) -> Any:
        root = part_of(self._archive, self._names.get(_folded(name), name))
        if root is not None and root.getroottree().docinfo.internalDTD is not None:
            raise SourceError("damaged, or not a .docx in spite of its name: it declares entities")
        return root


def _folded(name: str) -> str:
    """A name as it is compared: in any case, and with the separators of any system."""
    return name.replace("\\", "/").lstrip("/").lower()
