"""What was asked of the pipeline in a run, and what was found wrong."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from headrace.measuring.kills.documents import Version
from headrace.measuring.kills.messages import Begun, Done, Ended, Failed, Seen, WorkerMessage
from headrace.measuring.kills.operations import TENANTS, Operation

_EXAMPLES = 20

Markers = tuple[str, ...]


class Ledger:
    """The state of a run, as far as its processes told it.

    Attributes:
        kills: how many there were, for the examples.
        states: how things stand after all calls that returned, by tenant and document.
        ever: the markers of every state that a document was to have, by tenant and
            document.
        running: what a writer began and has not ended.
        touched: by tenant, the documents that were to change since the last kill.
        failures: why a writer stopped.
        counts: numbers of all kinds, by name.
        violations: their numbers, by kind.
        examples: the first of them in words.
    """

    def __init__(self) -> None:
        self.kills = 0
        self.states: dict[str, dict[str, Version]] = {tenant: {} for tenant in TENANTS}
        self.ever: dict[tuple[str, str], set[Markers]] = {}
        self.running: dict[int, Operation] = {}
        self.touched: dict[str, set[str]] = {}
        self.failures: dict[int, str] = {}
        self.counts: Counter[str] = Counter()
        self.violations: Counter[str] = Counter()
        self.examples: list[str] = []

    def begin_turn(self) -> None:
        self.touched = {tenant: set() for tenant in TENANTS}
        self.failures = {}

    def hear(self, message: WorkerMessage) -> None:
        """Notes what the worker tells."""
        match message:
            case Begun(writer, operation):
                self._begun(writer, operation)
            case Done(writer, complaint):
                self._done(writer, complaint)
            case Failed(writer, reason):
                self.failures[writer] = reason
            case Ended():
                pass

    def count_failures(self) -> None:
        """Counts the calls that failed while the server was there."""
        for reason in self.failures.values():
            self.violate("refused", reason)
        self.failures = {}

    def look_at(self, seen: Seen) -> None:
        """Compares what a search showed with what it could show."""
        if seen.markers not in self.ever.get((seen.tenant, seen.document_id), ()):
            what = f"{seen.node} of {seen.tenant} showed {seen.document_id} as {seen.markers}"
            self.violate("mixed", what)

    def possible(
        self, tenant: str, interrupted: Iterable[Operation]
    ) -> dict[str, Sequence[Version | None]]:
        """The states that each document of a tenant may have; None: not there.

        Changes that were interrupted may be done or not.
        """
        before = self.states[tenant]
        possible: dict[str, Sequence[Version | None]] = {}
        for name, state in before.items():
            possible[name] = [state]
        for operation in interrupted:
            for name, state in operation.changes.items():
                possible[name] = [before.get(name), state]
        return possible

    def count_interrupted(self, operation: Operation, states: Mapping[str, Version]) -> None:
        """Counts an interrupted operation by what was found of its documents."""
        if not operation.changes:
            self.counts["interrupted_questions"] += 1
            return
        done = [states.get(name) == state for name, state in operation.changes.items()]
        if all(done):
            self.counts["interrupted_whole"] += 1
        elif any(done):
            self.counts["interrupted_partly"] += 1
        else:
            self.counts["interrupted_absent"] += 1
        self.counts["documents_whole"] += sum(done)
        self.counts["documents_absent"] += len(done) - sum(done)

    def look_at_renamed(self, operation: Operation, states: Mapping[str, Version]) -> None:
        """A document whose file is renamed is there under one of its two ids."""
        for old, new in operation.files.renamed if operation.files else ():
            if (old in states) == (new in states):
                there = "there twice" if old in states else "gone"
                self.violate("renamed", f"{operation.tenant}: {old}, renamed to {new}, is {there}")

    def violate(self, kind: str, what: str) -> None:
        """Counts a violation."""
        self.violations[kind] += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(f"after {self.kills} kills, {kind}: {what}")

    def _begun(self, writer: int, operation: Operation) -> None:
        self.running[writer] = operation
        for name, state in operation.changes.items():
            self.touched[operation.tenant].add(name)
            if state is not None:
                self.ever.setdefault((operation.tenant, name), set()).add(state.markers)

    def _done(self, writer: int, complaint: str) -> None:
        operation = self.running.pop(writer)
        self.counts[operation.kind] += 1
        if complaint:
            self.violate("refused", complaint)
        operation.apply_to(self.states[operation.tenant])
