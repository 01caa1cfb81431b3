"""The change from one encoder to another, while questions are answered.

`run.py migrate-encoder` runs it. The new encoder's vectors are written beside the old
ones, tenant by tenant, until no chunk lacks one; meanwhile ingests continue. The last
look for chunks and the exchange of roles are one transaction, for which ingests wait a
moment. The way back is the same in the other direction.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from headrace.drivers import reembedding_driver
from headrace.errors import ModelError
from headrace.resources.models.loading import Models
from headrace.resources.postgres.database import PostgresDatabase
from headrace.resources.postgres.encoder_register import (
    EncoderRegister,
    StoredEncoder,
    encoder_in_role,
    next_encoder,
)
from headrace.resources.postgres.opening import open_database
from headrace.settings import Settings
from headrace.types import Progress, StoredText

_BLOCK_CHUNKS = 64
_LONGEST_CHUNKS = 32
#: Ingests may wait for as many chunks to be embedded.
_WAITED_FOR_CHUNKS = 256
#: In the last round they wait for any number: steady ingests would put the exchange off
#: for ever.
_ROUNDS = 5
_DELETED_AT_ONCE = 10_000


def _no_report(what: str, done: int, total: int) -> None:
    """A `Progress` that tells nobody."""


class EncoderMigration:
    """The change from the active encoder to another one.

    Use it as a context manager, and `run()` it. It is safe to interrupt: the next run
    continues where this one stopped.
    """

    def __init__(
        self,
        settings: Settings,
        name: str,
        *,
        cut_long_chunks: bool = False,
        report: Progress = _no_report,
    ):
        """
        Args:
            name: of the new encoder, in the form of HEADRACE_ENCODER.
            cut_long_chunks: accept that the ends of very long chunks are not read.
            report: told how much is embedded, and how far the index is.
        Raises:
            ModelError: the encoder cannot be loaded, or the database is not ready for a
                change.
        """
        self._models = Models(settings.model_copy(update={"encoder": name}))
        self.encoder = self._models.ingest_encoder
        self.database = open_database(settings, self.encoder, next_encoder)
        self._given = {
            "chunk_tokens": settings.chunk_tokens,
            "cut_long_chunks": cut_long_chunks,
            "block_chunks": _BLOCK_CHUNKS,
        }
        self._driver = reembedding_driver()
        self._report = report
        #: By tenant, the version of its documents at which no chunk lacked a vector.
        self._complete: dict[str, int] = {}
        self._done = 0
        self._total = 0

    def __enter__(self) -> "EncoderMigration":
        return self

    def __exit__(self, *exception: object) -> None:
        self._models.close()
        self.database.close()

    def run(self) -> int:
        """Write the missing vectors and make the encoder the active one.

        Returns:
            How many vectors were written.
        Raises:
            ModelError: the encoder does not read the stored chunks whole, not even in
                parts, or another process is changing encoders.
        """
        with EncoderRegister(self.database.admin_uri) as register:
            stored = next(known for known in register.encoders() if known.name == self.encoder.name)
            try:
                self._check_longest(register)
            except ModelError:
                register.forget(stored)
                raise
            self._total = sum(self._missing(tenant) for tenant in register.tenant_versions())
            self._fill_all(register)
            register.build_index(stored, self._report)
            for round_number in range(1, _ROUNDS + 1):
                self._fill_all(register)
                if self._exchanged(register, stored, is_last=round_number == _ROUNDS):
                    break
        return self._done

    def _exchanged(self, register: EncoderRegister, stored: StoredEncoder, is_last: bool) -> bool:
        """Make the encoder the active one, unless ingests would wait too long."""
        with register.writers_waiting() as exchange:
            behind = sum(self._missing(tenant) for tenant in self._changed(register))
            if behind > _WAITED_FOR_CHUNKS and not is_last:
                return False
            while self._changed(register):
                self._fill_all(register)
            exchange(stored)
        return True

    def _changed(self, register: EncoderRegister) -> dict[str, int]:
        """The tenants not known to be complete as they are now, with their versions."""
        changed = {}
        for tenant, version in register.tenant_versions().items():
            if self._complete.get(tenant) != version:
                changed[tenant] = version
        return changed

    def _fill_all(self, register: EncoderRegister) -> None:
        for tenant, version in self._changed(register).items():
            if self._fill(tenant):
                self._complete[tenant] = version

    def _fill(self, tenant: str) -> bool:
        """Give a vector to every chunk of the tenant that lacks one.

        Returns:
            Whether each got one. Some do not when they are being removed at that
            moment, or seem to be.
        """
        after_chunk = 0
        is_complete = True
        while True:
            block = self._filled_block(tenant, after_chunk)
            chunks: list[StoredText] = block["unembedded_chunks"]
            if not chunks:
                return is_complete
            written: int = block["stored_embeddings"]
            self._done += written
            self._report("embedding", self._done, max(self._total, self._done))
            is_complete = is_complete and written == len(chunks)
            after_chunk = chunks[-1].chunk_id

    def _filled_block(self, tenant: str, after_chunk: int) -> dict[str, Any]:
        inputs = {
            "database": self.database.for_tenant(tenant),
            "encoder": self.encoder,
            "after_chunk": after_chunk,
            **self._given,
        }
        return self._driver.execute(["unembedded_chunks", "stored_embeddings"], inputs=inputs)

    def _missing(self, tenant: str) -> int:
        """How many chunks of the tenant lack a vector."""
        ((chunks,),) = self.database.for_tenant(tenant).query("count_unembedded")
        return chunks

    def _check_longest(self, register: EncoderRegister) -> None:
        """Raise ModelError for chunks longer than what the encoder reads in parts.

        It looks at each tenant's longest chunks, so that this is known at the start and
        not after hours.
        """
        longest = {"block_chunks": _LONGEST_CHUNKS}
        for tenant in register.tenant_versions():
            rows = self.database.for_tenant(tenant).query("longest_chunks", longest)
            chunks = [StoredText(*row) for row in rows]
            self._driver.execute(
                ["texts_to_embed"],
                inputs={"encoder": self.encoder, **self._given},
                overrides={"unembedded_chunks": chunks},
            )


@dataclass(frozen=True)
class EncoderProgress:
    """An encoder of the database, and how many of all chunks have a vector of it."""

    encoder: StoredEncoder
    vectors: int
    chunks: int


def encoder_progress(settings: Settings) -> list[EncoderProgress]:
    """Every encoder whose vectors the database holds, the oldest first.

    They are counted over all tenants. No model is loaded.
    """
    with (
        open_database(settings, None) as database,
        EncoderRegister(database.admin_uri, alone=False) as register,
    ):
        #: By encoder_id; the chunks themselves count as 0.
        counts: Counter[int] = Counter()
        for tenant in register.tenant_versions():
            counts.update(dict(database.for_tenant(tenant).query("encoder_progress")))
        encoders = register.encoders()
    return [
        EncoderProgress(encoder, counts[encoder.encoder_id], chunks=counts[0])
        for encoder in encoders
    ]


def previous_encoder(settings: Settings) -> str:
    """The name of the encoder that was active before this one.

    Raises:
        ModelError: its vectors are no longer kept.
    """
    with (
        open_database(settings, None) as database,
        EncoderRegister(database.admin_uri, alone=False) as register,
    ):
        kept = encoder_in_role(register.encoders(), "kept")
    if kept is None:
        raise ModelError(
            "there is nothing to go back to: no encoder was changed, or --finish deleted the "
            "vectors of the one before"
        )
    return kept.name


def delete_encoder(settings: Settings, role: Literal["kept", "filling"]) -> list[str]:
    """Delete the vectors and the index of the encoder in this role.

    What an earlier run left half deleted is deleted first. A process that still uses
    the encoder gets a ModelError with its next question.

    Args:
        role: "kept" when the change is over, "filling" when it is given up.
    Returns:
        The names of the deleted encoders.
    """
    with (
        open_database(settings, None) as database,
        EncoderRegister(database.admin_uri) as register,
    ):
        stored = register.encoders()
        given_up = [encoder_in_role(stored, "dropped"), encoder_in_role(stored, role)]
        names = []
        for encoder in given_up:
            if encoder is not None:
                register.drop(encoder, lambda gone: _delete_vectors(database, register, gone))
                names.append(encoder.name)
    return names


def _delete_vectors(
    database: PostgresDatabase, register: EncoderRegister, encoder: StoredEncoder
) -> None:
    block = {"encoder_id": encoder.encoder_id, "block_chunks": _DELETED_AT_ONCE}
    for tenant in register.tenant_versions():
        is_left = True
        while is_left:
            ((_, is_left),) = database.for_tenant(tenant).query("delete_embeddings", block)
