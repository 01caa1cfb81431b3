"""Sentences of an answer against what they cite, without a model.

- `comparing`: why a sentence does not follow from what it cites
- `quantities`: the numbers of a text, with their units
- `number_words`: numbers written as words
- `units`: units, and how they convert
- `dates`: the dates of a text, however they are written
- `names`: names that the cited text does not have
- `negations`: statements that one text makes and the other denies
- `reading`: the words of a text, and how its language writes numbers
"""
