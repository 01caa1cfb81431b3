"""Quotations: what of the context is quoted, and how it is put together.

sentences/     what a sentence says by itself, or beside another one
places.py      where a sentence stands, and what the place holds of a question
released.py    what the notes of a release say
units.py       sentences that are quoted together or not at all
lengths.py     how long a text is to its reader
stretches.py   the stretch of a section that most likely holds the answer
named.py       the section or clause that a question names, or a sentence points at
extending.py   what is quoted with a stretch, because it belongs to it
filling.py     what is quoted beside the stretches while these may lack the answer
evidence.py    what the context says to a question, sentence by sentence
described.py   what the metadata of a document say of it
shown.py       a part of the answer as it is shown
composing.py   the parts of the answer
"""
