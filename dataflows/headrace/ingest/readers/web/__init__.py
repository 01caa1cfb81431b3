"""Web pages: what a reader of a page sees, as Markdown.

- `charsets`: the bytes of a page to its text
- `nesting`: pages that nest too deeply, made flatter
- `measures`: how much text and how many links the parts of a page hold
- `furniture`: the parts that belong to the site, or that nobody sees
- `writing`: the other parts as blocks of Markdown
- `links`: which addresses are worth writing down
- `grids`: tables, with merged cells repeated
- `about`: title, author, dates and language
"""
