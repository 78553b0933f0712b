"""The store: one database by URL (SQLite by default, PostgreSQL by the same code) and the evidence beside it."""

import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, OperationalError
from sqlmodel import Session, col, delete, select, update

from countersign import clock
from countersign.errors import Busy, LeaseTaken, Outage, UsageError
from countersign.evidence import Evidence, removed_said
from countersign.settings import Workspace
from models.tables import EvidenceGone, Lease

HEAD = "0011"
"""The newest migration in countersign/migrations/versions; a test holds it."""

LEASE_TIME = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Held:
    """A lease in hand: `renew` it between steps of a long run."""

    store: "Store"
    name: str
    holder: str

    def renew(self) -> None:
        """Push the end of the lease out again. Raises LeaseTaken when it ran out and another run took it over."""
        mine = (col(Lease.name) == self.name, col(Lease.holder) == self.holder)
        with self.store.transaction() as session:
            renewed = session.exec(update(Lease).where(*mine).values(expires_at=clock.now() + LEASE_TIME))
            if renewed.rowcount != 1:
                raise LeaseTaken(
                    f"This {self.name} run stood still for so long that another one took over; it stops here.",
                    "Nothing is lost: what it had finished is kept.",
                )


@dataclass(frozen=True, slots=True)
class Store:
    """An opened store. `transaction()` writes all or nothing; `reading()` only reads. `zone` is the
    affiliate's time zone."""

    engine: Engine
    evidence: Evidence
    zone: str

    @contextmanager
    def transaction(self) -> Generator[Session, None, None]:
        """A session that commits at the end and rolls back on any exception. SQLite takes its write lock at once.

        Raises Busy when the database is locked or gone.
        """
        engine = self.engine.execution_options(countersign_write=True)
        with _said(self.engine), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Generator[Session, None, None]:
        """A session for reading; whatever is changed in it is thrown away. Raises Busy when the database is gone."""
        with _said(self.engine), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def lease(self, name: str, run: str = "") -> Generator[Held, None, None]:
        """Hold the right to run `name` alone; `run` is which run takes it, when that is not the one of this name. Raises
        LeaseTaken when another run has it.

        A lease runs out after `LEASE_TIME` unless renewed; one left behind by a process of this machine that is no longer
        there is taken over at once, so a crash keeps nobody waiting.
        """
        held = Held(self, name, f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}:{run or name}")
        self._take(held)
        try:
            yield held
        finally:
            with self.transaction() as session:
                mine = (col(Lease.name) == name, col(Lease.holder) == held.holder)
                session.exec(delete(Lease).where(*mine))

    def _take(self, held: Held) -> None:
        now = clock.now()
        try:
            with self.transaction() as session:
                query = select(Lease.holder, Lease.expires_at).where(col(Lease.name) == held.name)
                for holder, ends in session.exec(query).all():
                    if ends < now or _abandoned(holder):
                        left = (col(Lease.name) == held.name, col(Lease.holder) == holder)
                        session.exec(delete(Lease).where(*left))
                session.add(Lease(name=held.name, holder=held.holder, expires_at=now + LEASE_TIME))
        except IntegrityError as error:
            with self.reading() as session:
                lease = session.get(Lease, held.name)
            who = f" ({_process(lease.holder)}, until {lease.expires_at:%H:%M} UTC at the latest)" if lease else ""
            run = lease.holder.split(":")[3:] if lease else []
            raise LeaseTaken(
                f"Another {run[0] if run else held.name} run is under way{who}.",
                "Wait for it to end, then repeat; nothing was started.",
            ) from error


def _process(holder: str) -> str:
    host, _, rest = holder.partition(":")
    return f"process {rest.partition(':')[0]} on {host}"


def _abandoned(holder: str) -> bool:
    """True when the holder was a process of this machine that is not there any more."""
    host, _, rest = holder.partition(":")
    number = rest.partition(":")[0]
    if host != socket.gethostname() or not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@contextmanager
def _said(engine: Engine) -> Generator[None, None, None]:
    """A database that is locked or gone, as a sentence."""
    try:
        yield
    except OperationalError as error:
        cause = str(error.orig).strip().splitlines()[0]
        raise Busy(
            f"The database ({engine.dialect.name}) did not take part: {cause}.",
            "Check that it runs and that nothing else holds it, then repeat; what was not finished was not begun.",
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
    zone = workspace.settings.time_zone
    return Store(engine=engine, evidence=Evidence(workspace.evidence, _removals(engine, zone)), zone=zone)


def _removals(engine: Engine, zone: str) -> Callable[[str], str]:
    """Tells of bytes that are not in the evidence when and by which setting they were removed."""

    def removed(sha256: str) -> str:
        query = select(EvidenceGone.gone_at, EvidenceGone.setting).where(col(EvidenceGone.sha256) == sha256)
        with _said(engine), Session(engine) as session:
            found = session.exec(query.order_by(col(EvidenceGone.turn).desc()).limit(1)).first()
        return removed_said(*found, zone) if found else ""

    return removed


def _shown(url: str) -> str:
    """The URL without a password."""
    head, at, tail = url.rpartition("@")
    if not at:
        return url
    scheme, _, user = head.partition("://")
    return f"{scheme}://{user.partition(':')[0]}@{tail}"


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": 30}, hide_parameters=True)

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
