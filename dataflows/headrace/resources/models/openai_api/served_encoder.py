"""An encoder behind OpenAI's embeddings: hosted, or on a machine of yours."""

import asyncio
import copy
import functools
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from headrace.errors import ModelError
from headrace.model_settings import EncoderForm
from headrace.resources.models.connections import Connection, Connections, on_response, sdk
from headrace.resources.models.deadlines import Put, background
from headrace.resources.models.encoders import word_piece_tokenizer
from headrace.resources.models.openai_api.address import LIBRARY, MISSING, ServiceAddress
from headrace.resources.models.openai_api.embedding_replies import vectors_of
from headrace.resources.models.service_faults import Service, no_hopeless_wait, outdates_client
from headrace.resources.redaction import without_secrets
from headrace.setting_types import SERVED

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_logger = logging.getLogger(__name__)

_SERVICE = Service(
    LIBRARY,
    "HEADRACE_EMBEDDINGS_URL (it ends in /v1 with most services)",
    "HEADRACE_EMBEDDINGS_KEY",
)
#: An encoder adds a token before a text and one after it.
_SPECIAL_TOKENS = 2
#: Tokens of a request at most, unless one text alone has more: services take as many by
#: default (Text Embeddings Inference: 16,384).
_BATCH_TOKENS = 8_192
#: What is put before a text has one token for this many characters at most.
_CHARACTERS_PER_TOKEN = 2
_CONNECT_S = 5.0
#: Seconds of one try at most, so that a request that hangs is tried again.
_TRY_S = 180.0
#: Bytes of a response at most, beside those for each text: 4,096 numbers.
_BYTES = 1_000_000
_BYTES_PER_TEXT = 131_072
#: How services refuse a text that is too long.
_TOO_LONG = (400, 413, 422)
#: No text is cut to less, in characters.
_SHORTEST = 200
#: Times that an ingest tries again.
_PATIENT_RETRIES = 6


@dataclass
class _Known:
    """What is found out about a model while it is used.

    Attributes:
        tokens: what the service has counted so far.
        is_served: whether a request has been answered.
    """

    dimension: int | None = None
    tokens: int = 0
    is_served: bool = False


