"""How good, how fast and how reliable Headrace is; README.md says how to measure it.

quality/          how good the answers are, node by node: run.py evaluate and compare
tuning/           settings fitted on labelled questions: run.py tune
speed/            times, beside the least that the work takes: run.py bench
claims/           whether false sentences of an answer are noticed
recall/           what the vector index misses: run.py recall
kills/            nothing is lost when processes are killed: run.py bench --kills
cluster/          a Ray cluster of this machine: run.py bench --cluster
stalls/           every call while PostgreSQL stalls or dies: run.py bench --stalls

statistics.py     paired tests, corrections and intervals
timing.py         percentiles
environment.py    what a figure was measured on
temporary.py      a data folder for one measurement
"""
