"""The versions of the code that makes chunks and their rows.

An ingest skips what has the same hash as before. So if the code changes what it makes
of a document, the version has to be raised, or nothing is stored again.
"""

#: Part of every document's hash. Raise it to make the next ingest take every document
#: as changed: language, names, fields and definitions are stored again, and the text is
#: cut again. Chunks that come out as before keep their postings and vectors.
DOCUMENT_VERSION = 10
#: Part of every chunk's hash. Raise it to have the chunks of changed documents posted
#: and embedded again. Raise DOCUMENT_VERSION with it, or no document has changed.
CHUNK_VERSION = 4
