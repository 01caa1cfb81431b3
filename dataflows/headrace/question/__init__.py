"""The question on its way to the search: cleaned, made to stand alone, corrected, expanded, filtered, split.

Every node leaves the user's own words searchable: the question as asked is always the first stream of `sub_queries`, and every change
is recorded with its reason. With `understanding=off` the question goes through untouched; with `understanding=llm` a language model reads it once
(question_analysis.py), the nodes take what it found, and the rules stand in when it fails.

    conversation.py     normalized_query, standalone_query
    knowledge.py        corpus, known_words, known_names: what the tenant's documents know of the question's words
    spelling.py         corrected_query; which spelling is likeliest is in likelihood.py
    expansion.py        expanded_query
    filtering.py        query_filters; what counts as asking for a value is in mentions.py
    decomposition.py    question_kind, sub_queries; how compound questions are told and taken apart is in question_kinds.py
"""
