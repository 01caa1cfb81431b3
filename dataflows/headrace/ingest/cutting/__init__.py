"""Where a document is cut into chunks, and what is read with each of them.

- `splitting`: texts cut into pieces of a number of tokens
- `sections`: pieces that keep headings with what is under them
- `embedded_texts`: what an encoder reads of a chunk
"""
