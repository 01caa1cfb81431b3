"""Tables as text: values with commas, semicolons, tabs or bars between them."""

import csv
import io
import re
from collections.abc import Iterator

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import one_line
from headrace.ingest.readers.decoding import decoded_text
from headrace.ingest.readers.kinds.tabular.tables import Row, passages
from headrace.ingest.readers.outcomes import Content, joined_blocks

_DELIMITERS = ",;\t|"
#: Lines by which the delimiter is judged.
_SAMPLE_LINES = 50
_SAID = re.compile(r"sep=(.)\n")


def csv_content(data: bytes) -> Content:
    """A table: each row is a paragraph, with the headers of its values."""
    text, metadata = decoded_text(data)
    said = _SAID.match(text)
    if said:
        text = text[said.end() :]
    csv.field_size_limit(len(text) + 1)  # which holds for the next file, too
    delimiter = said[1] if said else _delimiter(text)
    return Content(text=joined_blocks(passages(_rows(text, delimiter))), metadata=metadata)


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    try:
        for cells in _cells(text, delimiter):
            texts = enumerate(map(one_line, cells))
            yield {column: cell for column, cell in texts if cell}
    except csv.Error as fault:
        raise SourceError(f"not a table of values with {delimiter!r} between: {fault}") from fault


def _cells(text: str, delimiter: str) -> Iterator[list[str]]:
    """The cells of each row; the line of a quote that nothing ends is as it stands."""
    stream = io.StringIO(text, newline="")
    is_at_end = False

    def lines() -> Iterator[str]:
        nonlocal is_at_end
        yield from stream
        is_at_end = True

    start = 0
    for cells in csv.reader(lines(), delimiter=delimiter):
        if is_at_end:  # a row that looked for its end until then
            stream.seek(start)
            yield stream.readline().split(delimiter)
            yield from csv.reader(stream, delimiter=delimiter)
            return
        yield cells
        start = stream.tell()


def _delimiter(text: str) -> str:
    """What parts the most lines into equally many values, more than one."""

    def _agreement(delimiter: str) -> tuple[int, int]:
        lines = io.StringIO(text, newline="")
        counts = []
        try:
            for cells in csv.reader(lines, delimiter=delimiter):
                counts += [len(cells)] if len(cells) > 1 else []
                if len(counts) == _SAMPLE_LINES:
                    break
        except csv.Error:  # a field of 100,000 characters: not this one
            return 0, 0
        return max(((counts.count(count), count) for count in set(counts)), default=(0, 0))

    return max(_DELIMITERS, key=_agreement)
