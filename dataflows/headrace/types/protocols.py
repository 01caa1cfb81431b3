"""What nodes are given from outside; our own are in `headrace.resources`.

A part of your own needs no base class. Give it to `Pipeline.open`, such as
`Pipeline.open(encoder=ServedEncoder())`, or name it in the settings as
"package.module:factory", where the factory is a function or a class that is called
without arguments. The examples below are run by a test.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeGuard, TypeVar, runtime_checkable

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

    def query_all(self, asked: Iterable[tuple[str, Mapping[str, Any]]]) -> list[list[tuple]]:
        """The rows of each statement with its parameters, all in one transaction."""
        ...

    def with_candidates(self, count: int) -> "TenantDatabase":
        """The same database, to search its vector index with this many candidates."""
        ...

    def read(self, work: Callable[[Statements], T]) -> T:
        """What `work` returns; all that it reads is of one moment.

        It may be called twice.
        """
        ...

    def write(self, work: Callable[[Statements], T]) -> T:
        """What `work` returns, given a transaction to write in.

        All of it is committed, or nothing. It may be called twice, and the first time
        may have been committed.
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

    It may also have `encode_queries`, for questions; see `encoded_queries`.

    Example, a server that speaks OpenAI's protocol:

        import numpy as np
        import requests
        from tokenizers import Tokenizer

        class ServedEncoder:
            name, dimension, max_tokens = "bge-small-en-v1.5", 384, 512
            url = "http://localhost:8080/v1/embeddings"

            def __init__(self):
                self.tokenizer = Tokenizer.from_file("bge-small/tokenizer.json")
                self.tokenizer.no_truncation()
                self.tokenizer.no_padding()

            def encode(self, texts):
                body = {"model": self.name, "input": list(texts)}
                rows = requests.post(self.url, json=body).json()["data"]
                vectors = np.array([row["embedding"] for row in rows], np.float32)
                return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

            def count_tokens(self, text):
                return len(self.tokenizer.encode(text, add_special_tokens=False).ids)
    """

    name: str
    max_tokens: int
    tokenizer: Any

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dimension) float32, rows of norm 1, in the order given."""
        ...

    def count_tokens(self, text: str) -> int:
        """The tokens of `text`, special tokens not counted, nothing truncated."""
        ...


@runtime_checkable
class TokenEncoder(Encoder, Protocol):
    """An encoder that also gives a vector for each token."""

    def token_vectors(self, texts: Sequence[str]) -> list[np.ndarray]:
        """For each text (n_tokens, dimension) float32, rows of norm 1.

        Special tokens are left out, and so is what an encoder puts before a text. A
        text longer than `max_tokens` is read up to there.
        """
        ...


def has_token_vectors(encoder: Encoder) -> TypeGuard[TokenEncoder]:
    """Whether an encoder gives a vector for each token."""
    # isinstance would look at every member of the protocol, and so load the tokenizer.
    return callable(getattr(encoder, "token_vectors", None))


def encoded_queries(encoder: Encoder, texts: Sequence[str]) -> np.ndarray:
    """The vectors of questions: (len(texts), dimension) float32, rows of norm 1.

    They are those of `encode_queries(texts)`, where an encoder has that: some models
    expect other words before a question than before a text that is to be found.
    """
    return getattr(encoder, "encode_queries", encoder.encode)(texts)


def query_token_vectors(encoder: TokenEncoder, texts: Sequence[str]) -> list[np.ndarray]:
    """As the encoder's `token_vectors`, of questions; see `encoded_queries`."""
    return getattr(encoder, "query_token_vectors", encoder.token_vectors)(texts)


@runtime_checkable
class Reranker(Protocol):
    """A model that reads the question and a text together.

    Attributes:
        name: what answers say they were reranked by.

    Example, a server with the API of Text Embeddings Inference:

        import numpy as np
        import requests
        from headrace.errors import ModelError

        class ServedReranker:
            name, url = "bge-reranker-base", "http://localhost:8081/rerank"

            def score(self, question, texts, deadline_s=None):
                asked = {"query": question, "texts": list(texts), "raw_scores": True}
                scores = np.full(len(texts), np.nan, np.float32)
                try:
                    reply = requests.post(self.url, json=asked, timeout=deadline_s)
                except OSError as error:
                    raise ModelError(f"{self.name}: {error}") from error
                for row in reply.json():
                    scores[row["index"]] = row["score"]
                return scores
    """

    name: str

    def score(
        self, question: str, texts: Sequence[str], deadline_s: float | None = None
    ) -> np.ndarray:
        """(len(texts),) float32 logits, higher is better; NaN where time ran out.

        Raises ModelError when nothing can be scored; then the fused order stands, and
        the answer says so.
        """
        ...


@runtime_checkable
class LanguageModel(Protocol):
    r"""A model that answers from passages and cites them.

    Every citation is compared with the stored text; one that does not hold is left out.
    Text without a citation is shown as unsupported. "NO_ANSWER" declines. With
    `prompt.schema`, the text is JSON of that form, and there are no passages.

    Attributes:
        name: the model's; it is shown with answers.

    Example, a server that speaks OpenAI's protocol, whose model cites passages as [1]:

        import re
        import requests
        from headrace.errors import GenerationError
        from headrace.types import CitedText, Completion, SentenceRange

        class ServedModel:
            name, url = "qwen2.5-7b", "http://localhost:8082/v1/chat/completions"

            def complete(self, prompt, on_text, on_part):
                passages = [f"[{one.number}] {one.text}" for one in prompt.passages]
                asked = "\n".join([prompt.system, *passages, prompt.question])
                messages = [{"role": "user", "content": asked}]
                body = {"model": self.name, "messages": messages}
                try:
                    reply = requests.post(self.url, json=body, timeout=60).json()
                except OSError as error:
                    raise GenerationError(f"{self.name}: {error}") from error
                text = reply["choices"][0]["message"]["content"]
                cited = []
                for number, one in enumerate(prompt.passages):
                    if f"[{one.number}]" in text:
                        last = len(one.sentences)
                        cited.append(SentenceRange(number, 0, last, one.text))
                part = CitedText(re.sub(r"\s*\[\d+\]", "", text), tuple(cited))
                on_text(part.text)
                on_part(part)
                return Completion((part,), self.name, "stop", cost_usd=None)
    """

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
    """Counts tokens as the language model does, or a stated margin above.

    The context's budget is counted with it.

    Example, the tokenizer of a model of your own:

        from tokenizers import Tokenizer

        class OwnTokens:
            name = "qwen2.5-7b"

            def __init__(self):
                self.tokenizer = Tokenizer.from_file("qwen2.5/tokenizer.json")
                self.tokenizer.no_truncation()
                self.tokenizer.no_padding()

            def count(self, text):
                return len(self.tokenizer.encode(text, add_special_tokens=False).ids)
    """

    def count(self, text: str) -> int:
        """The tokens of `text`; 0 for ""."""
        ...


@runtime_checkable
class Reader(Protocol):
    """Reads files that Headrace does not read, or reads in another way.

    Give it to `Pipeline.open(readers=[...])`, or name it in the setting `readers`.

    Example, tables with a document in each row:

        import csv
        from headrace.types import Document

        class TicketReader:
            endings = (".tickets.csv",)

            def read(self, path):
                with open(path, encoding="utf-8", newline="") as file:
                    for line, row in enumerate(csv.DictReader(file), start=2):
                        content = row["id"], row["title"], row["text"]
                        fields = {"status": row["status"]}
                        yield Document(*content, f"{path}:{line}", fields)
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
