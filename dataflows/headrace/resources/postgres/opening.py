"""Opening the database: reached or started, migrated, its encoder registered."""

from collections.abc import Callable
from typing import NamedTuple

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from headrace.errors import DatabaseTimeout, noted_at
from headrace.resources.postgres import migrations
from headrace.resources.postgres.database import Limits, PostgresDatabase
from headrace.resources.postgres.embedded_server import EmbeddedServer
from headrace.resources.postgres.encoder_register import (
    StoredEncoder,
    active_encoder,
    known_encoder,
)
from headrace.resources.postgres.sessions.binding import check_bound
from headrace.resources.postgres.sessions.blockers import explained_wait
from headrace.resources.postgres.sessions.faults import named_faults
from headrace.resources.postgres.sessions.owner import is_pooled, open_owner_session
from headrace.resources.postgres.sessions.pool import Address
from headrace.settings import Settings
from headrace.types import Encoder


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
        admin_uri = settings.admin_url or settings.database_url
        return Server(_of_the_primary(admin_uri), embedded=None)
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
        with named_faults("opening the database"):
            return _opened(settings, server, encoder, register)
    except DatabaseTimeout as error:
        waited = explained_wait(server.admin_uri, writes=True)
        with noted_at(error):
            server.close()
        raise DatabaseTimeout(f"{error}: {waited}") from error
    except BaseException as error:
        with noted_at(error):
            server.close()
        raise


def _opened(
    settings: Settings,
    server: Server,
    encoder: Encoder | None,
    register: Callable[[psycopg.Connection, Encoder], StoredEncoder],
) -> PostgresDatabase:
    with open_owner_session(server.admin_uri) as session:
        versions = migrations.versions(session)
        role = migrations.migrate(session)
        stored = register(session, encoder) if encoder else known_encoder(session)
    return PostgresDatabase(
        _address(settings, server, role, settings.database_url or server.admin_uri),
        standbys=_standbys(settings, server, role),
        encoder=stored,
        limits=Limits(
            settings.connections,
            settings.question_timeout_s,
            settings.ingest_timeout_s,
            settings.read_lag_s,
        ),
        versions=versions,
        server=server.embedded,
    )


def _address(settings: Settings, server: Server, role: str, uri: str) -> Address:
    """The address for the application's login, at which a session was opened.

    Sessions of a pool would say later, and less clearly, that they cannot log in.
    """
    uri = make_conninfo(_of_the_primary(uri), **_login(uri, server, role))
    with open_owner_session(uri) as session:
        check_bound(session)
        pooled = settings.pooler.startswith("transaction") or (
            settings.pooler == "auto" and is_pooled(session)
        )
    return Address(
        uri,
        server.admin_uri,
        is_pooled=pooled,
        prepares=not pooled or settings.pooler == "transaction_prepared",
        revive=server.embedded.revive if server.embedded is not None else None,
    )


def _standbys(settings: Settings, server: Server, role: str) -> list[Address]:
    """The addresses of the standbys for the application's login."""
    addresses = []
    for read_url in settings.read_url:
        uri = make_conninfo(read_url, **_login(read_url, server, role))
        prepares = settings.pooler in ("auto", "none")
        addresses.append(Address(uri, server.admin_uri, prepares=prepares))
    return addresses


def _of_the_primary(uri: str) -> str:
    """The address; of several servers it leads to the one that takes writes."""
    known = conninfo_to_dict(uri)
    if "," in str(known.get("host", "")) and "target_session_attrs" not in known:
        return make_conninfo(uri, target_session_attrs="read-write")
    return uri


def _login(uri: str, server: Server, role: str) -> dict[str, str]:
    """What the address of the application's login has in place of the owner's.

    A login of the user's own, which is not the owner's, stays.
    """
    user = conninfo_to_dict(uri).get("user")
    owner = conninfo_to_dict(server.admin_uri).get("user")
    if user in (role, None) or user != owner:
        return {}
    login = {"user": role}
    password = migrations.application_password(server.admin_uri, role)
    if password:
        login["password"] = password
    return login
