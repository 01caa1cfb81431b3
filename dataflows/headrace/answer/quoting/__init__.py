"""Quotations: what of the context is quoted, and how it is put together.

places.py       where a sentence stands: its section, and what that holds
units.py        sentences that are quoted together or not at all
stretches.py    the stretch of a section that most likely holds the answer
comparing.py    sentences that repeat each other, and sentences that differ
dating.py       which of two documents is the newer
composing.py    the parts of the answer
"""
