"""The page as it is served: files of ours, and nothing else may run there."""

import re

import pytest

SCRIPTS = ("/page.js", "/documents.js", "/basics.js")
FILES = {"/": "text/html", "/page.css": "text/css", **dict.fromkeys(SCRIPTS, "text/javascript")}


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_served_without_a_token_and_under_a_strict_policy(reader, path):
    response = reader.get(path, headers={"Authorization": ""})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(FILES[path])
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy and "http" not in policy and "frame-ancestors 'none'" in policy


def test_the_page_has_nothing_inline_and_nothing_of_another_host(reader):
    page = reader.get("/").text
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?! src=\"page\.js\")", page)
    for path in FILES:
        assert "//" not in re.sub(r"^//.*|\s//.*", "", reader.get(path).text, flags=re.MULTILINE)


@pytest.mark.parametrize("path", SCRIPTS)
def test_no_script_makes_markup_of_text(reader, path):
    script = reader.get(path).text
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in script
