"""How what a user writes is read.

languages.py    the language of a question; the same questions in many languages
courtesies.py   greetings, thanks, farewells: what asks nothing
pasted.py       what matters of a pasted log or a long question
acts.py         what a question wants to do, and what would be the opposite
forms.py        what form an answer has: a list, a summary, steps
documents.py    whether documents themselves are asked for
following.py    what a question takes from those before it
"""
