"""Pipelines for measuring, and ingestion that must succeed."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from headrace.collecting import kept_as_it_stands
from headrace.errors import SourceError
from headrace.measuring.temporary import temporary_folder
from headrace.pipeline import Pipeline
from headrace.settings import Settings
from headrace.types import Document, Encoder, Outcome


@contextmanager
def opened(settings: Settings, modules: Sequence[ModuleType] = ()) -> Iterator[Pipeline]:
    """Yield a pipeline on the database of DATABASE_URL, or on a temporary one.

    The temporary one is an embedded database in a folder under `data_dir`, which is
    removed at the end. The collector leaves alone what stands, as in a service.

    Args:
        modules: the user's own, which join the graph.
    """
    if settings.database_url:
        with Pipeline.open(settings, modules=modules) as rag, kept_as_it_stands():
            yield rag
        return
    with temporary_folder(settings.data_dir) as folder:
        in_folder = settings.model_copy(update={"data_dir": folder})
        with Pipeline.open(in_folder, modules=modules) as rag, kept_as_it_stands():
            yield rag


def variant(rag: Pipeline, encoder: Encoder | None = None, **changes: Any) -> Pipeline:
    """The same pipeline with other settings or another encoder.

    It shares the database's connections: do not close it.
    """
    settings = rag.settings.model_copy(update=changes)
    return Pipeline(settings, encoder or rag.encoder, rag.database, modules=rag.modules)


def ingested(
    rag: Pipeline, documents: Iterable[Document], tenant: str, **given: Any
) -> list[Outcome]:
    """What became of the documents.

    Raises SourceError when one could not be stored.
    """
    outcomes = rag.ingest(documents, tenant, **given)
    failed = [outcome.reason for outcome in outcomes if outcome.status == "failed"]
    if failed:
        raise SourceError(f"storing the benchmark's documents failed: {failed[0]}")
    return outcomes
