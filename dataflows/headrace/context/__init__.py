"""What the language model reads: the hits that fit the token budget.

packing.py      context
filling.py      candidates for what the hits leave of the budget, and their relevance
cuts.py         chunks cut into sentences
pieces.py       chunks with the sentences taken from them, joined to passages
repetition.py   hits that only repeat a better one
selection.py    which sentences are worth their tokens
"""

from headrace.context import packing

NODES = (packing,)
