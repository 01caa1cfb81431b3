-- encoder_index: the HNSW index over one encoder's vectors, made when the encoder is first used (an empty table: HNSW needs no training).
-- in:    dimension, encoder_id: put into the text, since an index expression takes no parameters
CREATE INDEX IF NOT EXISTS embeddings_hnsw_{encoder_id} ON embeddings
USING hnsw ((embedding::halfvec({dimension})) halfvec_cosine_ops)
WHERE encoder_id = {encoder_id};
