"""PDF files as their readers see them.

- `document`: a file to its content: text, title, metadata, and what could not be read
- `pages`: one page after the other, as pdfium gives them
- `letters`: the characters of a page: where they stand, what they write
- `pieces`: the parts of lines on a page, from the boxes of its characters
- `forms`: the values of a form, and comments
- `legibility`: whether letters make words
- `layout`: the pages as one text
- `furniture`: running headers, footers and page numbers
- `order`: the order in which a page is read
- `grids`: tables with rules
- `tables`: tables without, by the places of their cells
- `lines`: lines, paragraphs and their text
- `headings`: headings, by the outline, and by the size and weight of letters
- `hyphens`: words that are split at the end of a line
- `titles`: titles that a program left behind
"""

from headrace.ingest.readers.pdf.document import pdf_content

__all__ = ["pdf_content"]
