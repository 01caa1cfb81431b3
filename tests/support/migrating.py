"""Databases whose encoder is changed: opened, changed, looked at."""

import json
from typing import Any

import numpy as np

from headrace import Document, Pipeline, load_settings
from headrace.operations.encoder_migration import EncoderMigration, encoder_progress
from headrace.resources.models.encoders import BUNDLED
from headrace.settings import Settings
from support.half_encoder import HALF

QUESTION = "How long does the warranty last?"


def settings_for(address: str, encoder: str = BUNDLED) -> Settings:
    return load_settings(
        database_url=address,
        encoder=encoder,
        reranking="off",
        generation="extractive",
        connections=4,
    )


def opened(address: str, encoder: str = BUNDLED) -> Pipeline:
    return Pipeline.open(settings_for(address, encoder))


def migrate(address: str, name: str = HALF, **options: Any) -> int:
    """Change the encoder; the number of vectors that were written."""
    with EncoderMigration(settings_for(address), name, **options) as migration:
        return migration.run()


def walruses(count: int) -> list[Document]:
    """Documents of one chunk each."""
    texts = [f"Walrus number {number} sleeps on ice floe {number * 7}." for number in range(count)]
    return [Document(f"d{number}", "", text, "s") for number, text in enumerate(texts)]


def semantic_ids(rag: Pipeline, tenant: str, question: str = QUESTION) -> list[str]:
    """The documents of the semantic hits, best first."""
    hits = rag.run(["semantic_hits"], question=question, tenant=tenant)["semantic_hits"]
    return [hit.chunk.document_id for hit in hits]


def vectors(rag: Pipeline, tenant: str) -> dict[int, dict[str, np.ndarray]]:
    """The stored vector of each chunk, by encoder_id and the chunk's text."""
    stored: dict[int, dict[str, np.ndarray]] = {}
    with rag.database.for_tenant(tenant).transaction() as transaction:
        rows = transaction.execute("""
            SELECT encoder_id, text, embedding::text
            FROM embeddings JOIN chunks USING (tenant_id, chunk_id)""")
    for encoder_id, text, vector in rows:
        stored.setdefault(encoder_id, {})[text] = np.array(json.loads(vector), np.float32)
    return stored


def roles(address: str) -> dict[str, str]:
    """The role of each encoder, by its name."""
    every = encoder_progress(settings_for(address))
    return {progress.encoder.name: progress.encoder.role for progress in every}


def stop_at_once(what: str, done: int, total: int) -> None:
    """A report of progress that interrupts the change with the first block."""
    raise InterruptedError
