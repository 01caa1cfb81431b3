"""A second look at the hits.

passages.py     passage_hits: the best passages of each document first
reranking.py    rerank_scores, ranked_hits, reranked_hits
placing.py      which chunk of a document comes first
coded.py        the chunks that hold the codes of a question come first
spoken.py       documents in the question's own language come first
blending.py     the reranker's scores and the fused ones, as one order
"""

from headrace.rerank import passages, reranking

NODES = (passages, reranking)
