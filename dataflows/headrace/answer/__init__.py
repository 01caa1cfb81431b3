"""From the context to a cited answer, or to a plain "not in the documents".

reading.py          read_sentences: compared with what is asked
answerability.py    answerability_signs, answerability, verdict: declined or not, why
signs/              what a question names, and what of that the documents lack
extraction.py       document_metadata, document_languages, sentence_scores, quotes:
                    without a model
quoting/            what is quoted, and how it is put together
courtesies.py       reply: to a greeting or thanks
generation.py       instructions, prompt, degraded, answer
citations.py        an answer being put together, each citation verified
claims/             an answer's sentences, compared with what they cite
dates.py            the date of a document
nearest.py          what comes nearest, where there is no answer
verdicts.py         the reason for a missing or uncertain answer
writing.py          a language model's parts on their way to the answer
"""

from headrace.answer import answerability, courtesies, extraction, generation, reading

NODES = (reading, answerability, extraction, courtesies, generation)
