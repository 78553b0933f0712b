"""How long one salted micro-credential takes on a roster of 100,000 members with three addresses each. By hand:

    .venv/bin/python -m bench.matching

The floor is a plain loop of hashlib over the same addresses, already in memory, measured in the same run. The worst
case (nobody on the roster) must try every address in every spelling; the usual one (sent from an own address) none.
"""

import hashlib
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import col, insert, select

from countersign.matching import match_cases
from countersign.matching.scan import addresses_of
from countersign.settings import open_workspace
from countersign.store import Store, open_store
from models.credentials import Identity
from models.tables import Address, Case, Educator
from models.words import CaseState

MEMBERS = 100_000
NOW = datetime(2026, 10, 2, 6, tzinfo=UTC)
SETTINGS = """
time_zone = "America/New_York"
[affiliate]
name = "Demo Education Association"
address = ["10 Main Street"]
email = "credentials@demo-ea.example"
check_url = "https://check.demo-ea.example/c/"
[[signatories]]
name = "Robin Sample"
title = "Director"
from = 2020-01-01
[mail]
sender = "credentials@demo-ea.example"
staff = "staff@demo-ea.example"
"""


def fill(store: Store) -> None:
    """A roster of `MEMBERS`, three addresses each."""
    with store.transaction() as session:
        people = (
            {"id": n, "member_number": f"M{n}", "given_name": f"Given{n % 977}", "family_name": f"Family{n % 7919}"}
            for n in range(1, MEMBERS + 1)
        )
        session.exec(insert(Educator), params=list(people))
        for rank, domain in enumerate(("district", "home", "old")):
            values = [
                {"educator_id": n, "address": a, "folded": a, "rank": rank}
                for n in range(1, MEMBERS + 1)
                for a in (f"given{n % 977}.family{n}@{domain}{n % 50}.example",)
            ]
            session.exec(insert(Address), params=values)


def hashed(address: str, salt: str) -> Identity:
    digest = hashlib.sha256((address + salt).encode()).hexdigest()
    return Identity(kind="email", value=f"sha256${digest}", hashed=True, salt=salt)


def timed(what: str, work: Callable[[], object]) -> None:
    best = min(_once(work) for _ in range(3))
    print(f"{what:<68} {best * 1000:8.1f} ms")


def _once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "countersign.toml").write_text(SETTINGS, encoding="utf-8")
        store = open_store(open_workspace(root))
        fill(store)
        with store.reading() as session:
            everything = list(session.exec(select(Address.address).order_by(col(Address.id))))
            last = everything[-1]

            def floor() -> bool:
                wanted = {b"nobody"}
                return any(hashlib.sha256((a + "salt").encode()).digest() in wanted for a in everything)

            unknown = hashed("nobody@nowhere.example", "salt")
            many = [hashed("nobody@nowhere.example", f"salt{n}") for n in range(10)]
            timed(f"plain hashlib over {len(everything):,} addresses in memory, one spelling", floor)
            timed("nobody on the roster: every address, every spelling", lambda: addresses_of(session, [unknown], ()))
            timed("the last address of the roster", lambda: addresses_of(session, [hashed(last, "salt")], ()))
            timed("one of the sender's own", lambda: addresses_of(session, [hashed(last, "salt")], [MEMBERS]))
            timed("ten with ten salts, all unknown, one pass", lambda: addresses_of(session, many, ()))
        identity = hashed(last, "salt")
        stated = {"kind": identity.kind, "value": identity.value, "hashed": True, "salt": "salt"}
        with store.transaction() as session:
            session.add(
                Case(
                    id=1,
                    key="k",
                    state=CaseState.verified.value,
                    opened_at=NOW,
                    received_at=NOW,
                    title="T",
                    identities=[stated],
                )
            )
        start = time.perf_counter()
        match_cases(store, [1], NOW)
        print(
            f"{'match_cases on one case, uploaded (no sender), end to end':<68} {(time.perf_counter() - start) * 1000:8.1f} ms"
        )
        store.engine.dispose()


if __name__ == "__main__":
    main()
