"""How what a user writes is read.

languages.py    the language of a question; the same questions in many languages
courtesies.py   greetings, thanks, farewells: messages that ask nothing
pasted.py       the part of a pasted log or a long question to search for
acts.py         what a question wants to do, and the opposite
forms.py        the form of an answer: a list, a summary, steps
requests.py     words that only ask, whatever the question is about
documents.py    whether documents themselves are asked for
following.py    what a follow-up question takes from the turns before it
"""
