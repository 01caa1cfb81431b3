"""Org, the format of Emacs' Org mode, read as Markdown.

- `document`: the bytes of a file to its content; what its keywords say of it
- `blocks`: lines to blocks: headings, lists, tables, code
- `words`: links, emphasis, dates and macros within a line
"""
