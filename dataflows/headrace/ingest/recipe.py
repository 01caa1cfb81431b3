"""The versions of what is made of documents and chunks.

An ingest leaves alone what has the same hash as before. So when the code makes
something else of the same document, it is stored only under a new version.
"""

#: Part of every document's hash. Raise it to make the next ingest take every document
#: as changed: language, names, fields and definitions are stored again, and the text is
#: cut again. Chunks that come out as before keep their postings and vectors.
DOCUMENT_VERSION = 10
#: Part of every chunk's hash. Raise it to have the chunks of changed documents posted
#: and embedded again. Raise DOCUMENT_VERSION with it, or no document has changed.
CHUNK_VERSION = 4
