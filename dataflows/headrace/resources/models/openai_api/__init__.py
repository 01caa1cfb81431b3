"""Language models and encoders behind OpenAI's API, wherever it is served.

- `address`: the service's address and key, and a client for them
- `chat_model`: a language model that writes the answer
- `chat_streams`: an answer out of a chat completion, streamed or whole
- `citation_marks`: text with citations such as [3], apart
- `numbered_sentences`: passages with numbered sentences, and the way back
- `served_encoder`: text to vectors
- `embedding_replies`: vectors out of a response, checked
- `known_encoders`: what encoders of the model hubs expect before a text
"""
