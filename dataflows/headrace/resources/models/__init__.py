"""The models: encoders, rerankers, the language model, and what they need.

- `loading`: the models of a pipeline: the user's own, or those of the settings
- `encoders`: text to vectors, by a bundled model or any other
- `rerankers`: cross-encoders, on ONNX Runtime or in sentence-transformers
- `late_interaction`: reranking by the encoder's vectors of word pieces
- `pacing`: how rerankers keep a deadline, by what a text has cost so far
- `onnx_sessions`: ONNX Runtime for encoder and cross-encoders, each text on one thread
- `weights`: where weights are, and how they are made to compute quickly
- `streamed_model`: a language model whose answer comes as a stream
- `anthropic_model`: the one behind Anthropic's API
- `message_streams`: an answer out of that API's stream: text, citations, cost
- `openai_api`: language models and encoders behind OpenAI's API, wherever it is served
- `connections`: the client of an API with its connections, kept between questions
- `service_faults`: what went wrong with a service, and what to do about it
- `deadlines`: waiting for a service until a deadline, whatever it does
- `credentials`: whether there are credentials, and which service writes
- `tokenizer`: the number of tokens of what is sent to the language model
- `word_lists`: general words with their frequencies, one list per language
"""
