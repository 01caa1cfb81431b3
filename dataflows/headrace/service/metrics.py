"""What Prometheus reads: questions, time of each node, tokens, cost, requests, pool.

No label holds a tenant, a question or a document. With several worker processes the
numbers of all of them are added up, through files in PROMETHEUS_MULTIPROC_DIR.
"""

import os
from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from headrace.types import Answer

if TYPE_CHECKING:
    from headrace.service.work import Work

#: Names the folder in which worker processes add up what they count.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
MEDIA_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The counters of one service."""

    def __init__(self) -> None:
        self._registry = kept = CollectorRegistry()
        self._questions = Counter(
            "headrace_questions", "Questions, by what became of them", ["outcome"], registry=kept
        )
        self._degraded = Counter(
            "headrace_degraded",
            "Answers of which a stage ran below its best",
            ["stage"],
            registry=kept,
        )
        self._seconds = Histogram(
            "headrace_question_seconds",
            "Time from question to answer",
            buckets=_SECONDS,
            registry=kept,
        )
        self._nodes = Histogram(
            "headrace_node_seconds",
            "Time of each node",
            ["node"],
            buckets=_SECONDS,
            registry=kept,
        )
        self._tokens = Counter(
            "headrace_model_tokens", "Tokens of language models, by kind", ["kind"], registry=kept
        )
        self._cost = Counter(
            "headrace_model_cost_usd", "Cost of language models, in USD", registry=kept
        )
        self._requests = Counter(
            "headrace_requests", "Requests, by route and status", ["route", "status"], registry=kept
        )
        self._documents = Counter(
            "headrace_documents",
            "Documents sent, by what became of them",
            ["status"],
            registry=kept,
        )
        self._threads = self._gauge(
            "headrace_threads", "Threads that work for requests, and requests that wait for one"
        )
        self._sessions = self._gauge(
            "headrace_database_sessions",
            "Sessions of PostgreSQL that are lent, and that wait for use",
        )

    def _gauge(self, name: str, meaning: str) -> Gauge:
        """A number of now, by state; those of all worker processes are added up."""
        return Gauge(name, meaning, ["state"], multiprocess_mode="livesum", registry=self._registry)

    def count_answer(self, answer: Answer) -> None:
        """Counts a question, how it was answered, and how long each node took."""
        # A greeting has a text and no answer; nothing was asked.
        is_reply = not answer.answered and bool(answer.text)
        outcome = "answered" if answer.answered else "reply" if is_reply else "declined"
        self._questions.labels(outcome).inc()
        for stage in {note.stage for note in answer.degraded}:
            self._degraded.labels(stage).inc()
        self._seconds.observe(answer.total_ms / 1000)
        for stage in answer.stages:
            self._nodes.labels(stage.node).observe(stage.ms / 1000)
        for kind, tokens in answer.usage.items():
            self._tokens.labels(kind).inc(tokens)
        self._cost.inc(answer.cost_usd or 0.0)

    def count_failure(self) -> None:
        """Counts a question that could not be answered, for an error."""
        self._questions.labels("failed").inc()

    def count_outcome(self, status: str) -> None:
        """Counts a document that was sent."""
        self._documents.labels(status).inc()

    def count_request(self, route: str, status: int) -> None:
        """Counts a request; `route` is the route's pattern, not the address."""
        self._requests.labels(route, str(status)).inc()

    def text(self, work: "Work", sessions: tuple[int, int]) -> bytes:
        """All of it, as Prometheus reads it.

        Args:
            sessions: of the database, those that are lent and those that are not.
        """
        for state, count in zip(("lent", "idle"), sessions, strict=True):
            self._sessions.labels(state).set(count)
        self._threads.labels("working").set(work.running)
        self._threads.labels("waiting").set(work.waiting)
        if FOLDER_VARIABLE not in os.environ:
            return generate_latest(self._registry)
        every = CollectorRegistry()
        MultiProcessCollector(every)
        return generate_latest(every)
