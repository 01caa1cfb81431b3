"""What is done to a folder of files before it is ingested again, drawn by a seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from headrace.measuring.kills.documents import Version
from headrace.measuring.kills.files import KnownFile
from headrace.measuring.kills.kinds import ENDINGS

#: Files of a folder at most: some of every kind.
_FILES = 40
#: Files that are written, changed, renamed or removed at a time.
_MOST_CHANGES = 12
#: Documents of a file at most.
_DOCUMENTS = 4
#: Numbers below this are those of documents that do not come from files.
_FIRST_NUMBER = 1000


@dataclass(frozen=True)
class FileChanges:
    """Files that are written, renamed or removed together.

    Attributes:
        folder: where they are.
        files: before and after; None: not there.
    """

    folder: Path
    files: Sequence[tuple[KnownFile | None, KnownFile | None]]

    @property
    def documents(self) -> dict[str, Version | None]:
        """The new states of the documents of these files, by id; None: not there."""
        documents: dict[str, Version | None] = {}
        for before, _ in self.files:
            documents.update(dict.fromkeys(before.states() if before else ()))
        for _, after in self.files:
            documents.update(after.states() if after else {})
        return documents

    @property
    def renamed(self) -> Iterator[tuple[str, str]]:
        """The ids of documents whose file is renamed, before and after."""
        for before, after in self.files:
            if before and after and before.path != after.path:
                for old, new in zip(before.states(), after.states(), strict=True):
                    if old != new:
                        yield old, new

    def write(self) -> None:
        """Does it; also again, when it was done in part."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for before, after in self.files:
            if before and after and before.path != after.path and before.path.exists():
                before.path.replace(after.path)
            elif after:
                after.path.write_bytes(after.data)
            elif before:
                before.path.unlink(missing_ok=True)


def changed_files(
    folder: Path, writer: int, files: Sequence[KnownFile], random: Random
) -> FileChanges:
    """Some files are new, changed, renamed or removed."""
    free = iter(_free_numbers(files))
    pairs: list[tuple[KnownFile | None, KnownFile | None]] = []
    chosen = random.sample(files, random.randint(0, min(len(files), _MOST_CHANGES // 2)))
    for file in chosen:
        change = random.random()
        if change < 0.25:
            pairs.append((file, None))
        elif change < 0.5:
            name = f"{file.path.stem.partition('r')[0]}r{random.randrange(10**6)}"  # one token
            pairs.append((file, replace(file, path=file.path.with_stem(name))))
        else:
            pairs.append((file, _changed(file, random)))
    most = min(_FILES - len(files), _MOST_CHANGES // 2)
    for _ in range(random.randint(0 if chosen else 1, max(most, 1))):
        number = next(free)
        path = folder / f"f{number}{random.choice(ENDINGS)}"
        file = KnownFile(path, ())
        count = random.randint(1, _DOCUMENTS) if file.is_of_several else 1
        numbers = range(number, number + count)
        pairs.append((None, replace(file, versions=_written(writer, numbers, random))))
    return FileChanges(folder, pairs)


def _free_numbers(files: Sequence[KnownFile]) -> Iterator[int]:
    """Numbers for the first documents of new files."""
    taken: set[int] = set()
    for file in files:
        taken.update(version.number for version in file.versions)
    number = _FIRST_NUMBER
    while True:
        if taken.isdisjoint(range(number, number + _DOCUMENTS)):
            yield number
        number += _DOCUMENTS


def _changed(file: KnownFile, random: Random) -> KnownFile:
    """A file with a document that was written anew, is new or is gone."""
    versions = list(file.versions)
    place = random.randrange(len(versions))
    if file.is_of_several and len(versions) > 1 and random.random() < 0.3:
        del versions[place]
        return replace(file, versions=tuple(versions))
    first = versions[0].number - versions[0].number % _DOCUMENTS
    unused = set(range(first, first + _DOCUMENTS)) - {one.number for one in versions}
    if file.is_of_several and unused and random.random() < 0.3:
        versions += _written(versions[0].writer, [min(unused)], random)
    else:
        versions[place] = _written(versions[place].writer, [versions[place].number], random)[0]
    return replace(file, versions=tuple(versions))


def _written(writer: int, numbers: Sequence[int] | range, random: Random) -> tuple[Version, ...]:
    """Documents of versions that there were not before."""
    written = []
    for number in numbers:
        version = random.randrange(10**9)
        paragraphs = tuple((paragraph, version) for paragraph in range(random.randint(1, 4)))
        written.append(Version(writer, number, version, paragraphs))
    return tuple(written)
