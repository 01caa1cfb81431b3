"""One ingest: files and documents read, stored block by block, and how far it is."""

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from headrace.execution.blocks import overlapped
from headrace.ingest.finding import IdBy, Identities, Stamps
from headrace.ingest.finding.claims import Claims
from headrace.ingest.readers import Limits
from headrace.ingest.sources import Block, ReadingOptions, blocks, read_paths
from headrace.settings import Settings
from headrace.types import Document, Encoder, Outcome, Progress, TenantDatabase

#: What is told of progress: bytes of files that were read, of all that are to be read;
#: and chunks that were embedded, of all that were cut so far.
READ = "bytes read"
EMBEDDED = "chunks embedded"

#: Chunks embedded between two reports, a second's work or so.
_REPORTED_CHUNKS = 64
#: Processes that read, where the settings do not say how many.
_MOST_WORKERS = 4
#: Settings that are parameters of the nodes of the ingestion.
_INGEST_SETTINGS = ("chunk_tokens", "chunk_overlap", "default_language")


class Meter:
    """Counts what an ingest has done, and tells it. For any number of threads."""

    def __init__(self, tell: Progress | None = None):
        self._tell = tell
        self._lock = threading.Lock()
        self._done = {READ: 0, EMBEDDED: 0}
        self._total = {READ: 0, EMBEDDED: 0}

    def expect(self, what: str, count: int) -> None:
        """More is to be done."""
        self._count(what, 0, count)

    def add(self, what: str, count: int) -> None:
        """More is done."""
        self._count(what, count, 0)

    def _count(self, what: str, done: int, expected: int) -> None:
        with self._lock:
            self._done[what] += done
            self._total[what] += expected
            if self._tell:
                self._tell(what, self._done[what], self._total[what])


class MeteredEncoder:
    """An encoder that tells how far it is with the texts that it was given."""

    def __init__(self, encoder: Encoder, meter: Meter):
        self.name = encoder.name
        self.dimension = encoder.dimension
        self.max_tokens = encoder.max_tokens
        self._encoder = encoder
        self._meter = meter

    @property
    def tokenizer(self) -> Any:
        return self._encoder.tokenizer

    @property
    def piece_counter(self) -> Callable[[str], int] | None:
        return getattr(self._encoder, "piece_counter", None)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """As the encoder itself, some texts at a time."""
        self._meter.expect(EMBEDDED, len(texts))
        parts = []
        step = max(_REPORTED_CHUNKS, getattr(self._encoder, "texts_at_once", 0))
        for start in range(0, len(texts), step):
            part = texts[start : start + step]
            parts.append(self._encoder.encode(part))
            self._meter.add(EMBEDDED, len(part))
        return np.concatenate(parts) if parts else self._encoder.encode([])

    def count_tokens(self, text: str) -> int:
        return self._encoder.count_tokens(text)


def ingest_parameters(settings: Settings) -> dict[str, Any]:
    """The settings that decide how documents are cut and stored, by name."""
    return {name: getattr(settings, name) for name in _INGEST_SETTINGS}


@dataclass(frozen=True)
class IngestRun:
    """What one call of `Pipeline.ingest` works with.

    Attributes:
        execute: runs a node of the ingestion with some inputs.
        paths: what was named; () when documents were given.
        options: how files are read; None when documents were given.
    """

    execute: Callable[..., Any]
    database: TenantDatabase
    encoder: Encoder
    meter: Meter
    paths: Sequence[str | Path]
    limits: Limits
    options: ReadingOptions | None = None

    def reading_files(
        self,
        settings: Settings,
        options: ReadingOptions,
        id_by: IdBy | Identities,
        verify: bool,
    ) -> "IngestRun":
        """The same run, with what it needs if paths were given.

        Args:
            options: limits, readers and selection.
            verify: read unchanged files, too.
        """
        identities = id_by if isinstance(id_by, Identities) else Identities(self.paths, id_by)
        if not self.paths:
            return self
        recipe = (identities.id_by, self.encoder.name, ingest_parameters(settings))
        stamps = Stamps(self.database, recipe, options.readers, verify=verify)
        workers = settings.workers or min(os.cpu_count() or 1, _MOST_WORKERS)
        options = replace(options, identities=identities, stamps=stamps, workers=workers)
        return replace(self, options=options)

    def outcomes(
        self, documents: Iterable[Document], on_outcome: Callable[[Outcome], None] | None
    ) -> list[Outcome]:
        """What became of each document and file, in order, told once it is certain."""
        met = documents
        if self.options:
            expect, add = partial(self.meter.expect, READ), partial(self.meter.add, READ)
            met = read_paths(self.paths, self.options, expect, add)
        claims = Claims(self.database, self.limits, self.options and self.options.identities)
        outcomes: list[Outcome] = []
        for block, stored in overlapped(blocks(met), partial(self._stored, claims)):
            for outcome in (*block.others, *stored):
                outcomes.append(outcome)
                if on_outcome:
                    on_outcome(outcome)
        return outcomes

    def _stored(self, claims: Claims, block: Block) -> list[Outcome]:
        """What became of a block's documents, in order, once they are stored.

        Those that they take the place of are removed in the same transaction. Only then
        are files noted as unchanged: after a run that was cut off, they are read again.
        So are files about which there was something to say.
        """
        if not block.documents:
            return []
        claimed = claims.sorted_out(block.documents)
        stored = self.execute(
            "stored_documents",
            documents=claimed.documents,
            encoder=MeteredEncoder(self.encoder, self.meter),
            superseded=claimed.superseded,
        )
        removed = [outcome for outcome in stored if outcome.status == "removed"]
        told = [outcome for outcome in stored if outcome.status != "removed"]
        outcomes = [_with_loss(outcome, block.lost) for outcome in told]
        unchanged = {one.document_id for one in outcomes if one.status == "unchanged"}
        left = [old for old, new in claimed.superseded.items() if new in unchanged]
        if left:
            removed += self.execute("removed_documents", vanished_ids=left)
        if removed:
            outcomes = _after_moves(outcomes, removed, claimed.superseded)
        if self.options and self.options.stamps:
            remarked = {one.source for one in block.others if one.status == "noted"}
            self.options.stamps.save([one for one in outcomes if one.source not in remarked])
        return [*claimed.others, *outcomes]


def _with_loss(outcome: Outcome, lost: Mapping[str, str]) -> Outcome:
    """The outcome of a document, and which part of it could not be read."""
    if outcome.status == "failed" or outcome.source not in lost:
        return outcome
    return replace(outcome, reason=lost[outcome.source])


def _after_moves(
    outcomes: Sequence[Outcome], removed: Sequence[Outcome], superseded: Mapping[str, str]
) -> list[Outcome]:
    """The outcomes, with those of documents that others took the place of.

    A document that has but another id now has changed. One whose file was moved was
    removed, and is new in its new place.
    """
    sources = {outcome.document_id: outcome.source for outcome in outcomes}
    renamed: set[str] = set()
    moved = []
    for old in removed:
        new = superseded[old.document_id]
        if old.source == sources[new]:
            renamed.add(new)
        else:
            moved.append(replace(old, reason=f"moved to {sources[new]}"))
    told: list[Outcome] = []
    for outcome in outcomes:
        is_renamed = outcome.document_id in renamed and outcome.status == "new"
        told.append(replace(outcome, status="changed") if is_renamed else outcome)
    return [*told, *moved]
