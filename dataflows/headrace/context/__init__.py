"""What the language model reads: the hits that fit the token budget.

packing.py      context
filling.py      what may fill a budget that the hits leave, and what each hit is worth
cuts.py         chunks cut into sentences
pieces.py       chunks, of which some sentences are taken, joined to passages
repetition.py   hits that only repeat a better one
selection.py    which sentences are worth their tokens
"""

from headrace.context import packing

NODES = (packing,)
