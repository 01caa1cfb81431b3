"""Release notes: they say what changed, and seldom how a thing works."""

import re

import numpy as np

from headrace.answer.quoting.places import Places

#: A heading that is a version: "0.8.0 (2024-10-30)", "v2.3", "1.2 - unreleased".
_RELEASE = re.compile(
    r"\W*(?:v|version\s|release\s)?\d+\.\d+(?:\.\d+)*(?:[ab.]|rc)?\d{0,3}"
    r"(?:[])\s(:–—-]+"
    r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}\s\w+\s\d{4}|\w+\s\d{1,2},\s\d{4}|unreleased))?\W*",
    re.IGNORECASE,
)
_NOTES = re.compile(
    r"\b(?:change[ _-]?log|changes|release[ _-]notes|news|history)\b", re.IGNORECASE
)
#: A question on releases has a version, or one of these words.
_OF_RELEASES = re.compile(
    r"\d\.\d|\b(?:new(?:est|er)?|latest|since|release\w*|change\w*|changelog|news|history|upgrad\w*"
    r"|introduc\w*|added|removed|dropped|deprecat\w*|fixed|bugs?|broke\w*|no longer|any ?more"
    r"|neu\w*|seit|geändert\w*|behoben|entfernt|nouveau\w*|depuis|cambi\w*|desde)\b|新|变更",
    re.IGNORECASE,
)


def version_of(heading: str) -> tuple[int, ...]:
    """The version that a heading of release notes is; () for any other heading.

    Example: "2.3.1 (2024-05-06)" -> (2, 3, 1).
    """
    if not _RELEASE.fullmatch(heading):
        return ()
    found = re.search(r"\d{1,9}(?:\.\d{1,9})+", heading)
    return tuple(map(int, found[0].split("."))) if found else ()


def of_releases(places: Places, question: str) -> np.ndarray:
    """(n_sentences,) bool: sentences of release notes; none if these are asked for."""
    if _OF_RELEASES.search(question):
        return np.zeros(len(places.sentences), bool)
    told = []
    for sentence, name in zip(places.sentences, places.names, strict=True):
        is_version = any(map(_RELEASE.fullmatch, sentence.headings))
        told.append(is_version or bool(_NOTES.search(name)))
    return np.array(told)
