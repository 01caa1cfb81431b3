-- encoder_index: the HNSW index over one encoder's vectors, made beside writers ("CONCURRENTLY") once a tenant has outgrown exact search
--        (index_due.sql), or the vectors of another encoder have been filled in: after the rows, for inserting them one by one takes longer.
-- in:    dimension, encoder_id, table (embeddings, or a partition of it), concurrently: put into the text, since an index expression takes no parameters
--        m and ef_construction: over 100,000 chunks of which 63 each are much alike, pgvector's 16 and 64 with hnsw.ef_search 200 left 1 question
--        in 7 without any of its nearest chunks (a cluster not reached), these with 600 left 1 in 150; the build takes three times as long.
CREATE INDEX {concurrently} IF NOT EXISTS {table}_hnsw_{encoder_id} ON {table}
USING hnsw ((embedding::halfvec({dimension})) halfvec_cosine_ops) WITH (m = 24, ef_construction = 200)
WHERE encoder_id = {encoder_id};
