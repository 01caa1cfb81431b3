"""The language that a document is stored in."""

import pytest

from headrace import Document
from headrace.errors import SettingsError
from headrace.ingest.languages import document_languages

CODE = """```python
from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{item_id}")
async def read_item(item_id: int, with_details: bool = False, limit: int = 100):
    if not item_id:
        raise HTTPException(status_code=404, detail="The item that you asked for was not found")
    return {"item_id": item_id, "details": "All of what is known about this item"}
```
"""
URL = "https://example.com/the-guide-to-the-installation-of-this-server/and-how-to-use-it"


def told(text: str, title: str = "", **metadata: str) -> str:
    return document_languages([Document("a", title, text, "a", metadata)], "english")[0]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (f"Der Server startet im Entwicklungsmodus.\n\n{CODE}\n{CODE}", "german"),
        (f"用这个命令启动服务器，然后打开浏览器。\n\n{CODE}\n{CODE}", "simple"),
        (f"Le serveur démarre en mode développement.\n\n{CODE}\n{CODE}", "french"),
        (f"The server starts in development mode.\n\n{CODE}", "english"),
        (f"Weitere Hinweise dazu [stehen in der Anleitung]({URL}).", "german"),
    ],
)
def test_code_and_addresses_do_not_tell_the_language(text, language):
    assert told(text) == language


def test_one_sentence_is_enough_where_its_words_say_the_same():
    assert told("Wie lange dauert die Elternzeit?") == "german"
    assert told("Servidor FastAPI") == "english"


def test_a_document_that_is_code_alone_has_the_default_language():
    assert told(CODE) == "english"
    assert told("") == "english"


def test_the_metadata_decides():
    assert told("Der Server startet im Entwicklungsmodus.", lang="fr") == "french"


def test_the_default_language_may_be_a_code_and_has_to_be_a_language():
    code = [Document("c", "C", "x = 1", "c")]
    assert document_languages(code, "de") == ["german"]
    with pytest.raises(SettingsError, match="default_language = 'germann', did you mean german"):
        document_languages(code, "Germann")
