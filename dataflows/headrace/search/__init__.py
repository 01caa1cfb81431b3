"""From the sub-queries to one ranking of chunks.

semantic.py     question_embedding, query_embeddings, semantic_hits
keyword.py      keyword_hits
fusion.py       fused_hits
linking.py      linked_hits
weighing.py     how much each search, and a document's title, count for a question
routing.py      whether every chunk is compared, or the vector index is searched
bm25.py         the BM25 search: postings read, added up, the best chunks fetched
postings.py     the postings of terms, unpacked from what PostgreSQL stores
kept_postings.py  long lists of postings, kept from one question to the next
scoring.py      BM25 from postings
crossing.py     the vector of a question, moved to the language of the documents
kept_chunks.py  found chunks, kept from one question to the next
statements.py   what every search statement takes, and the hits that its rows are
"""

from headrace.search import fusion, keyword, linking, semantic

NODES = (semantic, keyword, fusion, linking)
