"""A tenant that gets documents of a workload until it holds enough chunks."""

from collections.abc import Iterator
from time import perf_counter

from headrace.measuring.speed.pipelines import ingested, variant
from headrace.measuring.speed.workload import GivenVectors, Workload
from headrace.pipeline import Pipeline
from headrace.types import Document, Outcome, Progress

#: Chunks of a document at most, nearly always.
_CHUNKS_OF_A_DOCUMENT = 8


class GrowingTenant:
    """A tenant of the database.

    Attributes:
        name: the tenant's name.
        chunks: how many it holds.
        documents: how many were made for it.
    """

    def __init__(self, rag: Pipeline, workload: Workload, name: str, progress: Progress):
        self.name = name
        self.chunks = 0
        self.documents = 0
        self._stored_documents = 0
        self._workload = workload
        self._rag = variant(rag, GivenVectors(workload, rag.encoder))
        self._progress = progress

    def grow_to(self, scale: int) -> float:
        """Ingests, with the vectors given, until the tenant holds `scale` chunks.

        Nearly all is one bulk load. What is still missing when that ends, a few hundred
        chunks, is ingested after it.

        Returns:
            Chunks a second, the vector index included where it is built; 0 where
            nothing was missing.
        """
        before = self.chunks
        began = perf_counter()
        while self.chunks < scale:
            ingested(
                self._rag,
                self._missing_documents(scale),
                self.name,
                bulk=self.chunks == before,
                on_outcome=self._count,
                on_progress=self._progress,
            )
        seconds = perf_counter() - began
        self._progress(f"storing {scale:,} chunks", scale, scale)
        self._rag.database.tidy()
        return round((self.chunks - before) / seconds, 1) if self.chunks > before else 0.0

    def _missing_documents(self, scale: int) -> Iterator[Document]:
        """Documents, made as they are asked for.

        They end when those on their way to the database might be enough.
        """
        for document in self._workload.documents(self.documents):
            on_their_way = self.documents - self._stored_documents
            if self.chunks + on_their_way * _CHUNKS_OF_A_DOCUMENT >= scale:
                return
            self._progress(f"storing {scale:,} chunks", self.chunks, scale)
            self.documents += 1
            yield document

    def _count(self, outcome: Outcome) -> None:
        self._stored_documents += 1
        self.chunks += outcome.chunks
