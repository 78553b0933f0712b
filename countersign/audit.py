"""The audit chain: who did what to which subject, each entry sealed by the one before it."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.tables import AuditEntry

START = "0" * 64

TURN = 0x436F756E746572  # "Counter": the advisory lock's number, ours in the database's own name space


def record(session: Session, *, at: datetime, actor: str, action: str, subject: str, **detail: Any) -> None:
    """Append one entry in the caller's transaction. `detail` is plain JSON without personal data.

    Writers take turns until their transactions end: on SQLite because a writing transaction has the database, on
    PostgreSQL by a lock of that transaction. The unique `previous` would refuse a fork all the same.
    """
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
    last = session.exec(select(AuditEntry.sha256).order_by(col(AuditEntry.id).desc()).limit(1)).first() or START
    session.add(
        AuditEntry(
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            detail=detail,
            previous=last,
            sha256=seal(last, at, actor, action, subject, detail),
        )
    )
    session.flush()


def seal(previous: str, at: datetime, actor: str, action: str, subject: str, detail: dict[str, Any]) -> str:
    """SHA-256, hexadecimal, over the previous seal and this entry as canonical JSON."""
    entry = [previous, at.astimezone(UTC).isoformat(), actor, action, subject, detail]
    return hashlib.sha256(json.dumps(entry, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def breaks(session: Session) -> Iterator[str]:
    """A sentence for each place at which the chain does not hold; nothing when it does."""
    previous = START
    for entry in session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).yield_per(1000):
        if entry.previous != previous:
            yield f"Entry {entry.id} ({entry.action}) does not follow the entry before it: one was removed or put in."
        if entry.sha256 != seal(entry.previous, entry.at, entry.actor, entry.action, entry.subject, entry.detail):
            yield f"Entry {entry.id} ({entry.action} of {entry.subject}) was changed after it was written."
        previous = entry.sha256
