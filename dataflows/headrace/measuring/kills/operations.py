"""What is asked of the pipeline while something may be killed, drawn by a seed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Literal

from headrace.measuring.kills.documents import Version
from headrace.measuring.kills.files import FiledVersion, files_of
from headrace.measuring.kills.filing import FileChanges, changed_files
from headrace.types import Outcome

Kind = Literal["ingest", "update", "rewrite", "many", "remove", "files", "question"]

TENANTS = ("kills-a", "kills-b")
WRITERS = 2
#: What is asked of the pipeline, and how often, relative to the others.
OPERATIONS: Mapping[Kind, int] = {
    "ingest": 4,
    "update": 6,
    "rewrite": 2,
    "many": 1,
    "remove": 3,
    "files": 8,
    "question": 4,
}

#: Documents of a writer in a tenant at most, beside those that are written many at
#: once.
_DOCUMENTS = 25
#: Documents that are written at once: more than a block of ingestion holds.
_MANY = 66
_REMOVED_OF_MANY = 20


@dataclass(frozen=True)
class Operation:
    """Something that is asked of the pipeline.

    Attributes:
        changes: the documents' new states by id; None: removed.
        asked: the document that a question is about.
        files: what is done to the files of a writer's folder before it is ingested.
        is_repeated: it was interrupted before, and may have been done in part.
    """

    kind: Kind
    tenant: str
    changes: Mapping[str, Version | None] = field(default_factory=dict)
    asked: Version | None = None
    files: FileChanges | None = None
    is_repeated: bool = False

    @property
    def writer(self) -> int:
        """Whose operation it is: document ids begin with w and the writer's number."""
        return int(re.findall(r"\d+", next(iter(self.changes)))[0])

    def failed(self, outcomes: Iterable[Outcome]) -> list[Outcome]:
        """The outcomes that must not be: a document that is sound was refused.

        A removal that is repeated may find that a document is gone already.
        """
        if self.kind == "remove" and self.is_repeated:
            return []
        return [outcome for outcome in outcomes if outcome.status == "failed"]

    def apply_to(self, states: dict[str, Version]) -> None:
        """Brings the states of the tenant's documents up to date."""
        for name, state in self.changes.items():
            states.pop(name, None)
            if state is not None:
                states[name] = state


@dataclass(frozen=True)
class Turn:
    """What a worker begins with.

    Attributes:
        states: how things stand, by tenant and document id.
        again: what was interrupted, and is done again.
        kinds: what is drawn, and how often, relative to the others.
        documents: of a writer in a tenant at most, beside those written many at once.
        folder: for files; without one, documents are only given.
    """

    seed: str
    states: Mapping[str, Mapping[str, Version]]
    again: tuple[Operation, ...] = ()
    kinds: Mapping[Kind, int] = field(default_factory=lambda: OPERATIONS)
    documents: int = _DOCUMENTS
    folder: Path | None = None


class Drawing:
    """The operations of one writer, which has documents of its own in every tenant."""

    def __init__(self, writer: int, turn: Turn):
        self.random = Random(f"{turn.seed} {writer}")
        self._writer = writer
        self._again = []
        for operation in turn.again:
            if operation.changes and operation.writer == writer:
                self._again.append(replace(operation, is_repeated=True))
        self._kinds = dict(turn.kinds)
        self._folder = turn.folder
        if not self._folder:
            self._kinds.pop("files", None)
        self._places = range(_MANY, _MANY + turn.documents)
        self._states: dict[str, dict[str, Version]] = {}
        for tenant, states in turn.states.items():
            of_writer = {name: state for name, state in states.items() if state.writer == writer}
            self._states[tenant] = of_writer

    def next(self) -> Operation:
        """What is done again, and then what the seed draws."""
        return self._again.pop() if self._again else self.drawn()

    def done(self, operation: Operation) -> None:
        """Notes that an operation is done: later ones are drawn accordingly."""
        operation.apply_to(self._states[operation.tenant])

    def interrupted(self, operation: Operation) -> None:
        """Notes that an operation may be done or not; half of them are done again."""
        if operation.changes and self.random.random() < 0.5:
            self._again.append(replace(operation, is_repeated=True))

    def drawn(self) -> Operation:
        """The next operation, by the seed."""
        random = self.random
        tenant = random.choice(list(self._states))
        states = self._states[tenant]
        among = [state for state in states.values() if state.number >= _MANY]
        single = [state for state in among if not isinstance(state, FiledVersion)]
        kind = random.choices(list(self._kinds), list(self._kinds.values()))[0]
        if kind == "many":
            return self._many(tenant)
        if kind == "files" and self._folder:
            folder = self._folder / tenant / f"w{self._writer}"
            files = changed_files(folder, self._writer, files_of(states), random)
            return Operation("files", tenant, files.documents, files=files)
        if kind == "ingest" or not single:
            return Operation("ingest", tenant, _by_id(self._new(states)))
        if kind == "question":
            return Operation("question", tenant, asked=random.choice(among))
        chosen = random.sample(single, min(len(single), random.randint(1, 3)))
        if kind == "remove":
            return Operation("remove", tenant, dict.fromkeys(_by_id(chosen)))
        change = self._updated if kind == "update" else self._rewritten
        return Operation(kind, tenant, _by_id([change(state) for state in chosen]))

    def _new(self, states: Mapping[str, Version]) -> list[Version]:
        """One to five documents that are not there.

        Their version is one that no earlier document of the same id had: so what is
        left of one that was removed would be seen.
        """
        random = self.random
        free = [number for number in self._places if self._id(number) not in states]
        chosen = random.sample(free, min(len(free), random.randint(1, 5)))
        new = []
        for number in chosen:
            new.append(self._written(number, random.randrange(10**9), random.randint(1, 4)))
        return new

    def _many(self, tenant: str) -> Operation:
        """Many documents written at once, or some of them removed."""
        version = self.random.randrange(10**9)
        ids = [self._id(number) for number in range(_MANY)]
        are_there = all(name in self._states[tenant] for name in ids)
        if are_there and self.random.random() < 0.3:
            return Operation("remove", tenant, dict.fromkeys(ids[:_REMOVED_OF_MANY]))
        written = [self._written(number, version, 1) for number in range(_MANY)]
        return Operation("many", tenant, _by_id(written))

    def _id(self, number: int) -> str:
        return f"w{self._writer}d{number}"

    def _written(self, number: int, version: int, count: int) -> Version:
        """A document of `count` paragraphs, all of one version."""
        paragraphs = tuple((paragraph, version) for paragraph in range(count))
        return Version(self._writer, number, version, paragraphs)

    def _rewritten(self, state: Version) -> Version:
        return self._written(state.number, state.version + 1, self.random.randint(1, 4))

    def _updated(self, state: Version) -> Version:
        """A document with a paragraph rewritten, put before the others, or left out."""
        version = state.version + 1
        paragraphs = list(state.paragraphs)
        place = self.random.randrange(len(paragraphs))
        what = self.random.random()
        if what < 0.2 and len(paragraphs) < 5:
            paragraphs.insert(0, (max(number for number, _ in paragraphs) + 1, version))
            return replace(state, paragraphs=tuple(paragraphs))
        paragraphs[place] = (paragraphs[place][0], version)
        if what > 0.8 and len(paragraphs) > 1:
            del paragraphs[place - 1]
        return replace(state, paragraphs=tuple(paragraphs))


def _by_id(states: list[Version]) -> dict[str, Version]:
    return {state.document_id: state for state in states}
