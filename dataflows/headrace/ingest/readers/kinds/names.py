"""The type of a file, by its name."""

from pathlib import PurePath
from typing import Literal

FileType = Literal[
    "md",
    "mdx",
    "txt",
    "rst",
    "adoc",
    "org",
    "html",
    "pdf",
    "docx",
    "odt",
    "rtf",
    "jsonl",
    "csv",
    "xlsx",
    "xls",
    "pptx",
    "ipynb",
    "eml",
    "msg",
    "mbox",
    "epub",
    "zip",
    "code",
]

_DOCUMENTS: dict[str, FileType] = {
    ".md": "md",
    ".markdown": "md",
    ".mdx": "mdx",
    ".txt": "txt",
    ".rst": "rst",
    ".adoc": "adoc",
    ".asciidoc": "adoc",
    ".org": "org",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".odt": "odt",
    ".rtf": "rtf",
    ".pptx": "pptx",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xls",
    ".csv": "csv",
    ".tsv": "csv",
    ".ipynb": "ipynb",
    ".eml": "eml",
    ".msg": "msg",
    ".mbox": "mbox",
    ".epub": "epub",
    ".zip": "zip",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jsonl.gz": "jsonl",
}
_CODE_ENDINGS = (
    "bash bat c cc cjs clj cpp cs css cxx dart erl ex exs go groovy h hpp hs java jl js jsx kt "
    "kts less lua mjs ml php pl pm proto ps1 py pyi r rb rs scala scss sh sql svelte swift tf "
    "ts tsx vue zsh"
)
#: The types of files, by the endings of their names.
FILE_TYPES: dict[str, FileType] = {
    **_DOCUMENTS,
    **dict.fromkeys([f".{ending}" for ending in _CODE_ENDINGS.split()], "code"),
}
_PLAIN_NAMES = (
    "authors changelog changes contributing contributors copying copyright history install "
    "licence license news notice readme todo"
)
#: The types of files whose names have no ending.
_WHOLE_NAMES: dict[str, FileType] = {
    **dict.fromkeys(_PLAIN_NAMES.split(), "txt"),
    "dockerfile": "code",
    "makefile": "code",
}
#: How messages about a file of another type name those that are read.
DESCRIBED = [*_DOCUMENTS, "source code such as .py", "README or LICENSE without an ending"]


def file_type(path: PurePath) -> FileType | None:
    """The type of a file, by its name; None when it is not supported.

    The ending decides; a name without one has to be usual, such as README.
    """
    name = path.name.lower()
    for ending, kind in FILE_TYPES.items():
        if name.endswith(ending):
            return kind
    return _WHOLE_NAMES.get(name)
