"""Headrace: production retrieval-augmented generation as a dataflow, on PostgreSQL.

    from headrace import Pipeline

    with Pipeline.open() as rag:
        rag.ingest(["docs/"], tenant="acme")
        print(rag.ask("How long do I have to return an item?", tenant="acme").text)

The public names are listed in `__init__.pyi`, and loaded when they are first used.
"""

import lazy_loader

from headrace.execution.hamilton_extensions import load_when_asked

__version__ = "0.1.0"

load_when_asked()

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
