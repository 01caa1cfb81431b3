"""Texts made to be slow to read: one mark or pattern again and again."""

from collections.abc import Iterator

#: What is repeated, by name.
_REPEATED = {
    "opening brackets": "(",
    "closing brackets": ")",
    "pairs of brackets": "() ",
    "letters after brackets": "(a",
    "square brackets": "[",
    "letters": "a",
    "capitals": "A",
    "capitalised words": "Ab ",
    "digits": "1",
    "numbers": "1,",
    "floats": "0.01234,",
    "dots": ".",
    "letters with dots": "a.",
    "words with dots": "ab.cd",
    "initials": "A. B. ",
    "countries": "U.S.",
    "hyphens": "-",
    "letters with hyphens": "a-",
    "underscores": "_",
    "slashes": "/",
    "addresses": "http://a/",
    "mail": "a@b.",
    "quotation marks": '"',
    "curly quotation marks": "“",
    "angle quotation marks": "«",
    "apostrophes": "'",
    "possessives": "It's",
    "names with possessives": "A's, ",
    "exclusions": " -a",
    "quoted exclusions": ' -"a"',
    "hashes": "#",
    "headings": "# ",
    "lines of headings": "# a\n",
    "underlines": "==\n",
    "table marks": "|",
    "table rows": "| a | b |\n",
    "backticks": "`",
    "fences": "```\n",
    "stars": "*",
    "emphasis": "**a** ",
    "list items": "- a\n",
    "images": "![a](b",
    "links": "[a](b)",
    "anchors": "<a ",
    "less-than signs": "<",
    "tags": "<b>",
    "nested blocks": "<div>",
    "nested lists": "<ul><li>a",
    "nested tables": "<table><tr><td>",
    "entities": "&amp;",
    "dates": "2024-01-",
    "months": "January ",
    "ranges of years": "between 2019 and ",
    "relative dates": "last year ",
    "quarters": "Q3 2024 of fiscal ",
    "conjunctions": "and ",
    "commas": "a, ",
    "semicolons": "; ",
    "colons": ":",
    "question marks": "?",
    "short questions": "Who? ",
    "compound questions": "what is a and what is b and ",
    "definitions": "reciprocal rank fusion (RRF) ",
    "names": "J. K. Rowling, ",
    "signs": "c++",
    "sharps": "f# ",
    "blanks": " ",
    "tabs": "\t",
    "newlines": "\n",
    "blank lines": "\n ",
    "lines of blanks": " \n",
    "line ends of Windows": "\r\n",
    "no-break spaces": "\u00a0",
    "zero-width spaces": "\u200b",
    "combining accents": "\u0301",
    "joined emoji": "👩\u200d",
    "Chinese": "東京都",
    "Thai": "ก",
    "replacement characters": "\ufffd",
    "backslashes": "\\",
    "format marks": "%s{}",
    "indented lines": "\n  a",
    "keys": "a: ",
    "YAML lists": "- - ",
    "YAML maps": "{a: ",
}
#: What stands around the repeated, by name: (before, repeated, after).
_FRAMED = {
    "letters in brackets": (" (", "a", ")"),
    "floats in brackets": (" [", "0.01234,", "]"),
    "base64 in brackets": ('{"image": ["', "iVBORw0KGgo", '"]}'),
    "blanks in brackets": (" (a", " ", ")"),
    "code in brackets": (" (function(){", "a=b+c;d(e);", "})"),
    "a long quotation": ('"', "a ", ""),
    "blanks between words": ("a", " ", "b"),
    "newlines between words": ("a", "\n", "b"),
    "no-break spaces between words": ("a", "\u00a0", "b"),
    "an underline with blanks": ("a\n===", " ", "x"),
    "a heading with blanks": ("# a", " ", "x"),
    "a heading with hashes": ("# a", " #", "x"),
    "a title with brackets": ("a", " (", ""),
    "a title with pairs of brackets": ("a", " ()", "x"),
    "a link that does not end": ("", "[", "]("),
    "an image that does not end": ("![", "a", ""),
    "exclusions before a word": ("x", " -a", "!"),
}


def ordinary(size: int) -> str:
    """English prose of `size` characters, in paragraphs."""
    paragraph = (
        "The mean reciprocal rank (MRR) of a search is high when the first hit is right. "
        "Anna Berg measured it in Riga on 4 May 2019, over 1,200 questions; the results "
        "were better than those of the year before. Did a larger index help? It did not, "
        "she wrote: what helped were titles, and a model that reads both texts at once.\n\n"
    )
    return (paragraph * (size // len(paragraph) + 1))[:size]


def hostile(size: int) -> Iterator[tuple[str, str]]:
    """(name, text) pairs, each text of about `size` characters."""
    for name, repeated in _REPEATED.items():
        yield name, repeated * (size // len(repeated))
    for name, (before, repeated, after) in _FRAMED.items():
        yield name, before + repeated * (size // len(repeated)) + after
    half = size // 2
    yield "nested brackets", " " + "(" * half + ")" * half
    yield "nested square brackets", " " + "[" * half + "a" + "]" * half
