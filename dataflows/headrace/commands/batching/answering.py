"""The lines of a batch: questions answered, several at a time."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from itertools import islice
from typing import Any

from headrace.commands.batching.questions import Question
from headrace.commands.tenant_hints import emptiness
from headrace.errors import HeadraceError
from headrace.pipeline import Pipeline
from headrace.resources.redaction import without_secrets
from headrace.types import Executor


def answers(
    rag: Pipeline, executor: Executor, questions: list[Question], in_order: bool
) -> Iterator[dict[str, Any]]:
    """One line for each question, in order or in that in which they finish.

    At most a few questions are ahead of the writer.
    """
    at_once = executor.at_once
    pool = ThreadPoolExecutor(at_once)
    try:
        waiting = iter(questions)
        running: deque[Future[dict[str, Any]]] = deque()
        while True:
            for question in islice(waiting, at_once * 2 - len(running)):
                running.append(pool.submit(executor.call, rag, answer, question))
            if not running:
                return
            finished = running[0] if in_order else next(as_completed(running))
            running.remove(finished)
            yield finished.result()
    finally:
        # Interrupted, it does not wait: an answer may take a language model a minute.
        pool.shutdown(wait=False, cancel_futures=True)


def answer(rag: Pipeline, question: Question) -> dict[str, Any]:
    """The line of a question: its answer, or why there is none."""
    failed: dict[str, Any] = {"id": question.id}
    if question.problem:
        return failed | {"error": question.problem}
    failed["question"] = question.text
    try:
        answered = rag.ask(**question.inputs)
        if nothing := emptiness(rag, question.inputs["tenant"], answered):
            return failed | {"error": nothing}
        return {"id": question.id, **answered.to_dict()}
    except HeadraceError as error:
        return failed | {"error": str(error)}
    except Exception as error:  # a defect at one question must not end the batch
        said = f"{type(error).__name__}: {error}"
        notes = getattr(error, "__notes__", [])
        return failed | {"error": without_secrets("; ".join([said, *notes]))}
