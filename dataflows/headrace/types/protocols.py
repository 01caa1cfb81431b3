"""What nodes are given from outside; our own are in `headrace.resources`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from headrace.types.answers import CitedText, Completion, Prompt
from headrace.types.documents import Document

T = TypeVar("T")


@runtime_checkable
class Statements(Protocol):
    """One transaction of one tenant."""

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        """The rows of the statement in `<statement>.sql`; [] where it returns none.

        Raises SourceError when PostgreSQL refuses the values.
        """
        ...


@runtime_checkable
class TenantDatabase(Protocol):
    """PostgreSQL bound to one tenant: no statement can reach another tenant's rows.

    Attributes:
        tenant: the tenant's name.
        fingerprint: changes with whatever decides, beside the rows, what a query
            returns.
    """

    @property
    def tenant(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        """The rows of the statement in `<statement>.sql`, run as one transaction."""
        ...

    def query_each(
        self, statement: str, parameters: Iterable[Mapping[str, Any]]
    ) -> list[list[tuple]]:
        """The rows of the statement for each mapping, all in one transaction."""
        ...

    def read(self, work: Callable[[Statements], T]) -> T:
        """What `work` returns; all that it reads is of one moment.

        It may be called twice.
        """
        ...

    def transaction(self) -> AbstractContextManager[Statements]:
        """A transaction to write in: all of it is committed, or nothing."""
        ...


@runtime_checkable
class WordLists(Protocol):
    """General vocabulary by language, a text search configuration such as "english".

    A language that it does not know has no words.
    """

    def frequency(self, word: str, languages: Sequence[str]) -> float:
        """The share of running text that is this word (small letters); 0 if unknown."""
        ...

    def near(self, word: str, languages: Sequence[str], most: int) -> list[str]:
        """The words that are at most `most` slips away."""
        ...


@runtime_checkable
class Encoder(Protocol):
    """Turns text into vectors.

    Attributes:
        name: stored with the vectors; vectors of two names are never compared.
        dimension: how many numbers a vector has.
        max_tokens: how many tokens of a text it reads, special tokens included.
        tokenizer: a `tokenizers.Tokenizer` that neither truncates nor pads.
    """

    name: str
    dimension: int
    max_tokens: int
    tokenizer: Any

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dimension) float32, rows of norm 1, in the order given."""
        ...

    def count_tokens(self, text: str) -> int:
        """The tokens of `text`, special tokens not counted, nothing truncated."""
        ...


@runtime_checkable
class TokenEncoder(Encoder, Protocol):
    """An encoder that also gives a vector for each token."""

    def token_vectors(self, text: str) -> np.ndarray:
        """(n_tokens, dimension) float32, rows of norm 1, without special tokens.

        A text longer than `max_tokens` is read up to there.
        """
        ...


@runtime_checkable
class Reranker(Protocol):
    """A model that reads the question and a text together."""

    name: str

    def score(
        self, question: str, texts: Sequence[str], deadline_s: float | None = None
    ) -> np.ndarray:
        """(len(texts),) float32 logits, higher is better; NaN where time ran out."""
        ...


@runtime_checkable
class LanguageModel(Protocol):
    """A model that answers from passages and cites them."""

    name: str

    def complete(
        self,
        prompt: Prompt,
        on_text: Callable[[str], None],
        on_part: Callable[[CitedText], None],
    ) -> Completion:
        """The whole answer; `on_text` gets each piece, `on_part` each part as it comes.

        Raises GenerationError, with the text so far, when there is no whole answer
        within the deadline.
        """
        ...


@runtime_checkable
class TokenCounter(Protocol):
    """Counts tokens as the language model does, or a stated margin above."""

    def count(self, text: str) -> int: ...


@runtime_checkable
class Reader(Protocol):
    """Reads files that Headrace does not read, or reads in another way.

    A class needs no base: `endings = (".eml", ".msg")` and a method `read` are enough.
    """

    @property
    def endings(self) -> Sequence[str]:
        """The endings of its files' names, in small letters, each with its dot.

        A file is read by the reader that has the longest ending of its name. With equal
        endings, this reader comes before Headrace.
        """
        ...

    def read(self, path: str) -> Iterable[Document]:
        """The documents of a file, all at once or one by one from a generator.

        Each has a `document_id` that is the same in every run and that no other
        document of the tenant has. Its `source` is `path`, or `path` with a colon and a
        place ("mails.mbox:12"): by that, documents are removed when their file has
        vanished, and kept when it cannot be read this time.

        Any error becomes the reason why the file cannot be read. Documents given before
        the error are stored.
        """
        ...
