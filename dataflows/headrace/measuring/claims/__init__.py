"""Whether an answer's false sentences are noticed beside what they cite.

swaps.py    a number, unit, date, name or negation of a sentence exchanged
run.py      collections -> the share of swaps that are flagged; false alarms
"""
