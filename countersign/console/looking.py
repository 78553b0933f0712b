"""What the books say of a certificate, for anybody who has its number or its PDF."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from countersign.issuance.life import successor
from countersign.issuance.standing import Standing, standing
from countersign.store import Store
from models.tables import Certificate


@dataclass(frozen=True, slots=True)
class Found:
    """A certificate that went out: its standing, what the paper says (empty when it does not count any more), and the SHA-256
    of its PDF."""

    standing: Standing
    printed: Mapping[str, Any]
    sha256: str

    @property
    def number(self) -> str:
        return self.standing.number


@dataclass(frozen=True, slots=True)
class Books:
    """Certificates in the store, as they stand at `now` where the affiliate is. Each method raises Busy when the database
    does not answer."""

    store: Store
    zone: ZoneInfo
    now: datetime

    def by_number(self, number: str) -> Found | None:
        """The one with this number, as `read_number` gives it."""
        return self._found(col(Certificate.number) == number)

    def by_sha256(self, sha256: str) -> Found | None:
        """The one whose PDF has this SHA-256 in lower-case hexadecimal."""
        return self._found(col(Certificate.sha256) == sha256)

    def _found(self, which: Any) -> Found | None:
        with self.store.reading() as session:
            row = session.exec(select(Certificate).where(which, col(Certificate.sha256) != "").limit(1)).first()
            if row is None:
                return None
            stands = standing(row, successor(session, row), self.now, self.zone)
        return Found(stands, row.printed if stands.counts else {}, row.sha256)
