"""How Headrace is measured: collections, traces, statistics, reports, and the benchmark. The measuring graph itself is `evaluation.py`."""
