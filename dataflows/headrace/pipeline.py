"""The one place that puts the nodes, what they are given, and Hamilton together.

with Pipeline.open() as rag:
    rag.ingest(["docs/"], tenant="acme")
    answer = rag.ask("How long do I have to return an item?", tenant="acme")
"""

import logging
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

# Hamilton looks for plugins of a dozen libraries when it is first imported, which takes longer than everything else.
os.environ.setdefault("HAMILTON_AUTOLOAD_EXTENSIONS", "0")

from hamilton import driver
from hamilton.lifecycle import LifecycleAdapter

from headrace.answer import answerability, extraction, generation
from headrace.context import packing
from headrace.errors import ModelError, QuestionError, SettingsError
from headrace.execution import fingerprints
from headrace.execution.caching import NodeCache
from headrace.execution.concurrent import (
    ConcurrentSearches,
    ProtocolInputs,
    Recording,
    recorded,
    remember_ways,
)
from headrace.ingest import ingestion, reembedding
from headrace.ingest.sources import blocks, read_paths, told_apart
from headrace.metadata.facets import facets
from headrace.metadata.filters import parse_filters
from headrace.question import (
    conversation,
    decomposition,
    expansion,
    filtering,
    knowledge,
    model_reading,
    spelling,
)
from headrace.rerank import reranking
from headrace.resources.hamilton_ui.tracking import RunTracking, tracking_adapters
from headrace.resources.models.anthropic_model import AnthropicModel
from headrace.resources.models.credentials import credentials_present
from headrace.resources.models.encoders import load_encoder
from headrace.resources.models.late_interaction import LateInteraction
from headrace.resources.models.rerankers import load_reranker
from headrace.resources.models.tokenizer import TiktokenCounter
from headrace.resources.models.word_lists import GeneralWords
from headrace.resources.postgres.database import PostgresDatabase, open_database
from headrace.search import linking, retrieval
from headrace.settings import GRAPH_SETTINGS, Settings, load_settings
from headrace.types import (
    Answer,
    CitationEvent,
    Document,
    Encoder,
    Facet,
    Outcome,
    Reranker,
    ResetEvent,
    TextEvent,
)

QUERY_MODULES = (
    model_reading,
    conversation,
    knowledge,
    spelling,
    expansion,
    filtering,
    decomposition,
    retrieval,
    linking,
    reranking,
    packing,
    answerability,
    extraction,
    generation,
)
#: What nodes are given from outside: alive, no part of a cache key. (A listener is: what is streamed cannot come from the cache.)
RESOURCES = (
    "database",
    "word_lists",
    "encoder",
    "reranker",
    "late_interaction",
    "language_model",
    "analysis_model",
    "token_counter",
)
#: What a question consists of; everything else that comes from outside is a setting.
QUESTION_INPUTS = ("question", "tenant", "history", "today", "filters", "listener")

_BLOCKS_AT_ONCE = 2


