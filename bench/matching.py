"""How long one salted micro-credential takes on a roster of 100,000 members with three addresses each. By hand:

    .venv/bin/python -m bench.matching

Nothing but trying every address can tell whose a salted hash is, so the floor is a bare loop of hashlib over the same
addresses, already in memory as bytes, in one spelling. The comparison is fair because each line says how many hashes it had to
make, and the last column is its time beside that many of the floor, taken in the same run: 1.0 would be hashing and nothing
else. On top of it come reading the addresses from SQLite, spelling them and, where the member is unknown, comparing 100,000 names.

The worst case is a hash of nobody's address: every address is tried in all four spellings it has. The usual one, sent from an
own address, tries none of the roster. Medians of five rounds, of processor time: everything runs in one thread, so on a machine
that is not busy with something else that is what a person waits. Peak memory is Python's own, of the whole search.
"""

import hashlib
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median

from sqlmodel import Session, col, insert, select

from countersign.matching import match_cases
from countersign.matching.scan import addresses_of
from countersign.settings import open_workspace
from countersign.store import Store, open_store
from models.credentials import Identity
from models.tables import Address, Case, CaseSubmission, Educator, Reading, Submission
from models.words import CaseState

MEMBERS = 100_000
SPELLINGS = 4
ROUNDS = 5
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


def word(number: int) -> str:
    """A name-like word for a number, so that names are compared as names are."""
    letters = ""
    while number or not letters:
        number, rest = divmod(number, 40)
        letters += ("ba", "lo", "mi", "ra", "te", "no", "su", "ke", "da", "vi")[rest % 10] + ("", "n", "r", "l")[
            rest // 10
        ]
    return letters.capitalize()


def fill(store: Store) -> None:
    """A roster of `MEMBERS`, three addresses each."""
    with store.transaction() as session:
        people = (
            {"id": n, "member_number": f"M{n}", "given_name": word(n % 977), "family_name": word(n)}
            for n in range(1, MEMBERS + 1)
        )
        session.exec(insert(Educator), params=list(people))
        for rank, domain in enumerate(("district", "home", "old")):
            values = [
                {"educator_id": n, "address": a, "folded": a, "rank": rank}
                for n in range(1, MEMBERS + 1)
                for a in (f"{word(n % 977)}.{word(n)}{n % 9}@{domain}{n % 50}.example".lower(),)
            ]
            session.exec(insert(Address), params=values)


def hashed(address: str, salt: str) -> Identity:
    digest = hashlib.sha256((address + salt).encode()).hexdigest()
    return Identity(kind="email", value=f"sha256${digest}", hashed=True, salt=salt)


def case_of(store: Store, number: int, identity: Identity, sender_name: str = "") -> None:
    """A verified case with this identity; with a sender's name it came by mail, else by upload."""
    stated = {"kind": identity.kind, "value": identity.value, "hashed": True, "salt": identity.salt}
    with store.transaction() as session:
        session.add(
            Case(
                id=number,
                key=f"k{number}",
                state=CaseState.verified.value,
                opened_at=NOW,
                received_at=NOW,
                title="T",
                identities=[stated],
            )
        )
        if sender_name:
            _mail(session, number, sender_name)


def _mail(session: Session, number: int, sender_name: str) -> None:
    session.add(
        Submission(
            id=number,
            source="mailbox",
            source_key=f"r{number}",
            name="mail",
            sha256=f"{number:064}",
            size=1,
            received_at=NOW,
            stored_at=NOW,
        )
    )
    session.flush()
    session.add(CaseSubmission(case_id=number, submission_id=number))
    stranger = "nobody@nowhere.example"
    session.add(
        Reading(submission_id=number, outcome="carriers", sender=stranger, sender_name=sender_name, read_at=NOW)
    )


class Table:
    """Lines of figures, each beside the floor for as many hashes, taken by turns with it."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._plain = [a.encode() for a in addresses]
        print(f"{'median of ' + str(ROUNDS):<66} {'ms':>8} {'hashes':>10} {'times the floor':>16}")
        self.line("bare hashlib, addresses in memory, one spelling: the floor", self._floor, len(addresses))

    def line(self, what: str, work: Callable[[], object], hashes: int, rounds: int = ROUNDS) -> float:
        """Time `work`, which makes `hashes` hashes, and print it. Seconds."""
        pairs = [(_once(work), _once(self._floor)) for _ in range(rounds)]
        took, floor = (median(p[n] for p in pairs) for n in (0, 1))
        times = f"{took / (floor * hashes / len(self._plain)):.2f}" if hashes else "-"
        print(f"{what:<66} {took * 1000:8.1f} {hashes:10,} {times:>16}")
        return took

    def _floor(self) -> bool:
        wanted = {b"nobody"}
        return any(hashlib.sha256(a + b"salt").digest() in wanted for a in self._plain)


def _peak() -> float:
    """Megabytes at most since tracing began."""
    return tracemalloc.get_traced_memory()[1] / 1e6


def _once(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "countersign.toml").write_text(SETTINGS, encoding="utf-8")
        store = open_store(open_workspace(root))
        fill(store)
        with store.reading() as session:
            everything = list(session.exec(select(Address.address).order_by(col(Address.id))))
            table, each, last = Table(everything), len(everything), everything[-1]
            nobody = [hashed("nobody@nowhere.example", f"salt{n}") for n in range(10)]
            whole = each * SPELLINGS
            table.line("one of the sender's own addresses", lambda: search(session, hashed(last, "s"), MEMBERS), 0)
            table.line("the last address of the roster", lambda: search(session, hashed(last, "s")), each)
            table.line(
                "the last address, typed all in capitals", lambda: search(session, hashed(last.upper(), "s")), whole
            )
            one = table.line("nobody's address", lambda: search(session, nobody[0]), whole)
            ten = table.line("ten salts, nobody's address", lambda: search(session, *nobody), whole * 10, 2)
            print(f"{'each further salt':<66} {(ten - one) / 9 * 1000:8.1f} {whole:10,}")
            tracemalloc.start()
            search(session, *nobody[:2])
            print(f"peak memory of a search, the same for any number of salts: {_peak():.0f} MB")
            tracemalloc.stop()
        numbers = count(1)

        def end_to_end(sender_name: str) -> Callable[[], None]:
            def work() -> None:
                match_cases(store, [next_case(sender_name)], NOW)

            def next_case(name: str) -> int:
                number = next(numbers)
                case_of(store, number, nobody[0], name)
                return number

            return work

        table.line("match_cases end to end: nobody's address, uploaded", end_to_end(""), whole)
        table.line("the same, sent by a stranger: 100,000 names compared too", end_to_end("Balo Minra"), whole)
        store.engine.dispose()


def search(session: Session, *identities: Identity | int) -> None:
    """Search for the identities; a number among them is an educator who is tried first."""
    likely = [i for i in identities if isinstance(i, int)]
    addresses_of(session, [i for i in identities if isinstance(i, Identity)], likely)


if __name__ == "__main__":
    main()
