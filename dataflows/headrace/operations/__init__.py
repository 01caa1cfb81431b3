"""What is done with a pipeline or its database over time.

- `watching`: files ingested again whenever they change on disk
- `encoder_migration`: the change from one encoder to another, and back
"""
