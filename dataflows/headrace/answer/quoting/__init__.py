"""Quotations: what of the context is quoted, and how it is put together.

places.py         where a sentence stands, and what the place holds of a question
identifiers.py    codes, versions, years and numbers that name one thing of many
released.py       what the notes of a release say
instructions.py   sentences that tell an assistant what to do
units.py          sentences that are quoted together or not at all
lengths.py        how long a text is to its reader
stretches.py      the stretch of a section that most likely holds the answer
named.py          the section or clause that a question names, or a sentence points at
extending.py      what is quoted with a stretch, because it belongs to it
evidence.py       what the context says to a question, sentence by sentence
comparing.py      sentences that repeat each other, and sentences that differ
dating.py         which of two documents is the newer
described.py      what the metadata of a document say of it
spoken.py         sentences in another language than the question
composing.py      the parts of the answer
"""
