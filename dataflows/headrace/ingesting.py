"""One ingest: files and documents read, stored block by block, and how far it is."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from headrace.execution.blocks import overlapped
from headrace.ingest.elsewhere import Outcomes, SentFile, batches, read_sent
from headrace.ingest.finding import IdBy, Identities, Stamps
from headrace.ingest.finding.claims import Claimed, Claims
from headrace.ingest.readers import Limits, Unreadable, read_source
from headrace.ingest.sources import Block, ReadingOptions, blocks, read_paths
from headrace.settings import Settings
from headrace.types import Document, Encoder, Executor, Outcome, Progress, TenantDatabase

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


def stored(
    rag: Any,
    tenant: str,
    documents: Sequence[Document],
    superseded: Mapping[str, str],
    meter: Meter | None = None,
) -> list[Outcome]:
    """What became of documents that a pipeline stored; one piece of work of an ingest.

    Args:
        superseded: documents to remove in the same transaction, as others take their
            place.
        meter: told how far the encoder is.
    """
    return rag.execute_ingestion(
        "stored_documents",
        tenant,
        documents=documents,
        encoder=MeteredEncoder(rag.models.ingest_encoder, meter or Meter()),
        superseded=superseded,
    )


def read(rag: Any, files: Sequence[SentFile], limits: Limits) -> list[Outcomes | None]:
    """What files give to a pipeline's readers; another piece of work of an ingest."""
    return read_sent(files, limits, rag.readers)


@dataclass(frozen=True)
class IngestRun:
    """What one call of `Pipeline.ingest` works with.

    Attributes:
        rag: the pipeline.
        executor: where documents are cut, embedded and stored, and files read.
        paths: what was named; () when documents were given.
        options: how files are read; None when documents were given.
    """

    rag: Any
    tenant: str
    executor: Executor
    meter: Meter
    paths: Sequence[str | Path]
    options: ReadingOptions | None = None

    @property
    def database(self) -> TenantDatabase:
        return self.rag.database.for_tenant(self.tenant)

    @property
    def limits(self) -> Limits:
        """What a document may take."""
        settings = self.rag.settings
        return Limits(settings.max_document_mb, settings.max_document_s)

    def reading_files(self, id_by: IdBy | Identities, verify: bool) -> "IngestRun":
        """The same run, with what it needs if paths were given.

        Args:
            verify: read unchanged files, too.
        """
        identities = id_by if isinstance(id_by, Identities) else Identities(self.paths, id_by)
        if not self.paths:
            return self
        rag = self.rag
        encoder = rag.models.ingest_encoder.name
        recipe = (identities.id_by, encoder, ingest_parameters(rag.settings))
        options = ReadingOptions(
            self.limits,
            rag.readers,
            rag.selection,
            identities,
            Stamps(self.database, recipe, rag.readers, verify=verify),
            workers=rag.settings.workers or min(os.cpu_count() or 1, _MOST_WORKERS),
            read=None if self.executor.is_here else self._read_elsewhere,
        )
        return replace(self, options=options)

    def is_index_due(self) -> bool:
        """Whether the tenant has so many chunks that a vector index is to be built."""
        limit = {"exact_search_chunks": self.rag.settings.exact_search_chunks}
        ((is_due,),) = self.database.query("index_due", limit)
        return is_due

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
        work = partial(self._stored, claims)
        for block, known in overlapped(blocks(met), work, self.executor.at_once):
            for outcome in (*block.others, *known):
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
        changed = self._changed(claimed)
        removed = [outcome for outcome in changed if outcome.status == "removed"]
        told = [outcome for outcome in changed if outcome.status != "removed"]
        outcomes = [_with_loss(outcome, block.lost) for outcome in told]
        unchanged = {one.document_id for one in outcomes if one.status == "unchanged"}
        left = [old for old, new in claimed.superseded.items() if new in unchanged]
        if left:
            removed += self.rag.execute_ingestion(
                "removed_documents", self.tenant, vanished_ids=left
            )
        if removed:
            outcomes = _after_moves(outcomes, removed, claimed.superseded)
        if self.options and self.options.stamps:
            remarked = {one.source for one in block.others if one.status == "noted"}
            self.options.stamps.save([one for one in outcomes if one.source not in remarked])
        return [*claimed.others, *outcomes]

    def _changed(self, claimed: Claimed) -> list[Outcome]:
        """What became of documents where the executor works."""
        given = (self.tenant, claimed.documents, claimed.superseded)
        if self.executor.is_here:
            return self.executor.call(self.rag, stored, *given, self.meter)
        outcomes = self.executor.call(self.rag, stored, *given)
        embedded = sum(outcome.embedded for outcome in outcomes)
        self.meter.expect(EMBEDDED, embedded)
        self.meter.add(EMBEDDED, embedded)
        return outcomes

    def _read_elsewhere(
        self, files: Iterable[Path]
    ) -> Iterator[tuple[Path, Document | Unreadable]]:
        """Each outcome of the files with its file, in order, as read elsewhere."""
        several = batches(files, self.limits)
        for batch, read_batch in overlapped(several, self._read_batch, self.executor.at_once):
            for file, outcomes in zip(batch, read_batch, strict=True):
                path = file.path if isinstance(file, SentFile) else file
                for outcome in outcomes:
                    yield path, outcome

    def _read_batch(
        self, batch: Sequence[Path | SentFile]
    ) -> list[Iterable[Document | Unreadable]]:
        """What each file gives. What the worker does not see is sent to it."""
        sent = [file for file in batch if isinstance(file, SentFile)]
        if not sent:
            # Not read yet, but when their turn comes: lines may be any number.
            own = [file for file in batch if isinstance(file, Path)]
            return [read_source(path, self.limits, readers=self.rag.readers) for path in own]
        known = self.executor.call(self.rag, read, sent, self.limits)
        unseen = [number for number, outcomes in enumerate(known) if outcomes is None]
        for number in unseen:
            known[number] = self._sent(sent[number])
        return [outcomes or [] for outcomes in known]

    def _sent(self, file: SentFile) -> Outcomes:
        """What a file gives that only this process sees."""
        try:
            whole = file.with_content()
        except OSError:  # reading it says why
            return list(read_source(file.path, self.limits, readers=self.rag.readers))
        (outcomes,) = self.executor.call(self.rag, read, [whole], self.limits)
        return outcomes or []


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
