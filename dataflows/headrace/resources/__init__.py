"""What the nodes are given: database, encoders, rerankers, language models, readers. Nothing here imports a node module."""
