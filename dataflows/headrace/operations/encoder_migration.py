"""The change from one encoder to another while questions are answered: `run.py migrate-encoder`.

The new encoder's vectors are written beside the old ones, tenant by tenant, until no chunk lacks one; ingests go on meanwhile. The last
look and the exchange of roles are one transaction that ingests wait for, a moment long. Going back is the same in the other direction.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from headrace.errors import ModelError
from headrace.pipeline import reembedding_driver
from headrace.resources.models.encoders import load_encoder
from headrace.resources.postgres.database import PostgresDatabase, open_database
from headrace.resources.postgres.encoder_register import (
    EncoderRegister,
    StoredEncoder,
    known_encoder,
    next_encoder,
    the,
)
from headrace.resources.postgres.vector_index import Report
from headrace.settings import Settings
from headrace.types import StoredText

_BLOCK_CHUNKS = 64
_LONGEST_CHUNKS = 32
#: So many chunks may be embedded while ingests wait; after so many rounds any number, or steady ingests would put it off for ever.
_WAITED_FOR_CHUNKS = 256
_ROUNDS = 5
_DELETED_AT_ONCE = 10_000


class EncoderMigration:
    """One encoder taking the place of the active one. Make it and `run()` it; a run that was cut off is gone on with by the next.

    Args:
        name: as HEADRACE_ENCODER takes it.
        cut_long_chunks: accept chunks that are longer than what the encoder reads.
    Raises ModelError when the encoder cannot be loaded, does not read the stored chunks whole, or the database is not ready for a change.
    """

    def __init__(
        self,
        settings: Settings,
        name: str,
        *,
        cut_long_chunks: bool = False,
        report: Report = lambda what, done, total: None,
    ):
        self.encoder = load_encoder(name, settings.encoder_threads, settings.data_dir)
        self.database = open_database(settings, self.encoder, next_encoder)
        self._given = {
            "chunk_tokens": settings.chunk_tokens,
            "cut_long_chunks": cut_long_chunks,
            "block_chunks": _BLOCK_CHUNKS,
        }
        self._driver, self._report = reembedding_driver(), report
        self._complete: dict[
            str, int
        ] = {}  # tenant -> the version at which no chunk lacked a vector
        self._done = self._total = 0

    def __enter__(self) -> "EncoderMigration":
        return self

    def __exit__(self, *exception: object) -> None:
        self.database.close()

    def run(self) -> int:
        """Fills in what is missing and makes the encoder the active one; how many vectors were written."""
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
                if self._exchanged(register, stored, whatever=round_number == _ROUNDS):
                    break
        return self._done

    def _exchanged(self, register: EncoderRegister, stored: StoredEncoder, whatever: bool) -> bool:
        """Makes the encoder the active one, unless too much is missing to have ingests wait for it."""
        with register.writers_waiting() as exchange:
            behind = sum(self._missing(tenant) for tenant in self._changed(register))
            if behind > _WAITED_FOR_CHUNKS and not whatever:
                return False
            while self._changed(register):
                self._fill_all(register)
            exchange(stored)
        return True

    def _changed(self, register: EncoderRegister) -> dict[str, int]:
        """The tenants that are not known to be complete as they are now."""
        return {
            tenant: version
            for tenant, version in register.tenant_versions().items()
            if self._complete.get(tenant) != version
        }

    def _fill_all(self, register: EncoderRegister) -> None:
        for tenant, version in self._changed(register).items():
            if self._fill(tenant):
                self._complete[tenant] = version

    def _fill(self, tenant: str) -> bool:
        """Every chunk of the tenant that lacks a vector gets one; False when some were just being removed, or seemed to be."""
        after, complete = 0, True
        while True:
            values = self._block(tenant, after)
            chunks = values["unembedded_chunks"]
            if not chunks:
                return complete
            self._done += values["stored_embeddings"]
            self._report("embedding", self._done, max(self._total, self._done))
            after, complete = (
                chunks[-1].chunk_id,
                complete and values["stored_embeddings"] == len(chunks),
            )

    def _block(self, tenant: str, after_chunk: int) -> dict[str, Any]:
        inputs = {
            "database": self.database,
            "encoder": self.encoder,
            "tenant": tenant,
            "after_chunk": after_chunk,
            **self._given,
        }
        return self._driver.execute(["unembedded_chunks", "stored_embeddings"], inputs=inputs)

    def _missing(self, tenant: str) -> int:
        ((chunks,),) = self.database.query(tenant, "count_unembedded")
        return chunks

    def _check_longest(self, register: EncoderRegister) -> None:
        """Says at the start, not after hours, that chunks are longer than what the encoder reads."""
        for tenant in register.tenant_versions():
            rows = self.database.query(tenant, "longest_chunks", {"block_chunks": _LONGEST_CHUNKS})
            inputs = {"unembedded_chunks": [StoredText(*row) for row in rows]}
            self._driver.execute(
                ["texts_to_embed"],
                inputs={"encoder": self.encoder, **self._given},
                overrides=inputs,
            )


@dataclass(frozen=True)
class EncoderProgress:
    """An encoder of the database: its role, and how many of the database's chunks have a vector of it."""

    encoder: StoredEncoder
    vectors: int
    chunks: int


def encoder_progress(settings: Settings) -> list[EncoderProgress]:
    """Every encoder whose vectors the database holds, the oldest first, over all tenants. No model is loaded."""
    with (
        open_database(settings, None, known_encoder) as database,
        EncoderRegister(database.admin_uri, alone=False) as register,
    ):
        counts: Counter[int] = Counter()
        for tenant in register.tenant_versions():
            counts.update(dict(database.query(tenant, "encoder_progress")))
        return [
            EncoderProgress(encoder, counts[encoder.encoder_id], counts[0])
            for encoder in register.encoders()
        ]


def previous_encoder(settings: Settings) -> str:
    """The name of the encoder that was active before this one; ModelError when its vectors are no longer kept."""
    with (
        open_database(settings, None, known_encoder) as database,
        EncoderRegister(database.admin_uri, alone=False) as register,
    ):
        kept = the(register.encoders(), "kept")
    if kept is None:
        raise ModelError(
            "there is nothing to go back to: no encoder was changed, or --finish deleted the vectors of the one before"
        )
    return kept.name


def delete_encoder(settings: Settings, role: str) -> list[str]:
    """Deletes the vectors and the index of the encoder that is "kept" (the change is over) or "filling" (it is given up); its name.

    A process that still uses it gets a ModelError with its next question. What an earlier run was killed at is finished first.
    """
    with (
        open_database(settings, None, known_encoder) as database,
        EncoderRegister(database.admin_uri) as register,
    ):
        given_up = [
            encoder
            for encoder in (the(register.encoders(), name) for name in ("dropped", role))
            if encoder
        ]
        for encoder in given_up:
            register.drop(encoder, lambda gone: _delete_vectors(database, register, gone))
    return [encoder.name for encoder in given_up]


def _delete_vectors(
    database: PostgresDatabase, register: EncoderRegister, encoder: StoredEncoder
) -> None:
    values = {"encoder_id": encoder.encoder_id, "block_chunks": _DELETED_AT_ONCE}
    for tenant in register.tenant_versions():
        while database.query(tenant, "delete_embeddings", values)[0][1]:
            pass
