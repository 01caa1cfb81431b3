"""From documents to rows: prepared, cut into chunks, embedded, stored.

The nodes run once per block of documents. A document's text, chunks, postings and
embeddings change in one transaction, so a reader sees all of the old or all of the new,
even when the process is killed. What has not changed is neither cut nor embedded again.

    preparation.py          prepared_documents, changed_documents
    chunking.py             document_chunks, new_chunks, known_embeddings,
                            chunk_embeddings
    storage.py              stored_documents, removed_documents
    reembedding.py          the nodes that embed stored chunks with another encoder

    sources.py              from paths to blocks of documents
    elsewhere.py            files that another process reads, perhaps on another machine
    faults.py               what is wrong with a document made by somebody's own code
    finding/                which files to read, and what is passed over
    readers/                from files to documents
    installed_packages.py   the installed Python packages as documents
    glossaries.py           glossary files
    recipe.py               the versions of the code that makes chunks and their rows
    languages.py            the language of a document
    recognition.py          the languages of many texts at once
    cutting/                where documents are cut, and what is read with a chunk
    storing.py              transactions, and what changes in them
    rows.py                 documents and chunks as the parameters of statements
    pruning.py              which stored documents to remove: vanished or named ones
"""

from headrace.ingest import chunking, preparation, reembedding, storage

NODES = (preparation, chunking, storage)
REEMBEDDING_NODES = (reembedding,)
