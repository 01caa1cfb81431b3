"""The one place that puts the nodes, what they are given, and Hamilton together.

Example:

    with Pipeline.open() as rag:
        rag.ingest(["docs/"], tenant="acme")
        answer = rag.ask("How long do I have to return an item?", tenant="acme")
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Unpack

from hamilton.lifecycle import LifecycleAdapter

from headrace.drivers import by_graph, decided, ingestion_driver, query_driver
from headrace.errors import noted_at
from headrace.execution import arguments
from headrace.execution.blocks import ThreadExecutor
from headrace.execution.caching import NodeCache, cache_adapters
from headrace.execution.concurrent import ConcurrentSearches
from headrace.execution.modules import load_module
from headrace.execution.names import GraphNames
from headrace.execution.recording import Recording, recorded
from headrace.execution.streaming import streamed
from headrace.ingest.finding import IdBy, Identities, Selection
from headrace.ingest.pruning import Prune, chosen_documents, sorted_out
from headrace.ingest.sources import checked_paths, paths_or_documents
from headrace.ingest.storing import store_glossary
from headrace.ingesting import IngestRun, Meter, ingest_parameters
from headrace.metadata.documents import listed, stored_document
from headrace.metadata.facets import facets
from headrace.metadata.filters import parse_filters
from headrace.resources.hamilton_ui.tracking import RunTracking, tracking_adapters
from headrace.resources.models.loading import MODEL_INPUTS, PROTOCOLS, Models
from headrace.resources.own_parts import check_part
from headrace.resources.postgres.database import PostgresDatabase
from headrace.resources.postgres.opening import open_database
from headrace.settings import GRAPH_SETTINGS, Settings, load_settings
from headrace.types import (
    BY_ENCODER,
    Answer,
    CitationEvent,
    Document,
    Encoder,
    Executor,
    Facet,
    IngestListeners,
    Listener,
    Outcome,
    Reader,
    ResetEvent,
    StoredDocument,
    TenantDatabase,
    TextEvent,
)

#: What a question consists of; all else that comes from outside is a part or a setting.
QUESTION_INPUTS = ("question", "tenant", "history", "today", "filters", "listener")
#: What nodes are given from outside, beside questions and settings.
RESOURCES = ("database", *MODEL_INPUTS)


class Pipeline:
    """The dataflow, from `Pipeline.open()`; several threads may use it at once.

    Attributes:
        settings: what it was opened with, `generation` decided.
        driver: Hamilton's driver of the query dataflow; `inputs` makes what it takes.
        models: encoder, reranker, language model and others, loaded when first needed.
        database: PostgreSQL, as the application's login.
    """

    def __init__(
        self,
        settings: Settings,
        encoder: Encoder,
        database: PostgresDatabase,
        *,
        modules: Sequence[ModuleType] = (),
        readers: Sequence[Reader] = (),
        cache: bool | NodeCache = False,
        adapters: Sequence[LifecycleAdapter] = (),
        **parts: Any,
    ):
        """As `open` does, with an encoder and a database that are there already."""
        self.models = Models(settings, {"encoder": encoder, **parts})
        self.settings = decided(settings, own_model=self.models.has_own_language_model)
        self.database = database
        self.readers = (*readers, *self.models.readers)
        self.selection = Selection(settings.include, settings.exclude, settings.follow_links)
        self._tracking = [adapter for adapter in adapters if isinstance(adapter, RunTracking)]
        adapters = [*adapters, *cache_adapters(cache, self.settings)]
        self.modules = tuple(modules)
        query_modules, ingest_modules = by_graph(modules)
        self.driver = query_driver(self.settings, modules=query_modules, adapters=adapters)
        self._searches = ConcurrentSearches.of(self.driver, self.settings.connections)
        self._ingestion = ingestion_driver(ingest_modules)
        self._has_own_ingestion = bool(ingest_modules)
        self.models.check()

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        modules: Sequence[ModuleType | str | Path] = (),
        readers: Sequence[Reader] = (),
        cache: bool | NodeCache = False,
        track: bool = False,
        adapters: Sequence[LifecycleAdapter] = (),
        **choices: Any,
    ) -> "Pipeline":
        """Opens the database, loads the encoder and builds the graph.

        The database is started or reached, and migrated.

        Args:
            settings: as from `load_settings`; or single settings as `choices`, which go
                before the environment's. As `encoder`, `reranker`, `language_model` or
                `token_counter`, an object of your own may be given that meets the
                protocol of that name in `headrace.types`.
            modules: of your own, or paths to them. Their functions join the graph and
                replace nodes of the same name.
            readers: your own (`headrace.types.Reader`), for more kinds of files.
            cache: keep every node's result on disk and use it again while nothing it
                depends on has changed, for exploring. Or a cache of your own.
            track: send runs to the Hamilton UI that `run.py ui` starts, if it runs.
            adapters: further Hamilton adapters for the query dataflow.
        Raises SettingsError, DatabaseError or ModelError, each saying what to do.
        """
        # Hamilton logs a failed node's inputs; the error itself says what is needed.
        logging.getLogger("hamilton").setLevel(logging.CRITICAL)
        own = [name for name in PROTOCOLS if not isinstance(choices.get(name), str | None)]
        parts = {name: choices.pop(name) for name in own}
        settings = settings or load_settings(**choices)
        loaded = [load_module(m) if isinstance(m, str | Path) else m for m in modules]
        own_readers = [check_part("readers", reader, Reader) for reader in readers]
        if track:
            adapters = [*adapters, *tracking_adapters(settings)]
        models = Models(settings, parts)
        database = open_database(settings, models.encoder)
        given = {**parts, "encoder": models.encoder}
        options = {"modules": loaded, "readers": own_readers, "cache": cache, "adapters": adapters}
        try:
            return cls(settings, database=database, **given, **options)
        except BaseException as error:
            with noted_at(error):
                database.close()
            raise

    def close(self) -> None:
        """Releases the database; the embedded server stops when its last user leaves.

        Tracked runs are sent first, for 10 s at most.
        """
        with ExitStack() as closing:
            closing.callback(self.database.close)
            closing.callback(self.models.close)
            for tracking in self._tracking:
                closing.callback(tracking.close)
            self._searches.close()

    def __enter__(self) -> "Pipeline":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        with noted_at(error):
            self.close()

    @property
    def encoder(self) -> Encoder:
        return self.models.encoder

    def ask(
        self,
        question: str,
        tenant: str | None = None,
        *,
        listener: Listener | None = None,
        **given: Any,
    ) -> Answer:
        """The answer to a question from the tenant's documents.

        Args:
            tenant: without one, the setting `tenant`.
            listener: called with each event of `stream` as it happens.
            given: `history` (earlier turns, oldest first, the user's first), `today` (a
                date; otherwise the current day), `filters` ({"field": "value"}, or as
                in `headrace.metadata.filters.parse_filters`), any parameter of a node.
        """
        inputs = {"question": question, "tenant": tenant, "listener": listener, **given}
        values, recording = self._run(["answer"], inputs, {})
        return replace(
            values["answer"],
            question=question,
            stages=tuple(recording.stages),
            total_ms=recording.total_ms,
            settings=self._ran_with(given),
        )

    def stream(
        self, question: str, tenant: str | None = None, **given: Any
    ) -> Iterator[TextEvent | CitationEvent | ResetEvent | Answer]:
        """As `ask`, while it is made: text, verified citations, last the `Answer`."""
        return streamed(lambda put: self.ask(question, tenant, listener=put, **given))

    def run(
        self, nodes: Sequence[str], *, overrides: Mapping[str, Any] | None = None, **inputs: Any
    ) -> dict[str, Any]:
        """The values of the named nodes, by name.

        Args:
            overrides: values of nodes, which are then not computed.
        Raises SettingsError for a name that is no node, input or thing to override.
        Example: rag.run(["context"], question="...", overrides={"keyword_hits": []}).
        """
        values, _ = self._run(nodes, inputs, arguments.checked_overrides(overrides))
        return values

    def recorded_run(self, nodes: Sequence[str], **inputs: Any) -> tuple[dict[str, Any], Recording]:
        """The values of the named nodes, and when each node ran and for how long."""
        return self._run(nodes, inputs, {})

    def inputs(
        self, question: str | None = None, tenant: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Everything the graph takes from outside, for `rag.driver`; given as to `ask`.

        Example: rag.driver.execute(["context"], inputs=rag.inputs("...", "acme")).
        """
        asked = {} if question is None else {"question": question}
        return self._inputs({"tenant": tenant, **asked, **more}, self.database.for_questions)

    def _run(
        self, nodes: Sequence[str], given: dict[str, Any], overrides: dict[str, Any]
    ) -> tuple[dict[str, Any], Recording]:
        nodes = arguments.checked_nodes(nodes)
        self._names.check(nodes, overrides)
        inputs = self._inputs(given, self.database.for_one_question)
        self._names.check_complete(nodes, inputs.keys() | overrides.keys())
        with recorded() as recording:
            values = self.driver.execute([*nodes], inputs=inputs, overrides=overrides)
            recording.stop()
        return values, recording

    def _inputs(
        self, given: dict[str, Any], for_tenant: Callable[[str], TenantDatabase]
    ) -> dict[str, Any]:
        known = self._names.inputs
        # A question may come with turns that no node of this variant reads.
        given = arguments.checked_inputs(given, known | set(QUESTION_INPUTS))
        tenant = self._tenant(given.pop("tenant", None))
        if "filters" in given:
            given["filters"] = parse_filters(given["filters"])
        inputs: dict[str, Any] = {"tenant": tenant, "listener": None}
        inputs["database"] = for_tenant(tenant)
        for name in MODEL_INPUTS:
            if name in known and name not in given:
                inputs[name] = getattr(self.models, name)
        given["today"] = given.get("today") or date.today()
        inputs |= self._parameters({}) | given
        return {name: value for name, value in inputs.items() if name in known}

    def _tenant(self, tenant: Any) -> str:
        return arguments.checked_tenant(self.settings.tenant if tenant is None else tenant)

    @cached_property
    def _names(self) -> GraphNames:
        return GraphNames(self.driver, self.modules)

    def _parameters(self, given: Mapping[str, Any]) -> dict[str, Any]:
        parameters = self.settings.node_parameters()
        for name, known in BY_ENCODER.items():
            parameters[name] = parameters[name] or known(self.encoder.name)
        return parameters | {name: given[name] for name in parameters if name in given}

    def _ran_with(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What a question was asked with: settings, and what really ran."""
        ran: dict[str, Any] = {name: getattr(self.settings, name) for name in GRAPH_SETTINGS}
        ran |= self.models.names(self.settings) | self._parameters(given)
        if own := self._names.own:
            ran["own_nodes"] = sorted(own)
        return ran

    def ingest(
        self,
        sources: Sequence[str | Path] | Iterable[Document],
        tenant: str | None = None,
        *,
        prune: Prune = False,
        bulk: bool = False,
        id_by: IdBy | Identities = "relative",
        verify: bool = False,
        executor: Executor | None = None,
        **told: Unpack[IngestListeners],
    ) -> list[Outcome]:
        """Stores files, folders or `Document`s; what became of each, in order.

        A document is stored in one transaction, often with others, and what is
        unchanged is left alone: after a run that was cut off, the next finishes the
        work. At the end, a vector index is built where one is due.

        Args:
            sources: paths, or documents, which may come from a generator.
            tenant: without one, the setting `tenant`.
            prune: afterwards remove the tenant's documents that came from these files
                or folders and are no longer there; only with "all" also all of a place
                or more than half of all documents.
            bulk: for very many documents: the vector index is dropped before and built
                again after them, which is faster than adding to it. Meanwhile every
                search compares every chunk; after a kill, until an ingest builds it.
            id_by: what the ids of files are made of.
            verify: read unchanged files too; always so with nodes of your own.
            executor: where files are read and documents stored; None: in threads.
            told: `on_outcome`, called with each outcome as soon as it is certain;
                `on_progress`, told what is being done, how much of how much is done.
        Raises SourceError when none of the paths can be read, DatabaseError when the
        index cannot be built. A file that cannot be read is an outcome with a reason.
        """
        tenant = self._tenant(tenant)
        paths, documents = paths_or_documents(sources)
        on_progress = told.get("on_progress")
        run = IngestRun(self, tenant, executor or ThreadExecutor(), Meter(on_progress), paths)
        run = run.reading_files(id_by, verify or self._has_own_ingestion)
        with self.database.bulk_load() if bulk else nullcontext() as bulk_load:
            outcomes = run.outcomes(documents, told.get("on_outcome"))
            if paths:
                outcomes += self._prune(paths, outcomes, tenant, prune)
            if run.is_index_due() or (bulk_load and bulk_load.was_dropped):
                (bulk_load or self.database).build_index(on_progress)
        return outcomes

    def remove(
        self,
        paths: Sequence[str | Path] = (),
        tenant: str | None = None,
        *,
        ids: Sequence[str] = (),
        sources: Sequence[str] = (),
    ) -> list[Outcome]:
        """Removes the tenant's documents that are named by one of these.

        Args:
            paths: files and folders they came from, which may still be there or not.
            ids: their ids.
            sources: their sources, or places above these, such as "s3://bucket/docs".
        Returns:
            What was removed; "failed" for what names no document.
        """
        tenant = self._tenant(tenant)
        database = self.database.for_tenant(tenant)
        chosen = chosen_documents(database, checked_paths(paths), ids, sources)
        return [*self._removed(chosen.document_ids, tenant), *chosen.missing]

    def documents(self, tenant: str | None = None, **choice: Any) -> list[StoredDocument]:
        """The documents, by id, without texts; `choice` as of `metadata.documents`."""
        return listed(self.database.for_tenant(self._tenant(tenant)), **choice).documents

    def document(self, document_id: str, tenant: str | None = None) -> StoredDocument:
        """A document with its text and chunks. QuestionError for one not stored."""
        return stored_document(self.database.for_tenant(self._tenant(tenant)), document_id)

    def facets(
        self, tenant: str | None = None, field: str | None = None, *, limit: int = 100
    ) -> list[Facet]:
        """The fields, or the values of `field`, those of most documents first."""
        return facets(self.database.for_tenant(self._tenant(tenant)), field, limit)

    def store_glossary(self, pairs: Sequence[tuple[str, str]], tenant: str | None = None) -> None:
        """Stores abbreviations, (short form, long form), in place of those before."""
        store_glossary(pairs, self.database.for_tenant(self._tenant(tenant)))

    def _prune(
        self, paths: Sequence[str | Path], met: list[Outcome], tenant: str, prune: Prune
    ) -> list[Outcome]:
        """Removes, or names, what is stored from these places and was not met again."""
        vanished, kept = sorted_out(paths, met, prune, self.database.for_tenant(tenant))
        return self._removed(vanished, tenant) + kept

    def _removed(self, ids: list[str], tenant: str) -> list[Outcome]:
        return self.execute_ingestion("removed_documents", tenant, vanished_ids=ids)

    def execute_ingestion(self, node: str, tenant: str, **inputs: Any) -> Any:
        """The value of a node of the ingestion, for `ingesting`."""
        given = {
            "database": self.database.for_tenant(tenant),
            "encoder": self.models.ingest_encoder,
            **ingest_parameters(self.settings),
            **inputs,
        }
        return self._ingestion.execute([node], inputs=given)[node]
