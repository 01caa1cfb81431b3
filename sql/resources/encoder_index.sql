-- encoder_index: the HNSW index over the vectors of one encoder, built after the rows,
--        since inserting them one by one takes longer: once a tenant has outgrown exact
--        search (index_due.sql), or when the vectors of another encoder are complete.
-- in:    put into the text, since the expression of an index takes no parameters:
--        dimension, encoder_id; table: embeddings, or a partition of it;
--        concurrently: CONCURRENTLY, to build it beside writers, or nothing
--        m and ef_construction: with pgvector's own, clusters of chunks that are much
--        alike are not reached (DECISIONS.md, "HNSW parameters")
CREATE INDEX {concurrently} IF NOT EXISTS {table}_hnsw_{encoder_id} ON {table}
USING hnsw ((embedding::halfvec({dimension})) halfvec_cosine_ops)
WITH (m = 24, ef_construction = 200)
WHERE encoder_id = {encoder_id};
