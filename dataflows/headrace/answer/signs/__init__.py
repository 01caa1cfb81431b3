"""Signs that the documents do not answer: what the question names and they lack.

asked_names.py   names, codes and numbers of a question
names.py         those that a text lacks
scattered.py     names that only other documents than the nearest have
amounts.py       numbers and prices that are asked for, and whether any is given
unlike.py        words that no document has, and whether any sentence is near them
"""
