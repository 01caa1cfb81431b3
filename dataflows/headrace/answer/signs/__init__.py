"""Signs that the documents do not answer: what a question names, and what they lack.

asked_names.py   names, codes and numbers of a question
names.py         those that a text lacks
scattered.py     names that other documents have than the nearest
amounts.py       numbers and prices that are asked for, and whether they are told
unlike.py        words that no document has, and whether anything comes near them
"""
