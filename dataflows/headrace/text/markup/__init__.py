"""How the source of a formatted text is read: Markdown and reStructuredText.

- `outline`: the headings, tables, lists, code and definitions of a Markdown text
- `outlining`: how its outline is read, line by line
- `plain_lines`: headings, rows of tables and leads as plain words
- `prose`: a text without code, links and marks
- `readable`: a text as a reader wants it: words and code, without marks
"""
