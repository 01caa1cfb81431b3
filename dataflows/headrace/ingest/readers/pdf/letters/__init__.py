"""The letters of a page, before they are pieces of lines.

- `characters`: what pdfium knows of each character
- `cuts`: between which letters a piece ends
- `writing`: what the letters write: blanks, accents, indices and powers
"""
