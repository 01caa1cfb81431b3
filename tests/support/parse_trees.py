"""What PostgreSQL understood a statement to call, read from its own parse trees."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg

from headrace import Pipeline

_TOKEN = re.compile(r'\s*([{}()]|:[A-Za-z_]+|"(?:[^"\\]|\\.)*"|(?:\\.|[^\s{}()\\])+)')
#: The field of a node that holds the number of the function that it calls.
_FUNCTION = {
    "FUNCEXPR": "funcid",
    "OPEXPR": "opfuncid",
    "SCALARARRAYOPEXPR": "opfuncid",
    "DISTINCTEXPR": "opfuncid",
    "NULLIFEXPR": "opfuncid",
    "AGGREF": "aggfnoid",
    "WINDOWFUNC": "winfnoid",
}
#: The field of a cast that says how it came about.
_CAST = {
    "FUNCEXPR": "funcformat",
    "RELABELTYPE": "relabelformat",
    "COERCEVIAIO": "coerceformat",
    "ARRAYCOERCEEXPR": "coerceformat",
}
_UTILITY = "{QUERY :commandType 6 "
_IMPLICIT = "2"
_CALLS = ("0", "3")


_PARAMETER = re.compile(r"%\((\w+)\)s(::)?")
_NUMBERS = {"smallint", "integer", "bigint", "numeric", "real", "double precision"}


def prepared(rag: Pipeline, admin: psycopg.Connection, name: str) -> str:
    """A statement as PREPARE takes it, with integers as small as psycopg sends them."""
    text = rag.database.text(name).decode()
    cast = {found[1]: bool(found[2]) for found in _PARAMETER.finditer(text)}
    numbers = {parameter: number for number, parameter in enumerate(cast, start=1)}
    text = _PARAMETER.sub(lambda found: f"${numbers[found[1]]}{found[2] or ''}", text)
    text = text.replace("%%", "%")
    admin.execute(f"PREPARE looked_at AS {text}".encode())
    inferred = "SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'looked_at'"
    ((types,),) = admin.execute(inferred).fetchall()
    admin.execute("DEALLOCATE looked_at")
    sent = []
    for parameter, kind in zip(cast, types, strict=True):
        sent.append("smallint" if kind in _NUMBERS and not cast[parameter] else kind)
    declared = f" ({', '.join(sent)})" if sent else ""
    return f"PREPARE looked_at{declared} AS {text}"


def parameter_number(rag: Pipeline, name: str, parameter: str) -> str:
    """The number that a parameter of a statement has in its `prepared` form."""
    text = rag.database.text(name).decode()
    names = list(dict.fromkeys(found[1] for found in _PARAMETER.finditer(text)))
    return str(names.index(parameter) + 1)


class ParseTrees:
    """The parse trees of what a connection is asked, while this is open."""

    def __init__(self, connection: psycopg.Connection):
        self._connection = connection
        self._trees: list[str] = []
        connection.add_notice_handler(self._note)
        connection.execute("SET client_min_messages = log; SET debug_pretty_print = off")
        connection.execute("SET debug_print_parse = on")

    def calls(self, statement: str) -> list[tuple[int, bool]]:
        """The number of each function called, and whether no argument had to be cast."""
        return [call for tree in self.trees(statement) for call in _calls(tree)]

    def trees(self, statement: str) -> list[Any]:
        """The parse trees, as `_read` gives them."""
        self._trees.clear()
        self._connection.execute(statement.encode())
        return [_read(tree) for tree in self._trees]

    def _note(self, notice: psycopg.errors.Diagnostic) -> None:
        tree = notice.message_detail or ""
        # PREPARE and CREATE are trees of their own, around what they hold.
        if notice.message_primary == "parse tree:" and not tree.startswith(_UTILITY):
            self._trees.append(tree)


def _read(tree: str) -> Any:
    """A node as {"_": its name, field: values}; a list as a list; all else as text."""
    tokens = iter(_TOKEN.findall(tree))

    def value(token: str) -> Any:
        if token == "{":
            node: dict[str, Any] = {"_": next(tokens)}
            field = ""
            while (token := next(tokens)) != "}":
                if token.startswith(":"):
                    field = token[1:]
                    node[field] = []
                else:
                    node.setdefault(field, []).append(value(token))
            return node
        if token == "(":
            listed = []
            while (token := next(tokens)) != ")":
                listed.append(value(token))
            return listed
        return token

    return value(next(tokens))


def _calls(node: Any) -> Iterator[tuple[int, bool]]:
    if isinstance(node, list):
        for each in node:
            yield from _calls(each)
    if not isinstance(node, dict):
        return
    kind = node["_"]
    if kind in _FUNCTION and node.get("funcformat", ["0"])[0] in _CALLS:
        (arguments,) = node.get("args") or [[]]
        exact = not any(_is_implicit_cast(argument) for argument in arguments)
        yield int(node[_FUNCTION[kind]][0]), exact
    for field, values in node.items():
        if field != "_":
            yield from _calls(values)


def _is_implicit_cast(argument: Any) -> bool:
    if not isinstance(argument, dict):
        return False
    if argument["_"] == "TARGETENTRY":
        (argument,) = argument["expr"]
    field = _CAST.get(argument["_"])
    return field is not None and argument[field][0] == _IMPLICIT
