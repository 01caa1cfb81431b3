"""Character references in Markdown."""

import pytest

from headrace.ingest.readers.kinds.references import without_references
from support.reading import document_of, written


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("c&oacute;digo", "código"),
        ("&iquest;Qu&eacute;? &#233; &#xE9;", "¿Qué? é é"),
        ("a &lt; b &amp; c &quot;d&quot;", "a &lt; b &amp; c &quot;d&quot;"),
        ("&#60;b&#62;", "&#60;b&#62;"),
        ("&amp;oacute;", "&amp;oacute;"),
        ("&nosuchname; AT&T; R&D", "&nosuchname; AT&T; R&D"),
        ("`&uuml;` &uuml;", "`&uuml;` ü"),
        ("```html\n&uuml;\n```\n&uuml;", "```html\n&uuml;\n```\nü"),
    ],
)
def test_references_to_letters_become_letters_outside_of_code(text, read):
    assert without_references(text) == read


def test_a_markdown_file_is_stored_with_its_letters(tmp_path):
    text = "---\ntitle: M&eacute;tricas\n---\nEntwicklungs&shy;leiste &#x65;&#x301; caf&eacute;\n"
    document = document_of(written(tmp_path, "a.md", text))
    assert document.title == "Métricas"
    assert document.text == "Entwicklungsleiste &#x65;\u0301 café\n"
