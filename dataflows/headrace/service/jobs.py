"""Long ingests: one after the other in the background, telling how far they are.

A job's row is in the database, so that any worker process can show it. The process that
runs a job renews the row; one whose process died is shown as failed.
"""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from headrace.errors import HeadraceError, QuestionError
from headrace.pipeline import Pipeline
from headrace.service.problems import Refusal, problem_of
from headrace.types import Document, Outcome, TenantDatabase

JobStatus = Literal["waiting", "running", "done", "failed"]

#: Jobs that may wait in one process.
_MOST_WAITING = 32
_MOST_LISTED = 100
#: Seconds between two reports of a job.
_REPORT_S = 1.0
#: Seconds without a sign of life after which a job has lost its process. A running job
#: may wait for a lock as long as an ingest may take, a waiting one for those before it.
_LOST_S = {"running": 900.0, "waiting": 86_400.0}
_STOPPED = "the service was stopped: send these documents again, what is stored is kept"
_LOST = "its process ended: send these documents again, what is stored is kept"

_logger = logging.getLogger(__name__)


class _JobRow(NamedTuple):
    """A row of the statement `stored_jobs`."""

    job_id: str
    status: JobStatus
    progress: Mapping[str, list[int]]
    outcomes: Sequence[Mapping[str, Any]]
    reason: str
    created_at: datetime
    idle_s: float


@dataclass(frozen=True)
class Job:
    """An ingest that runs in the background.

    Attributes:
        progress: what is counted, with how much is done of how much.
        outcomes: what became of each document so far.
        reason: why it failed; "" otherwise.
    """

    job_id: str
    status: JobStatus = "waiting"
    progress: Mapping[str, Sequence[int]] = field(default_factory=dict)
    outcomes: Sequence[Mapping[str, Any]] = ()
    reason: str = ""
    created_at: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        created = self.created_at.isoformat() if self.created_at else None
        return {**asdict(self), "created_at": created}


class Stopped(HeadraceError):
    """The service stops, and a job with it."""


class Jobs:
    """The jobs of one process."""

    def __init__(self, rag: Pipeline, count: Callable[[str], None]):
        """
        Args:
            count: told the status of each outcome.
        """
        self._rag = rag
        self._count = count
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="headrace-job")
        self._open: set[Future] = set()
        #: Set when no more jobs may begin.
        self._closing = threading.Event()
        #: Set when the running job has to end.
        self._stopping = threading.Event()

    def start(
        self, tenant: str, documents: Sequence[Document], others: Sequence[Outcome] = ()
    ) -> Job:
        """Has documents ingested after those of earlier jobs.

        Args:
            others: what became of files that gave no document.
        Raises:
            Refusal: too many jobs wait.
        """
        if len(self._open) >= _MOST_WAITING:
            detail = f"{_MOST_WAITING} jobs wait already: try again when one of them is done"
            raise Refusal(503, "overloaded", detail, {"Retry-After": "30"})
        job = Job(uuid.uuid4().hex)
        database = self._rag.database.for_tenant(tenant)
        _store(database, job)
        (stored,) = stored_jobs(database, job.job_id)
        future = self._pool.submit(self._run, database, job, documents, others)
        self._open.add(future)
        future.add_done_callback(self._open.discard)
        return stored

    def stop(self, patience_s: float) -> None:
        """Gives up jobs that wait, and the running one after `patience_s` seconds."""
        self._closing.set()
        wait(list(self._open), patience_s)
        self._stopping.set()
        self._pool.shutdown()

    def _run(
        self,
        database: TenantDatabase,
        job: Job,
        documents: Sequence[Document],
        others: Sequence[Outcome],
    ) -> None:
        running = replace(job, status="running")
        report = _Report(database, running, len(documents), self._stopping)
        try:
            if self._closing.is_set():
                raise Stopped(_STOPPED)
            for outcome in others:
                report.add_outcome(outcome)
            self._rag.ingest(
                documents,
                database.tenant,
                on_outcome=report.add_outcome,
                on_progress=report.add_progress,
            )
            report.end("done")
        except Exception as error:
            told, _ = problem_of(error)
            report.end("failed", str(error) if isinstance(error, Stopped) else told["detail"])
        for outcome in report.job.outcomes:
            self._count(outcome["status"])


class _Report:
    """Writes to a job's row how far the job is."""

    def __init__(
        self, database: TenantDatabase, job: Job, documents: int, stopping: threading.Event
    ):
        self.job = job
        self._documents = documents
        self._database = database
        self._stopping = stopping
        self._outcomes: list[Mapping[str, Any]] = []
        self._progress: dict[str, Sequence[int]] = {}
        self._lock = threading.Lock()
        self._written_at = 0.0

    def add_outcome(self, outcome: Outcome) -> None:
        with self._lock:
            self._outcomes.append(outcome_dict(outcome))
            self._progress["documents"] = (len(self._outcomes), self._documents)
        self._renew()

    def add_progress(self, what: str, done: int, total: int) -> None:
        with self._lock:
            self._progress[what] = (done, total)
        self._renew()

    def end(self, status: JobStatus, reason: str = "") -> None:
        self.job = replace(
            self.job,
            status=status,
            reason=reason,
            progress=dict(self._progress),
            outcomes=tuple(self._outcomes),
        )
        try:
            _store(self._database, self.job)
        except HeadraceError as error:
            _logger.error("the end of the job %s could not be stored: %s", self.job.job_id, error)

    def _renew(self) -> None:
        """Renews the row, once a second. Raises Stopped when the service has to end."""
        if self._stopping.is_set():
            raise Stopped(_STOPPED)
        with self._lock:
            if time.monotonic() - self._written_at < _REPORT_S:
                return
            self._written_at = time.monotonic()
            present = replace(self.job, progress=dict(self._progress), outcomes=())
        _store(self._database, present)


def outcome_dict(outcome: Outcome) -> dict[str, Any]:
    """What became of a document, as JSON."""
    return {
        "document_id": outcome.document_id,
        "source": outcome.source,
        "status": outcome.status,
        "chunks": outcome.chunks,
        "reason": outcome.reason,
    }


def stored_jobs(database: TenantDatabase, job_id: str | None = None) -> list[Job]:
    """The tenant's jobs, or one of them, the newest first.

    Raises:
        QuestionError: there is no job of this id.
    """
    asked = {"job_id": job_id, "count_limit": _MOST_LISTED}
    jobs = [_job(_JobRow(*row)) for row in database.query("stored_jobs", asked)]
    if job_id is not None and not jobs:
        raise QuestionError(f"there is no job {job_id:.60}; jobs are kept for a week")
    return jobs


def _job(row: _JobRow) -> Job:
    is_lost = row.idle_s > _LOST_S.get(row.status, float("inf"))
    status: JobStatus = "failed" if is_lost else row.status
    reason = _LOST if is_lost else row.reason
    return Job(row.job_id, status, row.progress, row.outcomes, reason, row.created_at)


def _store(database: TenantDatabase, job: Job) -> None:
    row = {
        "job_id": job.job_id,
        "status": job.status,
        "progress": json.dumps(job.progress),
        "outcomes": json.dumps(job.outcomes),
        "reason": job.reason,
    }
    database.query("store_job", row)
