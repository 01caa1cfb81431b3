"""AsciiDoc, read as Markdown.

- `document`: the bytes of a file to its content; what its head says of it
- `conditions`: the lines that are read of those that depend on a condition
- `sections`: titles of sections
- `blocks`: lines to blocks: sections, lists, code, notes
- `tables`: the cells of a table
- `words`: links, emphasis and other marks within a line
"""
