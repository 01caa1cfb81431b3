"""Plain text and Markdown files."""

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

from headrace.ingest.readers.cleaning import clean_text, one_line, plain_metadata
from headrace.ingest.readers.decoding import decoded_text
from headrace.ingest.readers.headings import markdown_title
from headrace.ingest.readers.kinds.components import without_components
from headrace.ingest.readers.kinds.notes import with_plain_notes
from headrace.ingest.readers.kinds.references import without_references
from headrace.ingest.readers.outcomes import Content

_FRONT_MATTER = re.compile(
    r"---[ \t]*\n(.{0,65536}?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_BRACKET = re.compile(r"[\[\]{}]")
_DEEPEST_BRACKETS = 64
#: "name: value", and what may stand between such lines: what is deeper, an item, a
#: comment.
_SIMPLE_LINE = re.compile(r"([^\W\d_][\w.-]*):(?=\s|$)(.*)")
_OTHER_LINE = re.compile(r"\s|-\s|#|$")
_NO_YAML = "the front matter is no YAML: only its simple lines were read"


def plain_content(data: bytes) -> Content:
    """A text file as it is, without a title."""
    text, metadata = decoded_text(data)
    return Content(text=text, metadata=metadata)


def markdown_content(data: bytes) -> Content:
    """A Markdown file without its YAML front matter, whose values become metadata.

    Notes that are fenced as code is, as in MyST and mdBook, become paragraphs.
    References such as "&oacute;" become characters: see `without_references`. The title
    is that of the front matter, else that of the headings.
    """
    return _markdown_content(data, lambda text: text)


def mdx_content(data: bytes) -> Content:
    """A Markdown file with components: as one without, and without their code."""
    return _markdown_content(data, without_components)


def _markdown_content(data: bytes, cleaned: Callable[[str], str]) -> Content:
    text, metadata = decoded_text(data)
    front_matter, text, remark = _front_matter_and_body(clean_text(without_references(text)))
    text = cleaned(with_plain_notes(text))
    metadata |= plain_metadata(front_matter)
    title = one_line(str(metadata.pop("title", ""))) or markdown_title(text)
    return Content(text=text, title=title, metadata=metadata, markup="markdown", remark=remark)


def _front_matter_and_body(text: str) -> tuple[Mapping[Any, Any], str, str]:
    """The values between the leading "---" lines, the text after them, and a remark.

    ({}, text, "") when there is no such block, or it is no mapping. Where it is no
    YAML, but all of its lines might be of a mapping, the simple ones are read.
    """
    found = _FRONT_MATTER.match(text)
    if found is None or _is_deep(found[1]):
        return {}, text, ""
    import yaml

    remark = ""
    try:
        values = yaml.load(found[1], Loader=_front_matter_loader())
    except (yaml.YAMLError, ValueError, RecursionError):
        values, remark = _simple_values(found[1]), _NO_YAML
    if not values or not isinstance(values, dict):
        return {}, text, ""
    return values, text[found.end() :], remark


def _simple_values(block: str) -> dict[str, str]:
    """The values of the lines "name: value"; {} where a line can be of no mapping."""
    values = {}
    for line in block.splitlines():
        found = _SIMPLE_LINE.fullmatch(line)
        if found:
            values[found[1]] = found[2].strip("\"' \t")
        elif not _OTHER_LINE.match(line):
            return {}
    return {name: value for name, value in values.items() if value}


def _is_deep(values: str) -> bool:
    """Whether brackets are nested too deeply to be parsed in good time."""
    depth = 0
    for bracket in _BRACKET.finditer(values):
        depth += 1 if bracket[0] in "{[" else -1
        if depth > _DEEPEST_BRACKETS:
            return True
    return False


@functools.cache
def _front_matter_loader() -> type:
    """A SafeLoader with the numbers, dates and booleans of YAML 1.2, and no aliases.

    YAML 1.1 makes `language: no` False, `id: 007` 7 and `version: 1.10` 1.1. Here such
    values stay text, and so does a day that is none. Aliases can blow up a few hundred
    bytes into gigabytes, and no front matter needs them.
    """
    import yaml

    kept = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:timestamp")
    kept_resolvers = {}
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items():
        kept_resolvers[first] = [(tag, pattern) for tag, pattern in resolvers if tag in kept]

    class FrontMatterLoader(yaml.SafeLoader):
        yaml_implicit_resolvers = kept_resolvers

        def compose_node(self, parent, index):
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("aliases are not read")
            return super().compose_node(parent, index)

        def construct_timestamp(self, node):
            try:
                return self.construct_yaml_timestamp(node)
            except ValueError:  # a day that does not exist, such as 2024-02-30
                return self.construct_scalar(node)

    FrontMatterLoader.add_constructor(
        "tag:yaml.org,2002:timestamp", FrontMatterLoader.construct_timestamp
    )
    FrontMatterLoader.add_implicit_resolver(
        "tag:yaml.org,2002:bool", re.compile("(?:[Tt]rue|[Ff]alse)$"), list("tTfF")
    )
    FrontMatterLoader.add_implicit_resolver(
        "tag:yaml.org,2002:int", re.compile("-?(?:0|[1-9][0-9]*)$"), list("-0123456789")
    )
    return FrontMatterLoader
