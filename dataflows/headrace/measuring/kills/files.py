"""Files of which everything is known: the versions that they hold, and their documents.

Such a file is in a folder of its writer. Its documents are those that the readers of
Headrace give for its bytes.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from headrace.ingest.finding import Identities
from headrace.ingest.readers import read_source
from headrace.measuring.kills.documents import Version
from headrace.measuring.kills.kinds import OF_SEVERAL, Written, made
from headrace.types import Document


@dataclass(frozen=True)
class KnownFile:
    """A file in one state.

    Attributes:
        path: where it is.
        versions: its documents, in order; one, unless its kind is one of several.
    """

    path: Path
    versions: tuple[Version, ...]

    @property
    def is_of_several(self) -> bool:
        """Whether it may hold several documents."""
        return self.path.suffix in OF_SEVERAL

    @property
    def data(self) -> bytes:
        """Its bytes."""
        written = []
        for version in self.versions:
            written.append(Written(version.name, f"Walrus {version.title}", version.sentences))
        return made(self.path.suffix, written)

    def states(self) -> dict[str, "FiledVersion"]:
        """The states of its documents, by id."""
        states = {}
        for place, version in enumerate(self.versions):
            state = FiledVersion(
                version.writer, version.number, version.title, version.paragraphs, self, place
            )
            states[state.document_id] = state
        return states

    def document_id(self, place: int) -> str:
        """The id of one of its documents."""
        file_id = f"{self.path.parent.name}/{self.path.name}"
        name = self.versions[place].name
        return {
            ".jsonl": name,
            ".mbox": f"{file_id}:{place + 1}",
            ".zip": f"{file_id}:{name}.md",
        }.get(self.path.suffix, file_id)


@dataclass(frozen=True)
class FiledVersion(Version):
    """One state of a document that is read from a file."""

    file: KnownFile
    place: int

    @property
    def document_id(self) -> str:
        return self.file.document_id(self.place)

    @property
    def document(self) -> Document:
        return documents_in(self.file)[self.place]


def files_of(states: Mapping[str, Version]) -> list[KnownFile]:
    """The files that these documents are in, in order."""
    files = {}
    for state in states.values():
        if isinstance(state, FiledVersion):
            files[state.file.path] = state.file
    return [files[path] for path in sorted(files)]


@lru_cache(maxsize=4096)
def documents_in(file: KnownFile) -> tuple[Document, ...]:
    """What is read from a file, wherever it is; all of it is a document."""
    with tempfile.TemporaryDirectory() as elsewhere:
        path = Path(elsewhere, file.path.parent.name, file.path.name)
        path.parent.mkdir()
        path.write_bytes(file.data)
        return tuple(_read(path, file.path))


def _read(path: Path, place: Path) -> Iterator[Document]:
    """The documents of a file, as if it were in another place."""
    identities = Identities([path.parent])
    for outcome in read_source(path):
        if not isinstance(outcome, Document):
            raise TypeError(f"{path.name} was to be read as documents: {outcome}")
        document = identities.identified(outcome, path)
        source = place.as_posix() + document.source.removeprefix(path.as_posix())
        yield replace(document, source=source)
