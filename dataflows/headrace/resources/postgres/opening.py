"""Opening the database: reached or started, migrated, its encoder registered."""

from collections.abc import Callable
from typing import NamedTuple

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from headrace.errors import DatabaseError
from headrace.resources.postgres import migrations
from headrace.resources.postgres.database import PostgresDatabase
from headrace.resources.postgres.embedded_server import EmbeddedServer
from headrace.resources.postgres.encoder_register import (
    StoredEncoder,
    active_encoder,
    known_encoder,
)
from headrace.settings import Settings
from headrace.types import Encoder

_CONNECT_TIMEOUT_S = 10


class Server(NamedTuple):
    """A running server: its address for the owner's login; itself if it is embedded."""

    admin_uri: str
    embedded: EmbeddedServer | None

    def close(self) -> None:
        if self.embedded is not None:
            self.embedded.close()


def running_server(settings: Settings) -> Server:
    """The server of `settings`; the embedded one is started first.

    Raises:
        DatabaseError: the embedded server does not start.
    """
    if settings.database_url:
        return Server(settings.database_url, embedded=None)
    embedded = EmbeddedServer(settings.data_dir)
    return Server(embedded.admin_uri, embedded)


def open_database(
    settings: Settings,
    encoder: Encoder | None,
    register: Callable[[psycopg.Connection, Encoder], StoredEncoder] = active_encoder,
) -> PostgresDatabase:
    """The database of `settings`, migrated and ready for questions and ingests.

    Args:
        encoder: whose vectors the statements speak of; None: the active one, whichever
            it is.
        register: finds or records the row of `encoder`, which must be the active one
            unless this says otherwise.
    Raises:
        DatabaseError: the database cannot be reached or used.
        ModelError: it holds the vectors of another encoder, or none where `encoder` is
            None.
    """
    server = running_server(settings)
    try:
        return _opened(settings, server, encoder, register)
    except BaseException as error:
        server.close()
        if isinstance(error, psycopg.Error):
            raise DatabaseError(
                f"opening the database failed: {error}\n"
                "Check DATABASE_URL and that its login may create tables."
            ) from error
        raise


def _opened(
    settings: Settings,
    server: Server,
    encoder: Encoder | None,
    register: Callable[[psycopg.Connection, Encoder], StoredEncoder],
) -> PostgresDatabase:
    with psycopg.connect(
        server.admin_uri, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S
    ) as connection:
        versions = migrations.versions(connection)
        role = migrations.migrate(connection)
        stored = register(connection, encoder) if encoder else known_encoder(connection)
    uri = make_conninfo(server.admin_uri, **_login(server.admin_uri, role))
    # A pool would say later, and less clearly, that it cannot log in.
    psycopg.connect(uri, connect_timeout=_CONNECT_TIMEOUT_S).close()
    return PostgresDatabase(
        uri,
        server.admin_uri,
        encoder=stored,
        connections=settings.connections,
        hnsw_ef_search=settings.hnsw_ef_search,
        versions=versions,
        server=server.embedded,
    )


def _login(admin_uri: str, role: str) -> dict[str, str]:
    """What differs between the owner's address and that of the application's login."""
    if conninfo_to_dict(admin_uri).get("user") == role:
        return {}
    login = {"user": role}
    password = migrations.application_password(admin_uri, role)
    if password:
        login["password"] = password
    return login