class ServedEncoder:
    """A model that turns text into vectors, asked by OpenAI's API.

    The tokenizer of the model is not known here: its tokens are estimated by BERT's
    word pieces. A text that is too long all the same is cut, with a warning in the log.
    """

    def __init__(
        self,
        model: str,
        address: ServiceAddress,
        form: EncoderForm,
        *,
        timeout_s: float = 10.0,
        max_retries: int = 2,
        batch: int = 32,
        at_once: int = 4,
    ):
        """
        Args:
            model: its name at the service.
            form: what it expects before a text.
            timeout_s: for a call of `encode`, including retries and the waits before
                them.
            max_retries: after 408, 409, 429, 5xx or no connection.
            batch: texts of a request at most.
            at_once: requests at once.
        """
        self.name = f"{SERVED}{model}"
        self.model = model
        self.timeout_s = timeout_s
        self.max_retries = max_retries
        self.batch = batch
        self.at_once = at_once
        self.address = address
        self.form = form
        longest = max(len(form.query), len(form.passage))
        self.max_tokens = max(form.max_tokens - longest // _CHARACTERS_PER_TOKEN, 1)
        self._known = _Known()
        self._connections = Connections(self._client)

    @property
    def fingerprint(self) -> str:
        """What decides the vectors, for the cache."""
        return f"{self.address.in_use} {self.form!r}"

    @property
    def dimension(self) -> int:
        """How many numbers a vector has; the first time, the service is asked."""
        if self._known.dimension is None:
            self.encode(["dimension"])
        assert self._known.dimension is not None
        return self._known.dimension

    def learn_dimension(self, dimension: int) -> None:
        """Expect vectors of this length, which the database has from this model."""
        self._known.dimension = dimension

    @property
    def texts_at_once(self) -> int:
        """How many texts fill all requests that may run at once."""
        return self.batch * self.at_once

    @property
    def tokens_used(self) -> int:
        """The tokens that the service has counted so far."""
        return self._known.tokens

    @cached_property
    def tokenizer(self) -> "Tokenizer":
        """BERT's, which neither truncates nor pads."""
        return word_piece_tokenizer()

    def patient(self, timeout_s: float) -> "ServedEncoder":
        """The same encoder, which waits longer for its service, as ingests can."""
        other = copy.copy(self)
        other.timeout_s = timeout_s
        other.max_retries = _PATIENT_RETRIES
        return other

    def close(self) -> None:
        """Closes the connections. A later call opens new ones."""
        self._connections.close()

    def count_tokens(self, text: str) -> int:
        """BERT's word pieces of `text`, special tokens not counted."""
        return len(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dimension) float32, rows of norm 1, in the order given.

        Raises ModelError when the service does not give them within the deadline.
        """
        return self._encoded(texts, self.form.passage, self.form.passage_options)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """As `encode`, of questions, before which some models expect other words."""
        return self._encoded(texts, self.form.query, self.form.query_options)

    def _encoded(self, texts: Sequence[str], before: str, options: dict[str, Any]) -> np.ndarray:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        batches = list(self._batches([f"{before}{text}" for text in self._cut(texts)]))
        found: dict[int, np.ndarray] = {}
        try:
            sdk(LIBRARY)
        except ImportError as error:
            raise ModelError(f"HEADRACE_ENCODER={self.name}: {MISSING}") from error
        if self.address.lacks_key:
            what = "no key; set OPENAI_API_KEY, or HEADRACE_EMBEDDINGS_URL for another service"
            raise ModelError(f"embedding with {self.name}: {what}")
        deadline = time.monotonic() + self.timeout_s
        refused: list[int] = []
        with self._connections.lent() as connection:
            request = functools.partial(_Request, self, options)
            work = functools.partial(self._work, connection, request, batches, deadline, refused)
            with background(connection.loop, work, deadline) as items:
                for item in items:
                    if isinstance(item, Exception):
                        connection.is_retired |= outdates_client(item)
                        # Not `from item`: what the service said may repeat the key.
                        raise self._failure(item, refused)
                    number, vectors = item
                    found[number] = vectors
        return np.concatenate([found[number] for number in range(len(batches))])

    def _cut(self, texts: Sequence[str]) -> list[str]:
        """The texts as far as the model reads them; the API takes no empty one."""
        most = max(self.max_tokens - _SPECIAL_TOKENS, 1)
        cut = 0
        fitting = []
        for text in texts:
            pieces = self.tokenizer.encode(text, add_special_tokens=False)
            if len(pieces.ids) > most:
                text = text[: pieces.offsets[most - 1][1]]
                cut += 1
            fitting.append(text if text.strip() else " ")
        if cut:
            _logger.warning("%s reads %d tokens: cut %d texts", self.name, self.max_tokens, cut)
        return fitting

    def _batches(self, texts: Sequence[str]) -> Iterator[list[str]]:
        """The texts in requests, in order."""
        batch: list[str] = []
        tokens = 0
        for text in texts:
            more = self.count_tokens(text) + _SPECIAL_TOKENS
            if batch and (len(batch) == self.batch or tokens + more > _BATCH_TOKENS):
                yield batch
                batch, tokens = [], 0
            batch.append(text)
            tokens += more
        yield batch

    # ------------------------------------------------------------- on the event loop

    async def _work(
        self,
        connection: Connection,
        request_of: Callable[[Any], "_Request"],
        batches: Sequence[Sequence[str]],
        deadline: float,
        refused: list[int],
        put: Put[tuple[int, np.ndarray]],
    ) -> None:
        """Put the vectors of each batch, with its number; note what is refused."""
        hopeless = no_hopeless_wait(deadline)

        def look_at(response: Any) -> None:
            refused.extend([response.status_code] if response.is_error else [])
            hopeless(response)

        on_response.set(look_at)
        request = request_of(connection.client)
        turns = asyncio.Semaphore(self.at_once)

        async def embed(number: int, batch: Sequence[str]) -> None:
            async with turns:
                put((number, await request.vectors(batch)))

        try:
            async with asyncio.TaskGroup() as group:
                for number, batch in enumerate(batches):
                    group.create_task(embed(number, batch))
        except BaseExceptionGroup as several:
            first = several.exceptions[0]
            raise first from first.__cause__

    def _client(self) -> Any:
        """A client of the SDK, for the key and the address of this moment."""
        _, client_type, tls = sdk(LIBRARY)
        most_bytes = _BYTES + _BYTES_PER_TEXT * self.batch
        http_client = client_type(most_bytes, verify=tls, follow_redirects=False)
        return self.address.client(http_client=http_client)

    def _failure(self, fault: Exception, refused: Sequence[int]) -> ModelError:
        if isinstance(fault, TimeoutError):
            last = f" (the service last answered {refused[-1]})" if refused else ""
            what = f"no vectors within {self.timeout_s:g} s{last}; try again"
        elif type(fault) is ValueError:
            what = f"{fault}; check {_SERVICE.address}"
        else:
            what = _SERVICE.explained(fault)
        what = without_secrets(self.address.without_key(what))
        return ModelError(f"embedding with {self.name}: {what}")


class _Request:
    """Requests of one call, for the texts of one kind."""

    def __init__(self, encoder: ServedEncoder, options: dict[str, Any], client: Any):
        library, _, _ = sdk(LIBRARY)
        once_s = min(_TRY_S, encoder.timeout_s / 2)
        self._refused: type[Exception] = library.APIStatusError
        self._encoder = encoder
        self._options = options
        self._client = client.with_options(
            max_retries=encoder.max_retries,
            timeout=library.Timeout(once_s, connect=min(_CONNECT_S, once_s)),
        )

    async def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """The vectors of a batch.

        Where the service refuses a batch, it is sent in halves. A text that is refused
        alone is cut in half: the model's tokenizer may count more than ours. Nothing is
        halved unless the service takes a short text.
        """
        try:
            return await self._asked(texts)
        except self._refused as error:
            is_too_long = getattr(error, "status_code", 0) in _TOO_LONG
            if not is_too_long or not await self._is_served():
                raise
            if len(texts) == 1 and len(texts[0]) < 2 * _SHORTEST:
                raise
        half = (len(texts) + 1) // 2
        if len(texts) > 1:
            first, second = await self.vectors(texts[:half]), await self.vectors(texts[half:])
            return np.concatenate([first, second])
        (text,) = texts
        name = self._encoder.name
        _logger.warning("%s refuses a text of %d characters: cut in half", name, len(text))
        return await self.vectors([text[: len(text) // 2]])

    async def _asked(self, texts: Sequence[str]) -> np.ndarray:
        response = await self._client.embeddings.create(
            model=self._encoder.model,
            input=list(texts),
            encoding_format="float",
            extra_body=self._options,
        )
        known = self._encoder._known
        vectors = vectors_of(response, len(texts), known.dimension)
        known.dimension = vectors.shape[1]
        known.is_served = True
        tokens = getattr(response.usage, "prompt_tokens", 0)
        known.tokens += tokens if isinstance(tokens, int) else 0
        return vectors

    async def _is_served(self) -> bool:
        """Whether the service takes a text that is surely short enough."""
        if not self._encoder._known.is_served:
            try:
                await self._asked(["text"])
            except self._refused:
                return False
        return True
