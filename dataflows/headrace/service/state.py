"""What the routes work with: the pipeline, its options, and what is counted."""

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from headrace.pipeline import Pipeline
from headrace.service.jobs import Jobs
from headrace.service.metrics import Metrics
from headrace.service.options import Options
from headrace.service.work import Work
from headrace.types import TenantDatabase

#: The tenant that is named where no tenant's rows are read.
NOBODY = "-"


@dataclass(frozen=True)
class Service:
    """The service of one process.

    Attributes:
        is_open: whether there is no token, so that none is asked for.
        tenant: whose documents requests are about then; "" if it is not open.
        work: runs what is asked in threads.
    """

    rag: Pipeline
    options: Options
    is_open: bool
    tenant: str
    work: Work
    jobs: Jobs
    metrics: Metrics

    @property
    def lookups(self) -> TenantDatabase:
        """The database for what belongs to no tenant, with the limit of questions."""
        return self.rag.database.for_questions(NOBODY)


def service_of(request: Request) -> Service:
    """The service that a request came to."""
    return cast(Service, request.app.state.service)
