"""From paths to documents. What cannot be read gives a reason, never an exception.

- `files`: what a path says about its file: its type, its reader, its stored name
- `reading`: files to their documents (`read_source`), whatever their type
- `outcomes`: what reading gives: a content, or an `Unreadable` with the reason
- `limits`: how large a document may be, and what reading it may take
- `contents`: bytes to a content, by the type of the file
- `processes`: files read in processes of their own, which may die without harm
- `child`: what runs in such a process
- `texts`: plain text and Markdown
- `rst`: reStructuredText, as Markdown
- `asciidoc`: AsciiDoc, as Markdown
- `org`: Org, the format of Emacs' Org mode, as Markdown
- `html`: web pages, as Markdown
- `web`: what `html` makes a page's text of: its main part, links, tables, encoding
- `headings`: the title of a Markdown text among its headings
- `pdf`: PDF files as their readers see them, as Markdown
- `word`: Word files (.docx), as Markdown
- `open_document`: texts of OpenDocument (.odt), as Markdown
- `jsonl`: JSON lines, one document a line
- `decoding`: bytes to text, in whatever encoding
- `kinds`: tables, slides, notebooks, mails, books, archives and the names of all types
- `cleaning`: text and metadata in the form in which they are stored
"""

from headrace.ingest.readers.cleaning import clean_text
from headrace.ingest.readers.files import is_beneath, is_supported
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.outcomes import Empty, Remark, Unreadable
from headrace.ingest.readers.reading import (
    count_documents,
    read_each,
    read_files,
    read_source,
)

__all__ = [
    "Empty",
    "Limits",
    "Remark",
    "Unreadable",
    "clean_text",
    "count_documents",
    "is_beneath",
    "is_supported",
    "read_each",
    "read_files",
    "read_source",
]
