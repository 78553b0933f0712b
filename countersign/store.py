"""The store: one database by URL (SQLite by default, PostgreSQL by the same code) and the evidence beside it."""

import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, OperationalError
from sqlmodel import Session, col, delete, update

from countersign import clock
from countersign.errors import CountersignError, Outage, UsageError
from countersign.evidence import Evidence
from countersign.settings import Workspace
from models.tables import Lease

HEAD = "0001"
"""The newest migration in countersign/migrations/versions; a test holds it."""

LEASE_TIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Store:
    """An opened store. `transaction()` writes all or nothing; `reading()` only reads."""

    engine: Engine
    evidence: Evidence

    @contextmanager
    def transaction(self) -> Generator[Session, None, None]:
        """A session that commits at the end and rolls back on any exception. SQLite takes its write lock at once."""
        engine = self.engine.execution_options(countersign_write=True)
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Generator[Session, None, None]:
        """A session for reading; whatever is changed in it is thrown away."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def lease(self, name: str) -> Generator[None, None, None]:
        """Hold the right to run `name` alone. Raises CountersignError when another run holds it.

        A lease runs out after `LEASE_TIME` unless renewed, so a crashed run blocks the next for ten minutes at most.
        """
        holder = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"
        self._take(name, holder, clock.now())
        try:
            yield
        finally:
            with self.transaction() as session:
                session.exec(delete(Lease).where(col(Lease.name) == name, col(Lease.holder) == holder))

    def renew(self, name: str) -> None:
        """Push the end of the lease `name` out again; called between chunks of a long run."""
        with self.transaction() as session:
            session.exec(update(Lease).where(col(Lease.name) == name).values(expires_at=clock.now() + LEASE_TIME))

    def _take(self, name: str, holder: str, now: datetime) -> None:
        try:
            with self.transaction() as session:
                session.exec(delete(Lease).where(col(Lease.name) == name, col(Lease.expires_at) < now))
                session.add(Lease(name=name, holder=holder, expires_at=now + LEASE_TIME))
        except IntegrityError as error:
            with self.reading() as session:
                lease = session.get(Lease, name)
            who = (
                f" ({lease.holder.rsplit(':', 1)[0]}, until {lease.expires_at:%H:%M} UTC at the latest)"
                if lease
                else ""
            )
            raise CountersignError(
                f"Another {name} run is under way{who}.", "Wait for it to end, then repeat; nothing was started."
            ) from error


def open_store(workspace: Workspace) -> Store:
    """The workspace's store, its tables brought up to date. Raises Outage when the database cannot be opened and
    UsageError when its URL is wrong or a newer Countersign made it."""
    url = workspace.database_url
    try:
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        engine = _engine(url)
        _migrate(engine, url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise UsageError(
            f"{_shown(url)} is not a database URL Countersign knows.",
            "Use sqlite:///var/countersign.db or postgresql+psycopg://user@host/name.",
        ) from error
    except (OperationalError, OSError) as error:
        cause = str(error.orig if isinstance(error, OperationalError) else error.strerror).strip().splitlines()[0]
        raise Outage(
            f"The database {_shown(url)} cannot be opened: {cause}.",
            "Check that it runs, that the folder can be written and that [database] url is right; nothing was changed.",
        ) from error
    return Store(engine=engine, evidence=Evidence(workspace.evidence))


def _shown(url: str) -> str:
    """The URL without a password."""
    head, at, tail = url.rpartition("@")
    if not at:
        return url
    scheme, _, user = head.partition("://")
    return f"{scheme}://{user.partition(':')[0]}@{tail}"


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        cursor = connection.cursor()
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        writes = connection.get_execution_options().get("countersign_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _migrate(engine: Engine, url: str) -> None:
    """Bring the tables to `HEAD`. Alembic is only imported when there is something to do."""
    with engine.connect() as connection:
        known = inspect(connection).has_table("alembic_version")
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        raise UsageError(
            f"The database {_shown(url)} was made by a newer Countersign (schema {version}, this one knows {HEAD}).",
            "Update Countersign.",
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.execution_options(countersign_write=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
