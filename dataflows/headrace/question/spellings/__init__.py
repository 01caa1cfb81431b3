"""What words that no document has were meant to be.

guesses.py      the words of a question, and the spellings that may be meant
likelihood.py   which spelling is meant most likely
"""
