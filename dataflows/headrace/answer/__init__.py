"""From the context to a cited answer, or to a plain "not in the documents".

answerability.py    answerability_signs, answerability
extraction.py       document_metadata, sentence_scores, quotes: an answer without a
                    language model; quoting/ puts it together
generation.py       instructions, prompt, degraded, answer
citations.py        an answer being put together, each citation verified
writing.py          a language model's parts on their way to the answer
"""

from headrace.answer import answerability, extraction, generation

NODES = (answerability, extraction, generation)
