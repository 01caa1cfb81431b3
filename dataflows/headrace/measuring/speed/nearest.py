"""How many of the nearest chunks the search by meaning finds."""

from collections.abc import Sequence

from headrace.measuring.recall.searches import TenantSearches
from headrace.pipeline import Pipeline
from headrace.types import Progress, encoded_queries


def recall(
    rag: Pipeline, tenant: str, questions: Sequence[str], progress: Progress, what: str
) -> float:
    """The share of the 20 nearest chunks that are among the first 20 hits, on average.

    The questions are searched for as they are routed, and with every chunk compared.

    Args:
        what: is told to `progress`.
    """
    searches = TenantSearches(rag, tenant)
    found = []
    with rag.database.session() as session:
        database = session.for_tenant(tenant)
        for number, vector in enumerate(encoded_queries(rag.encoder, questions)):
            progress(what, number, len(questions))
            searched = searches.three_ways(database, vector, ())
            found.append(searched.routed.recall(searched.exact))
    progress(what, len(questions), len(questions))
    return sum(found) / len(found)
