"""From the context to a cited answer, or to a plain "not in the documents".

answerability.py    answerability_signs, answerability
extraction.py       document_metadata, sentence_scores, quotes: without a model
generation.py       instructions, prompt, degraded, answer
citations.py        an answer being put together, each citation verified
claims/             its sentences compared with what they cite
dates.py            the date of a passage's document
writing.py          a language model's parts on their way to the answer
"""

from headrace.answer import answerability, extraction, generation

NODES = (answerability, extraction, generation)
