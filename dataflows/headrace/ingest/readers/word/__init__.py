"""Word files (.docx), as their readers see them, as Markdown.

- `document`: the bytes of a file to its content
- `package`: the parts of a file and how they refer to each other
- `styles`: paragraph styles: headings, lists, hidden text
- `numbering`: the numbers that Word shows before paragraphs
- `story`: the paragraphs of a body, note or page header
- `inline`: the text of one paragraph
- `fields`: links, form fields and page numbers
- `symbols`: characters of symbol fonts
- `formulas`: formulas on one line
- `pictures`: alternative texts, charts and diagrams
- `tables`: tables, with merged cells and headers
- `remarks`: footnotes, endnotes and comments
- `furniture`: page headers and footers
"""
