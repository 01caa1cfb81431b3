"""What a transaction sets before its first statement.

All of it ends with the transaction. Nothing is set for the session, which a pooler in
transaction mode gives to somebody else.
"""

from functools import lru_cache

from psycopg import sql

#: A search is too short for compiling it to pay. An HNSW scan continues until it has as
#: many rows as were asked for.
_ALWAYS = {"jit": "off", "hnsw.iterative_scan": "relaxed_order"}
#: The planner would rather sort a few thousand distances, which takes longer.
_BY_INDEX = {"enable_sort": "off"}
#: Waiting for a lock ends before the statement does, so that the message names it.
_LOCK_SHARE = 0.8


class TransactionSettings:
    """The statement that begins every transaction of a kind, beside BEGIN.

    Attributes:
        fingerprint: what it sets, beside the limits.
    """

    def __init__(self, limit_s: float, candidates: int | None = None):
        """
        Args:
            limit_s: seconds that a statement may take.
            candidates: how many a search of the vector index keeps; None for
                transactions that do not search it.
        """
        chosen = dict(_ALWAYS)
        if candidates is not None:
            chosen |= {**_BY_INDEX, "hnsw.ef_search": str(candidates)}
        self.fingerprint = " ".join(f"{name}={value}" for name, value in chosen.items())
        limit_ms = max(1, round(limit_s * 1000))
        chosen["statement_timeout"] = str(limit_ms)
        chosen["lock_timeout"] = str(max(1, round(limit_ms * _LOCK_SHARE)))
        # Plans are made for the values at hand, since a generic plan cannot know how
        # large a tenant is.
        self._for_values = _setting({**chosen, "plan_cache_mode": "force_custom_plan"})
        self._one_plan = _setting({**chosen, "plan_cache_mode": "force_generic_plan"})

    def statement(self, one_plan: bool = False) -> bytes:
        """The statement that sets all of it.

        Args:
            one_plan: for statements that have only one good plan, and say so in their
                headers: planning takes longer than running them.
        """
        return self._one_plan if one_plan else self._for_values


@lru_cache(maxsize=64)
def settings_for(limit_s: float) -> TransactionSettings:
    """Those of statements that may take so long, made once."""
    return TransactionSettings(limit_s)


@lru_cache(maxsize=64)
def index_settings(limit_s: float, candidates: int) -> TransactionSettings:
    """Those of a search of the vector index, made once."""
    return TransactionSettings(limit_s, candidates)


def _setting(values: dict[str, str]) -> bytes:
    calls = [
        sql.SQL("pg_catalog.set_config({}, {}, true)").format(sql.Literal(name), sql.Literal(value))
        for name, value in values.items()
    ]
    return sql.SQL("SELECT {}").format(sql.SQL(", ").join(calls)).as_bytes()


@lru_cache(maxsize=1024)
def setting_tenant(tenant: str) -> bytes:
    """The statement that names the transaction's tenant.

    It is a SET, since Citus passes on no other form to the machines that hold the rows.
    """
    return sql.SQL("SET LOCAL headrace.tenant = {}").format(sql.Literal(tenant)).as_bytes()
