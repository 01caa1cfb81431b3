"""What was meant by words that no document has.

guesses.py      the words of a question, and the spellings that they may stand for
likelihood.py   which spelling was meant
"""
