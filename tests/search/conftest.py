"""A tenant with 3,000 documents, of one chunk with a random vector each.

They are too many for the planner to choose a scan, and made in a second.
"""

import uuid

import pytest

from headrace import Pipeline

CHUNKS = 3000
_ROWS = """
INSERT INTO documents
    (tenant_id, document_id, title, folded_title, source, text, language, metadata, content_hash)
SELECT '{tenant}', 'd' || n, '', 'title ' || n, 's', 'text', 'english', '{{}}', '\\x00'
FROM generate_series(1, 3000) AS n;
INSERT INTO chunks
    (tenant_id, document_id, ordinal, start_at, end_at, text, content_hash, lexemes, length)
SELECT tenant_id, document_id, 0, 0, 4, 'text', '\\x00', '', 1
FROM documents WHERE tenant_id = '{tenant}';
INSERT INTO embeddings (tenant_id, chunk_id, encoder_id, embedding)
SELECT tenant_id, chunk_id, (SELECT min(encoder_id) FROM encoders),
    (
        SELECT array_agg(random() - 0.5 + 0 * n * c.chunk_id)
        FROM generate_series(1, 384) AS n
    )::real[]::halfvec
FROM chunks c WHERE tenant_id = '{tenant}';
INSERT INTO document_fields
    (tenant_id, field, folded, document_id, value, value_date, value_number)
SELECT '{tenant}', f.field, f.value, 'd' || n, f.value, f.value_date, f.value_number
FROM generate_series(1, 3000) AS n,
    LATERAL (VALUES
        ('tenth', CASE WHEN n % 10 = 0 THEN 'yes' ELSE 'no' END, NULL::date, NULL::float8),
        ('price', n::text, NULL, n),
        ('day', (date '2000-01-01' + n)::text, date '2000-01-01' + n, NULL)
    ) AS f(field, value, value_date, value_number)
"""


@pytest.fixture(scope="package")
def bulk(rag: Pipeline) -> str:
    """The tenant's name.

    Every tenth document has tenth = yes; document n has the price n and the day
    2000-01-01 plus n days.
    """
    tenant = f"bulk-{uuid.uuid4().hex[:8]}"
    with rag.database.for_tenant(tenant).transaction() as transaction:
        for statement in _ROWS.format(tenant=tenant).split(";\n"):
            transaction.execute(statement)
    rag.database.build_index()
    rag.database.tidy()  # plans depend on whether the server has counted these rows yet
    return tenant
