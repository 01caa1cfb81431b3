"""Settings fitted on labelled questions, recommended only where they really gain.

What a fit gains is judged on questions that it was not fitted on.

tuning.py        the fusion of the searches, and reranking
stages.py        what is tried for these two
ranking.py       ranks a question in every way that is tried
calibration.py   the weights of answerability
thresholds.py    the answerability below which a question is declined
answerable.py    asks the questions that both of these are fitted to
asked.py         asks the questions of collections
folds.py         questions dealt into folds
leaving_out.py   one collection left out at a time
cosines.py       where an encoder's cosines lie
spelling.py      what slips of the pen count
passages.py      what a chunk's best sentence counts
"""
