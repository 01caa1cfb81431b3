"""A labelled question, and a corpus with its questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from headrace.measuring.quality.labelled.spans import Span
from headrace.measuring.quality.understood import Understanding
from headrace.types import Document


@dataclass(frozen=True)
class LabelledQuestion:
    """A question and what is known of its answer.

    Attributes:
        relevant: the grade, 1 or more, of each relevant document; empty for a question
            that is not judged.
        answers: the gold answers, any of which counts.
        answerable: whether the documents answer it; None where nobody says.
        spans: the gold evidence.
        history: earlier turns, the user's first.
        today: the day on which it is asked.
        known: what there is to understand of it.
    """

    query_id: str
    text: str
    relevant: Mapping[str, int]
    answers: tuple[str, ...] = ()
    answerable: bool | None = None
    spans: tuple[Span, ...] = ()
    history: tuple[str, ...] = ()
    today: date | None = None
    known: Understanding = Understanding()

    def inputs(self) -> dict[str, Any]:
        """What the query dataflow is given for it, without the tenant."""
        return {"question": self.text, "history": self.history, "today": self.today}


@dataclass(frozen=True)
class Collection:
    """A corpus and its labelled questions.

    Attributes:
        corpus: the file; None where there are questions only.
        documents: by id.
        questions: in the order of their file.
        corpus_hash: changes with the content of the corpus, not with its packing.
        content_hash: the same for all three files.
    """

    name: str
    corpus: Path | None
    documents: Mapping[str, Document]
    questions: tuple[LabelledQuestion, ...]
    corpus_hash: str
    content_hash: str

    @cached_property
    def judged(self) -> tuple[LabelledQuestion, ...]:
        """The questions with a relevant document."""
        return tuple(question for question in self.questions if question.relevant)
