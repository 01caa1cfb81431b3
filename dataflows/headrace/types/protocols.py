"""What nodes are given from outside, each a Protocol; built in `dataflows/headrace/resources/`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from headrace.types.answers import CitedText, Completion, Prompt


@runtime_checkable
class Database(Protocol):
    """PostgreSQL, as nodes see it: named statements of `sql/`, always as one tenant.

    `fingerprint` changes with what decides, beside the rows, what a query returns.
    """

    fingerprint: str

    def query(
        self, tenant: str, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> list[tuple]:
        """The rows of sql/<statement>.sql, run in a transaction of its own that can see this tenant only."""

    def query_each(
        self, tenant: str, statement: str, parameters: Iterable[Mapping[str, Any]]
    ) -> list[list[tuple]]:
        """The same statement once per mapping, in one transaction: one snapshot, one list of rows each."""

    def read(self, tenant: str, work: Callable[[Any], Any]) -> Any:
        """What `work` returns, given an object with `query(statement, parameters)`: all it reads is of one moment. May be called twice."""

    def transaction(self, tenant: str) -> Any:
        """A context manager yielding an object with `query(statement, parameters)`; all or nothing."""


@runtime_checkable
class WordLists(Protocol):
    """General vocabulary, by language (a text search configuration); a language it does not know has no words."""

    def frequency(self, word: str, languages: Sequence[str]) -> float:
        """The share of running text that is this word (in small letters), 0 where it is not known."""

    def near(self, word: str, languages: Sequence[str], most: int) -> list[str]:
        """Words at most `most` slips away."""


@runtime_checkable
class Encoder(Protocol):
    """Text to vectors. `max_tokens` is what it reads of one text, its special tokens included."""

    name: str
    dimension: int
    max_tokens: int
    tokenizer: Any  # a tokenizers.Tokenizer that neither truncates nor pads

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dimension) float32, rows of norm 1, in the order given."""

    def count_tokens(self, text: str) -> int:
        """The word pieces of `text`, special tokens not counted, nothing truncated."""


@runtime_checkable
class TokenEncoder(Encoder, Protocol):
    """An encoder that tells its word pieces' own vectors."""

    def token_vectors(self, text: str) -> np.ndarray:
        """(n_pieces, dimension) float32, rows of norm 1: the text's word pieces in their order, as far as it is read, special tokens left out."""


@runtime_checkable
class Reranker(Protocol):
    """A model that reads question and text together."""

    name: str

    def score(
        self, question: str, texts: Sequence[str], deadline_s: float | None = None
    ) -> np.ndarray:
        """(len(texts),) float32 logits, higher is more relevant; NaN for texts not reached by the deadline."""


@runtime_checkable
class LanguageModel(Protocol):
    """A model that answers from passages, citing them."""

    name: str

    def complete(
        self, prompt: Prompt, on_text: Callable[[str], None], on_part: Callable[[CitedText], None]
    ) -> Completion:
        """The whole answer; meanwhile `on_text` gets each piece of text and `on_part` each finished part.

        Raises GenerationError within the deadline, with the text that had arrived, when no whole answer can be had.
        """


@runtime_checkable
class TokenCounter(Protocol):
    """Counts the tokens of a text as the target model would, or a stated margin above."""

    def count(self, text: str) -> int: ...
