"""Quotations: which sentences of the context are quoted, and how they are joined.

sentences/     what a sentence says by itself, or compared with another one
places.py      where a sentence is, and how much of a question its place holds
released.py    release notes
units.py       sentences that are quoted together or not at all
lengths.py     how long a text is to its reader
stretches.py   the stretch of a section that most likely holds the answer
tables.py      rows of a table of which a column says yes or no
named.py       the section or clause that a question names, or a sentence points at
extending.py   what belongs to a stretch and is quoted with it
filling.py     what else is quoted while the stretches may lack the answer
evidence.py    the sentences of the context, and how well each fits the question
described.py   what a document's metadata say about it
shown.py       a part of the answer as it is shown
composing.py   the parts of the answer
"""
