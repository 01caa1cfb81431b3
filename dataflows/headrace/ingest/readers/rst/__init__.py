"""reStructuredText as Markdown, also with the directives and roles of Sphinx.

- `document`: the bytes of a file to its content
- `directives`: what docutils does not know, or would read from elsewhere
- `roles`: marked-up words such as :func:`open`
- `blocks`: the parsed document to blocks of Markdown
- `words`: the text of a paragraph
- `tables`: tables, with merged cells and headers
"""
