"""What the language model reads: the hits that fit the token budget.

packing.py      context
filling.py      what may fill a budget that the hits leave, and what each hit is worth
pieces.py       chunks cut into sentences, and joined to passages
repetition.py   hits that only repeat a better one
selection.py    which sentences are worth their tokens
"""

from headrace.context import packing

NODES = (packing,)
