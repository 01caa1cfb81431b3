"""How fast the dataflow is, beside the same work by hand.

benchmark.py        `run.py bench`: every stage at each size, and its report
plan.py             how much a benchmark measures
workload.py         documents, vectors and questions in any number
made_words.py       words that are not in real text, and never run out
growing_tenant.py   the tenant that they are stored for
pipelines.py        pipelines for measuring, and ingestion that must succeed
interleaved.py      each question asked of the dataflow and of the floor, in turns
stages.py           which nodes of the graph are shown, and which make a group
nearest.py          how many of the nearest chunks the search by meaning finds
throughput.py       answers a second with several askers at once
processor.py        processor time, of this process and of the embedded server
floor.py            the same retrieval by hand; its stages are in by_hand/
vocabulary.py       `run.py bench --words`: understanding, with very many words
cross_encoding.py   `run.py bench --reranker`: the cross-encoder alone
"""
