"""Which tables of a statement are bound to the value of a tenant, as routing needs it.

It is read from PostgreSQL's parse trees (`parse_trees`). A table is bound where its
tenant_id equals the statement's parameter, directly or by way of other columns.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_TEXT_EQUALS = "98"
_RELATION = "0"
_SUBQUERY = "1"
_JOIN = "2"
_CTE = "6"
_GROUP = "9"
_INSERT = "3"
_OF_A_SUBLINK = "2"

Column = tuple[Any, ...]


class Routing:
    """What the columns of one statement equal.

    Args:
        tree: of the statement.
        parameter: the number of the parameter that is the tenant.
        distributed: the number of each table, its name and that of its column tenant_id.
    """

    def __init__(
        self, tree: Any, parameter: str, distributed: Mapping[str, tuple[str, str]]
    ) -> None:
        self._distributed = distributed
        self._parameter = parameter
        self._same: dict[Column, Column] = {}
        self._tables: list[tuple[str, Column]] = []
        self._ctes: list[tuple[str, Any]] = []
        self._query(tree, ())

    @property
    def unbound(self) -> list[str]:
        """The tables that the statement reads or writes of more than one tenant."""
        bound = self._root(("tenant",))
        return [name for name, column in self._tables if self._root(column) != bound]

    @property
    def tables(self) -> list[str]:
        return [name for name, _ in self._tables]

    def _root(self, column: Column) -> Column:
        while column in self._same:
            column = self._same[column]
        return column

    def _join(self, one: Column | None, other: Column | None) -> None:
        if one is not None and other is not None:
            first, second = self._root(one), self._root(other)
            if first != second:
                self._same[first] = second

    def _query(self, query: Any, above: Sequence[Any]) -> None:
        inside = (*above, query)
        for cte in _listed(query, "cteList"):
            self._ctes.append((_word(cte["ctename"][0]), cte["ctequery"][0]))
            self._query(cte["ctequery"][0], inside)
        tables = _listed(query, "rtable")
        for number, table in enumerate(tables, start=1):
            self._table(query, number, table, inside)
        for entry in _listed(query, "targetList"):
            if query["commandType"] == [_INSERT]:
                written = (id(query), query["resultRelation"][0], entry["resno"][0])
                self._join(written, self._column(entry["expr"][0], inside))
            self._expression(entry["expr"], inside, holds=False)
        for field in ("jointree", "havingQual", "returningList", "onConflict", "setOperations"):
            self._expression(query.get(field), inside, holds=True)

    def _table(self, query: Any, number: int, table: Any, inside: Sequence[Any]) -> None:
        kind = table["rtekind"][0]
        place = (id(query), str(number))
        if kind == _RELATION and table["relid"][0] in self._distributed:
            name, attribute = self._distributed[table["relid"][0]]
            conflict = query.get("onConflict") or ["<>"]
            is_excluded = isinstance(conflict[0], dict) and conflict[0]["exclRelIndex"] == [
                str(number)
            ]
            if not is_excluded:
                self._tables.append((name, (*place, attribute)))
        elif kind == _SUBQUERY:
            self._query(table["subquery"][0], inside)
            self._outputs(place, table["subquery"][0], inside)
        elif kind == _CTE:
            name = _word(table["ctename"][0])
            for known, cte in self._ctes:
                if known == name:
                    self._outputs(place, cte, inside)
        elif kind in (_JOIN, _GROUP):
            field = "joinaliasvars" if kind == _JOIN else "groupexprs"
            for position, expression in enumerate(_listed(table, field), start=1):
                self._join((*place, str(position)), self._column(expression, inside))
        else:
            self._expression(list(table.values()), inside, holds=False)

    def _outputs(self, place: Column, query: Any, inside: Sequence[Any]) -> None:
        """Says that columns of a subquery's table are what the subquery gives out."""
        field = "returningList" if _listed(query, "returningList") else "targetList"
        for entry in _listed(query, field):
            given = self._column(entry["expr"][0], (*inside, query))
            self._join((*place, entry["resno"][0]), given)

    def _expression(self, node: Any, inside: Sequence[Any], *, holds: bool) -> None:
        """Notes the equalities that hold in an expression, and looks into its queries."""
        if isinstance(node, list):
            for each in node:
                self._expression(each, inside, holds=holds)
        if not isinstance(node, dict):
            return
        if node["_"] == "OPEXPR" and node["opno"] == [_TEXT_EQUALS] and holds:
            one, other = node["args"][0]
            self._join(self._column(one, inside), self._column(other, inside))
        if node["_"] == "SUBLINK":
            self._sublink(node, inside, holds=holds)
            return
        if node["_"] == "BOOLEXPR":
            holds = holds and _word(node["boolop"][0]) == "and"
        for field, values in node.items():
            if field != "_":
                self._expression(values, inside, holds=holds)

    def _sublink(self, node: Any, inside: Sequence[Any], *, holds: bool) -> None:
        query = node["subselect"][0]
        self._query(query, inside)
        self._outputs(("sublink", id(node)), query, inside)
        for test in _operators(node["testexpr"]) if holds else ():
            one, other = test["args"][0]
            if other["_"] == "PARAM" and other["paramkind"] == [_OF_A_SUBLINK]:
                given = ("sublink", id(node), other["paramid"][0])
                self._join(self._column(one, inside), given)

    def _column(self, node: Any, inside: Sequence[Any]) -> Column | None:
        if not isinstance(node, dict):
            return None
        if node["_"] == "VAR":
            query = inside[-1 - int(node["varlevelsup"][0])]
            return (id(query), node["varno"][0], node["varattno"][0])
        if node["_"] == "PARAM" and node["paramid"] == [self._parameter]:
            return ("tenant",)
        return None


def _operators(node: Any) -> Iterator[Any]:
    if isinstance(node, list):
        for each in node:
            yield from _operators(each)
    elif isinstance(node, dict) and node["_"] == "OPEXPR":
        if node["opno"] == [_TEXT_EQUALS]:
            yield node
    elif isinstance(node, dict):
        yield from _operators([value for field, value in node.items() if field != "_"])


def _listed(node: Any, field: str) -> list[Any]:
    """The nodes of a list; [] where there is none."""
    values = node.get(field) or []
    listed = values[0] if values and isinstance(values[0], list) else values
    return [value for value in listed if isinstance(value, dict)]


def _word(text: str) -> str:
    return text.strip('"')
