"""What the nodes are given from outside. Nothing here imports a node module.

- `postgres`: the database
- `models`: encoders, rerankers, the language model, word lists
- `hamilton_ui`: the UI that shows runs of the dataflow
- `disk`: the room that is left on a disk
- `redaction`: texts without secrets
- `own_parts`: an encoder, a reranker, a language model or a reader of the user's own
"""
