"""From the user's words to the texts to search for.

Every change is recorded with its reason, and the question as asked is searched for too.
With understanding = off, the question passes unchanged. With understanding = llm, a
language model reads it once. The nodes take what it found, or what rules found when it
fails.

The nodes, in the order of the flow:

    conversation.py       normalized_query, courtesy, question_language; searched_query,
                          standalone_query, topic
    model_reading.py      question_analysis: what a language model makes of the question
    knowledge.py          tenant_facts; known_words, known_names: what the tenant's
                          documents know of the question's words
    spelling.py           corrected_query
    expansion.py          expanded_query: abbreviations written out
    filtering.py          query_filters: conditions on the documents
    decomposition.py      question_kind; sub_queries: the texts to search for

Their helpers:

    analysis_schema.py    the form of a language model's analysis
    spellings/            words that no document has, and what they were meant to be
    found_filters.py      the filters that a question's words ask for
    mentions.py           the values of metadata that a question mentions
    mention_cues.py       what the words around such a value say
    date_ranges.py        the dates of publication that a question asks for
    date_patterns.py      the words for them
    question_kinds.py     the kind of a question, and the parts of a compound one
"""

from headrace.question import (
    conversation,
    decomposition,
    expansion,
    filtering,
    knowledge,
    model_reading,
    spelling,
)

NODES = (
    conversation,
    model_reading,
    knowledge,
    spelling,
    expansion,
    filtering,
    decomposition,
)
