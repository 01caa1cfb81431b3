"""Where a document is cut into chunks, and what is read with each of them.

- `splitting`: texts cut into pieces of so many tokens
- `sections`: pieces that keep headings with what stands under them
- `embedded_texts`: what an encoder reads of a chunk
"""
