"""What a sentence says by itself, or compared with another one.

comparing.py      sentences that repeat each other, and sentences that differ
dating.py         which of two documents is the newer
identifiers.py    codes, versions, years and numbers that name one thing of many
instructions.py   sentences that tell an assistant what to do
spoken.py         sentences in another language than the question
"""