class Pipeline:
    """The dataflow, ready to run. Make one with `Pipeline.open()`; it may be used from several threads at once.

    Attributes:
        settings: what it was opened with, `generation` decided.
        driver: Hamilton's driver of the query dataflow, for whatever Hamilton can do with one.
    """

    def __init__(
        self,
        settings: Settings,
        encoder: Encoder,
        database: PostgresDatabase,
        *,
        cache: bool | NodeCache = False,
        adapters: Sequence[LifecycleAdapter] = (),
    ):
        self.settings, self.encoder, self.database = settings, encoder, database
        self._tracking = [adapter for adapter in adapters if isinstance(adapter, RunTracking)]
        if cache is True:
            cache = NodeCache(self._cache_dir(), RESOURCES)
        self.driver = query_driver(settings, adapters=[*adapters, *([cache] if cache else [])])
        remember_ways(self.driver.graph)
        self.driver.graph_executor = self._searches = ConcurrentSearches(
            self.driver.adapter, settings.connections
        )
        self._ingestion = ingestion_driver()

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        cache: bool | NodeCache = False,
        track: bool = False,
        adapters: Sequence[LifecycleAdapter] = (),
        **choices: Any,
    ) -> "Pipeline":
        """Starts or reaches the database, migrates it, loads the encoder and builds the graph.

        Args:
            settings: as from `load_settings`; or single settings as `choices`, over the environment's.
            cache: keep every node's result on disk and use it again while nothing it depends on has changed; for exploring. Or
                a cache of one's own.
            track: send runs to the Hamilton UI that `run.py ui` starts; when it cannot be reached, a warning is given and nothing fails.
            adapters: further Hamilton adapters for the query dataflow.
        Raises SettingsError, DatabaseError or ModelError, each saying what to do.
        """
        logging.getLogger("hamilton").setLevel(
            logging.CRITICAL
        )  # it logs a failed node's inputs; the error itself says what is needed
        settings = _with_generation(settings or load_settings(**choices))
        if track:
            adapters = [*adapters, *tracking_adapters(settings)]
        encoder = load_encoder(settings.encoder, settings.encoder_threads, settings.data_dir)
        return cls(
            settings, encoder, open_database(settings, encoder), cache=cache, adapters=adapters
        )

    def close(self) -> None:
        """Lets go of the database; the embedded server stops when its last user leaves. Tracked runs are sent first, for 10 s at most."""
        self._searches.close()
        for tracking in self._tracking:
            tracking.close()
        self.database.close()

    def __enter__(self) -> "Pipeline":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # ------------------------------------------------------------------------------------------------------- questions

    def ask(
        self, question: str, tenant: str, *, listener: Callable | None = None, **given: Any
    ) -> Answer:
        """The answer to a question from the tenant's documents.

        Args:
            listener: called with each event of `stream` as it happens.
            given: `history` (earlier turns, oldest first, the user's first), `today` (a date), `filters` ({"field": "value"} and the other
                forms of `headrace.metadata.filters.parse_filters`), and any parameter of a node, by its name.
        """
        answer, recording = self._run(
            ["answer"], {"question": question, "tenant": tenant, "listener": listener, **given}, {}
        )
        chosen = {
            name: getattr(self.settings, name)
            for name in (*GRAPH_SETTINGS, "encoder", "reranker", "language_model")
        }
        settings = {**chosen, **self._parameters(given)}
        return replace(
            answer["answer"],
            question=question,
            stages=tuple(recording.stages),
            total_ms=recording.total_ms,
            settings=settings,
        )

    def stream(
        self, question: str, tenant: str, **given: Any
    ) -> Iterator[TextEvent | CitationEvent | ResetEvent | Answer]:
        """The answer as it is made: text, each citation once verified, and last the `Answer` itself. Arguments as for `ask`."""
        events: queue.SimpleQueue = queue.SimpleQueue()

        def work() -> None:
            try:
                events.put(self.ask(question, tenant, listener=events.put, **given))
            except BaseException as error:  # handed to the caller's thread, where it is raised
                events.put(error)

        threading.Thread(target=work, name="headrace-stream", daemon=True).start()
        while True:
            event = events.get()
            if isinstance(event, BaseException):
                raise event
            yield event
            if isinstance(event, Answer):
                return

    def run(
        self, nodes: Sequence[str], *, overrides: Mapping[str, Any] | None = None, **inputs: Any
    ) -> dict[str, Any]:
        """The values of the named nodes, by name. `overrides` gives a node's value instead of computing it.

        Raises SettingsError for a name that is no node, no input or nothing to override: Hamilton itself would ignore it.
        Example: rag.run(["fused_hits"], question="...", tenant="acme", overrides={"keyword_hits": []}).
        """
        values, _ = self._run(list(nodes), inputs, dict(overrides or {}))
        return values

    def recorded_run(self, nodes: Sequence[str], **inputs: Any) -> tuple[dict[str, Any], Recording]:
        """Like `run`, with when each node ran and for how long."""
        return self._run(list(nodes), inputs, {})

    def _run(
        self, nodes: list[str], given: dict[str, Any], overrides: dict[str, Any]
    ) -> tuple[dict[str, Any], Recording]:
        inputs = self._inputs(given, nodes, overrides)
        with recorded() as recording:
            values = self.driver.execute(nodes, inputs=inputs, overrides=overrides)
            recording.stop()
        return values, recording

    def _inputs(
        self, given: dict[str, Any], nodes: Sequence[str], overrides: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Everything the graph takes from outside, the names checked."""
        nodes_known, inputs_known = self._names
        _check_names("node", nodes, nodes_known)
        _check_names("node to override", overrides, nodes_known | inputs_known)
        _check_names(
            "input", given, inputs_known | set(QUESTION_INPUTS)
        )  # a question may come with turns that no node of this variant reads
        if "tenant" in given and not (isinstance(given["tenant"], str) and given["tenant"].strip()):
            raise QuestionError(
                "no tenant was named: every question is asked of one tenant's documents"
            )
        if "filters" in given:
            given = {**given, "filters": parse_filters(given["filters"])}
        resources = {
            name: getattr(self, name) for name in RESOURCES if name in inputs_known
        }  # models are loaded by this, if at all
        inputs = {**resources, "listener": None, **self._parameters({}), **given}
        return {name: value for name, value in inputs.items() if name in inputs_known}

    @cached_property
    def _names(self) -> tuple[set[str], set[str]]:
        """The names of the graph's nodes, and of what it takes from outside."""
        variables = self.driver.list_available_variables()
        inputs = {variable.name for variable in variables if variable.is_external_input}
        return {variable.name for variable in variables} - inputs, inputs

    def _parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        parameters = self.settings.node_parameters()
        return parameters | {name: value for name, value in given.items() if name in parameters}

    # ---------------------------------------------------------------------------------------------------------- models

    @cached_property
    def reranker(self) -> Reranker:
        """The reranker; one that explains itself when there are no weights. Loaded when first needed."""
        settings = self.settings
        try:
            return load_reranker(
                settings.reranker,
                precision=settings.rerank_precision,
                threads=settings.encoder_threads,
                cache_dir=settings.data_dir,
                download=settings.download_models,
            )
        except ModelError:
            return MissingReranker(settings.reranker)

    @cached_property
    def late_interaction(self) -> Reranker:
        return LateInteraction(self.encoder, self.settings.encoder_threads)

    @cached_property
    def language_model(self) -> AnthropicModel:
        settings = self.settings
        return AnthropicModel(
            settings.language_model,
            max_output_tokens=settings.max_answer_tokens,
            timeout_s=settings.generation_timeout_s,
            prices=settings.prices,
        )

    @cached_property
    def analysis_model(self) -> AnthropicModel:
        settings = self.settings
        return AnthropicModel(
            settings.language_model,
            timeout_s=settings.analysis_timeout_s,
            max_retries=1,
            prices=settings.prices,
        )

    @cached_property
    def word_lists(self) -> GeneralWords:
        return GeneralWords()

    @cached_property
    def token_counter(self) -> TiktokenCounter:
        return TiktokenCounter()

    def _cache_dir(self) -> Path:
        """Apart for each set of models: a resource is no part of a cache key."""
        return (
            self.settings.data_dir / "cache" / fingerprints.fingerprint(self.settings.resources())
        )

    # ------------------------------------------------------------------------------------------------------- documents

    def ingest(
        self,
        sources: Sequence[str | Path] | Iterable[Document],
        tenant: str,
        *,
        prune: bool = False,
        bulk: bool = False,
        on_outcome: Callable[[Outcome], None] | None = None,
        on_index: Callable[[str, int, int], None] | None = None,
    ) -> list[Outcome]:
        """Stores files, folders or `Document`s; what became of each, in order.

        A document is stored in one transaction, often with others, and what is unchanged is left alone: the next run finishes one that was cut off.
        At the end, once the tenant has more chunks than are compared exactly, the vector index is built, if there is none yet.

        Args:
            sources: paths, or documents, which may come from a generator.
            prune: afterwards remove the tenant's documents that came from these files or folders and are no longer there.
            bulk: for very many documents: a vector index that is there already is dropped before and built anew after them, which takes less than
                adding them to it. Meanwhile every search, of other tenants too, compares every chunk; if this is killed,
                until the next ingest of a tenant that is due for an index.
            on_outcome: called with each outcome as soon as it is certain, for a progress bar.
            on_index: called while the index is built, with what is being done, how much of it is done and of how much, from another thread.
        Raises SourceError for a path that does not exist, DatabaseError when the index cannot be built. A file that cannot be read is an
        outcome with a reason.
        """
        if not isinstance(tenant, str) or not tenant.strip():
            raise QuestionError("no tenant was named: every document belongs to one")
        paths, documents = told_apart(sources)
        if paths:
            documents = read_paths(paths, self.settings.max_document_mb)
        outcomes: list[Outcome] = []
        with self.database.bulk_load() if bulk else nullcontext() as bulk_load:
            for done in self._ingested_blocks(documents, tenant):
                for outcome in done:
                    if on_outcome:
                        on_outcome(outcome)
                outcomes += done
            if prune and paths:
                outcomes += self._prune([Path(path).resolve() for path in paths], outcomes, tenant)
            ((due,),) = self.database.query(
                tenant, "index_due", {"exact_search_chunks": self.settings.exact_search_chunks}
            )
            if due or (bulk_load and bulk_load.was_dropped):
                (bulk_load or self.database).build_index(on_index)
        return outcomes

    def remove(self, paths: Sequence[str | Path], tenant: str) -> list[Outcome]:
        """Removes the tenant's documents that came from these files or from beneath these folders, whether they are still there or not."""
        return self._prune([Path(path).resolve() for path in paths], [], tenant) if paths else []

    def facets(self, tenant: str, field: str | None = None, *, limit: int = 100) -> list[Facet]:
        """What there is to filter by: the tenant's fields, or the values of `field`, with how many documents have each, most first."""
        return facets(self.database, tenant, field, limit)

    def store_glossary(self, pairs: Sequence[tuple[str, str]], tenant: str) -> None:
        """The tenant's abbreviations as (short form, long form), in place of those given before."""
        shorts, longs = [short for short, _ in pairs], [long for _, long in pairs]
        with self.database.transaction(tenant) as transaction:
            transaction.query("store_glossary", {"short_forms": shorts, "long_forms": longs})
            transaction.query("add_statistics", {"documents": 0, "chunks": 0, "length": 0})

    def _ingested_blocks(self, documents: Iterable, tenant: str) -> Iterator[list[Outcome]]:
        """What became of each block's documents, in order. While PostgreSQL stores one block, the next is read, cut and embedded."""
        waiting: deque[tuple[list[Outcome], Future[list[Outcome]]]] = deque()
        with ThreadPoolExecutor(_BLOCKS_AT_ONCE, thread_name_prefix="headrace-ingest") as threads:
            for block in blocks(documents):
                waiting.append(
                    (
                        list(block.failed),
                        threads.submit(self._ingest_block, list(block.documents), tenant),
                    )
                )
                if len(waiting) > _BLOCKS_AT_ONCE:
                    failed, stored = waiting.popleft()
                    yield [*failed, *stored.result()]
            for failed, stored in waiting:
                yield [*failed, *stored.result()]

    def _ingest_block(self, documents: list[Document], tenant: str) -> list[Outcome]:
        return self._execute_ingestion("stored_documents", documents=documents, tenant=tenant)

    def _prune(self, roots: list[Path], outcomes: list[Outcome], tenant: str) -> list[Outcome]:
        """Removes what is stored from these places and was not met again; a source that failed to be read has not vanished."""
        met = {outcome.document_id for outcome in outcomes}
        failed = {
            outcome.source.rpartition(":")[0] or outcome.source
            for outcome in outcomes
            if outcome.status == "failed"
        }
        failed |= {outcome.source for outcome in outcomes if outcome.status == "failed"}
        stored = [
            row
            for root in roots
            for row in self.database.query(tenant, "stored_sources", {"root": root.as_posix()})
        ]
        vanished = [
            document_id
            for document_id, source in stored
            if document_id not in met and source not in failed
        ]
        return self._execute_ingestion("removed_documents", vanished_ids=vanished, tenant=tenant)

    def _execute_ingestion(self, node: str, **inputs: Any) -> Any:
        settings = self.settings
        chosen = {
            "chunk_tokens": settings.chunk_tokens,
            "chunk_overlap": settings.chunk_overlap,
            "default_language": settings.default_language,
        }
        return self._ingestion.execute(
            [node], inputs={"database": self.database, "encoder": self.encoder, **chosen, **inputs}
        )[node]


class MissingReranker:
    """Stands where a reranker without weights would be, and says why nothing was reranked."""

    def __init__(self, name: str):
        self.name = name

    def score(self, question: str, texts: Sequence[str], deadline_s: float | None = None) -> Any:
        raise ModelError(f"no weights for {self.name} (run.py doctor says how to get them)")


def query_driver(settings: Settings, *, adapters: Sequence[LifecycleAdapter] = ()) -> driver.Driver:
    """The driver of the query dataflow in the variants that `settings` choose; it needs no database until it is run."""
    config = _with_generation(settings).graph_config()
    return (
        driver.Builder()
        .with_modules(*QUERY_MODULES)
        .with_config(config)
        .with_adapters(ProtocolInputs(), *adapters)
        .build()
    )


def ingestion_driver() -> driver.Driver:
    """The driver of the ingestion dataflow."""
    return driver.Builder().with_modules(ingestion).with_adapters(ProtocolInputs()).build()


def reembedding_driver() -> driver.Driver:
    """The driver of a change of encoder, run once per block of chunks."""
    return driver.Builder().with_modules(reembedding).with_adapters(ProtocolInputs()).build()


def evaluation_driver() -> driver.Driver:
    """The driver of the evaluation dataflow."""
    from headrace.measuring.quality import evaluation

    return driver.Builder().with_modules(evaluation).with_adapters(ProtocolInputs()).build()


def _with_generation(settings: Settings) -> Settings:
    """`generation = auto` decided: anthropic where credentials are set, else extractive."""
    if settings.generation != "auto":
        return settings
    return settings.model_copy(
        update={"generation": "anthropic" if credentials_present() else "extractive"}
    )


def _check_names(kind: str, given: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise SettingsError(
            f"unknown {kind}: {', '.join(unknown)}; there are: {', '.join(sorted(known))}"
        )
