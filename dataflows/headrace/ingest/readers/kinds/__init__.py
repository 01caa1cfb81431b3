"""Readers of the less usual types of files.

- `names`: the type of a file, by its name
- `components`: Markdown without the components of .mdx files
- `notes`: Markdown in which notes are no code
- `references`: Markdown without character references, such as "&oacute;"
- `tabular`: tables as text, and spreadsheets
- `slides`: presentations (.pptx)
- `labels`: a count as a number, letter, Roman numeral or word
- `markup`: links, code and running text in Markdown
- `packages`: the zip of XML parts that Office files and books are
- `notebooks`: Jupyter notebooks (.ipynb)
- `rich_text`: Rich Text Format (.rtf)
- `mails`: mails (.eml, .msg) and mailboxes (.mbox)
- `books`: electronic books (.epub)
- `archives`: .zip files of any of these
"""
