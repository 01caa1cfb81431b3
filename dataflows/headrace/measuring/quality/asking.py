"""Puts a collection's questions to the query dataflow, and keeps what is done, so that a measurement that is stopped goes on later."""

from collections.abc import Callable

from headrace.errors import SourceError
from headrace.execution.caching import module_code
from headrace.execution.fingerprints import fingerprint
from headrace.ingest import ingestion
from headrace.measuring.quality.collections import Collection, LabelledQuestion
from headrace.measuring.quality.traces import Trace, append_trace, read_traces, trace_question
from headrace.pipeline import Pipeline
from headrace.resources.postgres import statements
from headrace.settings import Settings

#: Called with what is being done, how much of it is done and how much there is.
Progress = Callable[[str, int, int], None]


class Asker:
    """Asks the questions of one collection, whose corpus it stores in a tenant of its own where it is not there yet.

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
    ):
        self._rag, self._answers = rag, answers
        self._tenant = stored(rag, collection, progress)
        self._documents, self.chunks = _held(rag, self._tenant)
        code = [module_code("headrace.pipeline"), statements.fingerprint()]
        key = fingerprint(
            [
                purpose,
                self._tenant,
                collection.content_hash,
                answers,
                rag.settings.model_dump(mode="json"),
                code,
            ]
        )
        self._kept = (
            rag.settings.data_dir / "evaluations" / f"{collection.name}-{purpose}-{key[:12]}.jsonl"
        )
        self._traces = read_traces(self._kept)
        self.resumed = len(self._traces)

    def ask(self, question: LabelledQuestion) -> Trace:
        """The question's trace: from before, if there is one, else made and kept."""
        if question.query_id not in self._traces:
            self._traces[question.query_id] = trace_question(
                self._rag, question, self._tenant, documents=self._documents, answers=self._answers
            )
            append_trace(self._kept, self._traces[question.query_id])
        return self._traces[question.query_id]

    def warm_up(self, question: LabelledQuestion) -> None:
        """Runs the graph once without keeping anything: models and tables are loaded by the first question, which should not be blamed for it."""
        trace_question(self._rag, question, self._tenant, documents=self._documents, answers=False)

    def finish(self) -> None:
        """Forgets the traces: the measurement is complete, the next one is a new one."""
        self._kept.unlink(missing_ok=True)


def tenant_of(collection: Collection, settings: Settings) -> str:
    """The name of the tenant a corpus is measured in: another one for every content and every way to make chunks of it."""
    chosen = [settings.chunk_tokens, settings.chunk_overlap, settings.default_language]
    recipe = fingerprint([collection.corpus_hash, ingestion.VERSION, *chosen])
    return f"evaluation {collection.name} {recipe[:12]}"


def stored(rag: Pipeline, collection: Collection, progress: Progress) -> str:
    """The tenant that holds the corpus; ingested first where it does not hold all of it."""
    tenant, total = tenant_of(collection, rag.settings), len(collection.documents)
    done = 0

    def count(outcome: object) -> None:
        nonlocal done
        done += 1
        progress(f"storing {collection.name}", done, total)

    if total and _held(rag, tenant)[0] != total:
        rag.ingest(collection.documents.values(), tenant, on_outcome=count)
        stored, _ = _held(rag, tenant)
        if stored != total:
            raise SourceError(
                f"storing the collection {collection.name} failed: {stored:,} of its {total:,} documents are in the database"
            )
    return tenant


def _held(rag: Pipeline, tenant: str) -> tuple[int, int]:
    """How many documents and chunks a tenant holds."""
    corpus = rag.run(["tenant_facts"], tenant=tenant)["tenant_facts"]
    return corpus.documents, corpus.chunks
