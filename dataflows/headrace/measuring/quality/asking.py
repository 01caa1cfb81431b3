"""Asks the questions of a collection, and keeps what was done.

A measurement that was stopped continues where it was.
"""

from collections.abc import Iterator, Sequence
from types import ModuleType

from headrace.drivers import by_graph
from headrace.errors import SourceError
from headrace.execution.blocks import overlapped
from headrace.execution.code import module_code
from headrace.execution.fingerprints import fingerprint
from headrace.ingest.recipe import CHUNK_VERSION, DOCUMENT_VERSION
from headrace.measuring.quality.labelled import Collection, LabelledQuestion
from headrace.measuring.quality.traces import Trace, append_trace, read_traces
from headrace.measuring.quality.tracing import Tracer, traced
from headrace.pipeline import Pipeline
from headrace.resources.postgres import statements
from headrace.settings import Settings
from headrace.types import Executor, Outcome, Progress


class Asker:
    """Asks the questions of one collection.

    Its corpus is stored first in a tenant that holds nothing else, unless it is there
    already.

    Args:
        answers: whether the graph runs to its end, or to the context.
        purpose: traces of different purposes are kept apart.
        modules: those that `rag` was opened with.
        executor: where the corpus is stored; None: in threads.
    Attributes:
        chunks: how many the tenant holds.
        resumed: how many questions were asked before, by a run that was stopped.
    """

    def __init__(
        self,
        rag: Pipeline,
        collection: Collection,
        *,
        answers: bool,
        purpose: str,
        progress: Progress,
        modules: Sequence[ModuleType] = (),
        executor: Executor | None = None,
    ):
        tenant = stored(rag, collection, progress, modules, executor)
        documents, self.chunks = _held(rag, tenant)
        self._rag = rag
        self._given = (tenant, documents, answers)
        self._tracer = Tracer(rag, tenant, documents=documents, answers=answers)
        self._warm_up = Tracer(rag, tenant, documents=documents, answers=False)
        settings = [rag.settings.model_dump(mode="json"), rag.settings.database_url]
        code = [module_code(Tracer.__module__), statements.fingerprint(), *_codes(modules)]
        asked = [purpose, tenant, collection.content_hash, answers, settings, code]
        name = f"{collection.name}-{purpose}-{fingerprint(asked)[:12]}.jsonl"
        self._kept = rag.settings.data_dir / "evaluations" / name
        self._traces = read_traces(self._kept)
        self.resumed = len(self._traces)

    def ask(self, question: LabelledQuestion) -> Trace:
        """The question's trace: the kept one, or a new one, which is kept."""
        return self._keep(self._traces.get(question.query_id) or self._tracer.trace(question))

    def ask_elsewhere(
        self, questions: Sequence[LabelledQuestion], executor: Executor
    ) -> Iterator[Trace]:
        """As `ask` for each question, in order; an executor asks several at a time."""

        def trace(question: LabelledQuestion) -> Trace:
            kept = self._traces.get(question.query_id)
            return kept or executor.call(self._rag, traced, *self._given, question)

        for _, found in overlapped(questions, trace, executor.at_once):
            yield self._keep(found)

    def _keep(self, trace: Trace) -> Trace:
        if trace.query_id not in self._traces:
            self._traces[trace.query_id] = trace
            append_trace(self._kept, trace)
        return trace

    def warm_up(self, question: LabelledQuestion) -> None:
        """Runs the graph once without keeping anything.

        The first question loads models and tables; the time of that is not its own.
        """
        self._warm_up.trace(question)

    def finish(self) -> None:
        """Deletes the kept traces: the measurement is complete, the next one is new."""
        self._kept.unlink(missing_ok=True)


def tenant_of(
    collection: Collection, settings: Settings, modules: Sequence[ModuleType] = ()
) -> str:
    """The name of the tenant in which a corpus is measured.

    It is another one for every content, and for every way to make chunks of it.
    """
    _, ingest_modules = by_graph(modules)
    recipe = [
        collection.corpus_hash,
        (DOCUMENT_VERSION, CHUNK_VERSION),
        settings.chunk_tokens,
        settings.chunk_overlap,
        settings.default_language,
        *_codes(ingest_modules),
    ]
    return f"evaluation {collection.name} {fingerprint(recipe)[:12]}"


def stored(
    rag: Pipeline,
    collection: Collection,
    progress: Progress,
    modules: Sequence[ModuleType] = (),
    executor: Executor | None = None,
) -> str:
    """The tenant that holds the corpus; what is missing of it is ingested first.

    Raises SourceError when a document cannot be stored.
    """
    tenant = tenant_of(collection, rag.settings, modules)
    total = len(collection.documents)
    done = 0

    def count(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        progress(f"storing {collection.name}", done, total)

    if not total or _held(rag, tenant)[0] == total:
        return tenant
    rag.ingest(collection.documents.values(), tenant, on_outcome=count, executor=executor)
    held, _ = _held(rag, tenant)
    if held != total:
        raise SourceError(
            f"storing the collection {collection.name} failed: {held:,} of its {total:,} "
            "documents are in the database"
        )
    return tenant


def _held(rag: Pipeline, tenant: str) -> tuple[int, int]:
    """How many documents and chunks a tenant holds."""
    facts = rag.run(["tenant_facts"], tenant=tenant)["tenant_facts"]
    return facts.documents, facts.chunks


def _codes(modules: Sequence[ModuleType]) -> list[str]:
    return [module_code(module.__name__) for module in modules]
