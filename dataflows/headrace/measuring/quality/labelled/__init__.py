"""Labelled questions over a corpus, from a folder.

labels.py       LabelledQuestion and Collection
reading.py      what a folder holds, and how it is read
evidence.py     the gold evidence of a question, found in the documents
spans.py        stretches of documents, and how much two sets of them share
"""

from headrace.measuring.quality.labelled.labels import Collection, LabelledQuestion
from headrace.measuring.quality.labelled.reading import read_collection

__all__ = ["Collection", "LabelledQuestion", "read_collection"]
