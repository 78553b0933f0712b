"""What a decision costs, from 1,000 to 100,000 cases on SQLite, and what a night costs in which nothing is new. By hand:

    .venv/bin/python -m bench.recognition [1000 10000 100000]

Educators have 1 to 12 cases each, half of them in a district that pays and gives hours, half in a state that gives hours and, on
request, credit; under the shipped agreements, with an amount for the pay. `due_educators` finds who is due, `recognise` reads the facts,
decides, and writes decisions, ledger, review items and audit, one transaction for each educator. Beside it stands the bare cost of
`decide` on the same records, already in memory, measured in the same run: what is left is reading and writing.

Figures are of processor time: everything runs in one thread, so on a machine that is not busy with something else that is what a
person waits, but for the disk, which has to confirm each transaction (the second column, by the clock). The cost of a case is flat when
the last column stays within 20 percent of 1, and the exit code is 1 when it does not; a rerun asks who is due when nothing has changed, and again for everybody as if it had.
"""

import gc
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlmodel import insert

from bench.matching import SETTINGS
from countersign.recognition import decide, due_educators, load_rules, recognise
from countersign.recognition.facts import known
from countersign.settings import open_workspace
from countersign.store import Store, open_store
from models.agreement import Agreement, Rules
from models.tables import (
    Address,
    Case,
    CaseSubmission,
    Educator,
    Employment,
    HoursLog,
    PreApproval,
    Reading,
    Submission,
)

SIZES = (1_000, 10_000, 100_000)
MOST = 12
FLAT = 0.2
AGREEMENTS = Path(__file__).resolve().parent.parent / "agreements"
NOW = datetime(2025, 8, 1, 6, tzinfo=UTC)
FIRST = datetime(2024, 8, 1, 15, tzinfo=UTC)
TITLES = tuple(f"Micro-credential {n}" for n in range(MOST))


def rules() -> tuple[Rules, ...]:
    """The shipped agreements of the district and the state; the amount that the district has not published is made up."""
    shipped = {r.terms.id: r for r in load_rules(AGREEMENTS)}
    district = shipped["il-cusd200"]
    tree: dict[str, Any] = district.terms.model_dump(by_alias=True, exclude_none=True)
    for grant in tree["grants"]:
        if grant["currency"] == "pay":
            grant["value"] = {"flat": Decimal(250), "unit": "USD"}
    del tree["eligibility"]["preapproval"]["list"], tree["eligibility"]["preapproval"]["frozen_at"]
    paying = Rules(terms=Agreement.model_validate(tree), sha256="f" * 64, file=district.file)
    return paying, shipped["vt-vermont-nea"]


def educators(cases: int) -> Iterator[tuple[int, int]]:
    """(educator, how many cases) until there are `cases` of them, 1 to `MOST` each."""
    number = made = 0
    while made < cases:
        number += 1
        mine = min(1 + (number * 7) % MOST, cases - made)
        made += mine
        yield number, mine


def fill(store: Store, cases: int) -> int:
    """The rows that intake, verification and matching leave for so many cases; the number of educators."""
    rows: dict[Any, list[dict[str, Any]]] = {}

    def put(table: Any, **values: Any) -> None:
        row: dict[str, Any] = table(**values).model_dump()
        rows.setdefault(table, []).append({k: v for k, v in row.items() if k != "id" or v is not None})

    case = people = 0
    for number, mine in educators(cases):
        people = number
        state = "IL" if number % 2 else "VT"
        address = f"member-{number}@school.example"
        put(
            Educator,
            id=number,
            member_number=f"M{number}",
            given_name="P",
            family_name=str(number),
            licence_state=state,
        )
        put(Address, educator_id=number, address=address, folded=address)
        put(
            Employment,
            educator_id=number,
            district="CUSD 200" if state == "IL" else "Maple Union SD",
            employee_id=str(number),
            role="Teacher",
            starts=date(2016, 8, 15),
        )
        for nth in range(mine):
            case += 1
            _case(put, number, case, nth)
    with store.transaction() as session:
        for table, values in rows.items():
            session.exec(insert(table), params=values)
    return people


def _case(put: Callable[..., None], educator: int, case: int, nth: int) -> None:
    at = FIRST + timedelta(days=nth * 20, minutes=educator % 600)
    title = TITLES[nth]
    put(
        PreApproval,
        educator_id=educator,
        recognizer="CUSD 200",
        title=title,
        approved_on=date(2024, 7, 1),
        recorded_by="bench",
        recorded_at=FIRST,
    )
    put(
        Submission,
        id=case,
        source="folder",
        source_key=str(case),
        name=f"{case}.eml",
        sha256=f"{case:064x}",
        size=1,
        received_at=at,
        stored_at=at,
    )
    wishes = {"credit": True} if nth % 4 == 0 else {}
    put(Reading, submission_id=case, outcome="carriers", sender="", wishes=wishes, read_at=at)
    put(
        Case,
        id=case,
        key=f"credential:{case}",
        state="matched",
        opened_at=at,
        received_at=at,
        issuer="nea",
        issuer_name="Demo NEA",
        title=title,
        issued_on=at - timedelta(days=10),
        educator_id=educator,
        matched_by="e-mail address",
    )
    put(CaseSubmission, case_id=case, submission_id=case)
    put(HoursLog, submission_id=case, name="log.csv", sha256=f"{case:064x}", title=title, hours=str(5 + nth % 6))


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of processor time and by the clock."""

    processor: float
    clock: float


def timed(work: Callable[[], object]) -> Took:
    gc.collect()
    started, at = time.process_time(), time.perf_counter()
    work()
    return Took(time.process_time() - started, time.perf_counter() - at)


@dataclass(frozen=True, slots=True)
class Run:
    """What one size took."""

    cases: int
    bare: Took
    first: Took
    due: Took
    again: Took

    @property
    def each(self) -> float:
        """Microseconds of processor time for a case: found due, decided and written."""
        return self.first.processor / self.cases * 1e6


def measure(size: int, applied: Sequence[Rules]) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "countersign.toml").write_text(SETTINGS, encoding="utf-8")
        store = open_store(open_workspace(root))
        people = range(1, fill(store, size) + 1)
        bare = _bare(store, people, applied)

        def night() -> None:
            due = due_educators(store, applied, NOW)
            assert len(due) == len(people)
            assert not recognise(store, applied, due, NOW)

        first = timed(night)
        due = timed(lambda: _nobody(due_educators(store, applied, NOW)))
        again = timed(lambda: recognise(store, applied, people, NOW))
        store.engine.dispose()
    return Run(size, bare, first, due, again)


def _bare(store: Store, people: Sequence[int], applied: Sequence[Rules]) -> Took:
    with store.reading() as session:
        facts = [known(session, number) for number in people]
    return timed(lambda: [decide(applied, f.record, f.cases, NOW) for f in facts])


def _nobody(due: Sequence[int]) -> None:
    assert not due, f"{len(due)} educators are due though nothing has changed"


def main() -> int:
    """The table; 1 when the cost of a case is not flat."""
    sizes = [int(argument.replace(",", "")) for argument in sys.argv[1:]] or SIZES
    applied = rules()
    measure(200, applied)  # what is imported and prepared once is nobody's cost
    heads = (
        "cases",
        "cases/s",
        "by the clock",
        "µs each",
        "decide, bare",
        "rerun: due",
        "of a night",
        "rerun: all",
        "flat",
    )
    print("  ".join(f"{head:>12}" for head in heads))
    base, uneven = 0.0, False
    for size in sizes:
        run = measure(size, applied)
        base = base or run.each
        cells = (
            f"{size:,}",
            f"{size / run.first.processor:,.0f}",
            f"{size / run.first.clock:,.0f}",
            f"{run.each:,.0f}",
            f"{run.bare.processor / size * 1e6:,.0f}",
            f"{run.due.processor / size * 1e6:,.1f}",
            f"{run.due.processor / run.first.processor:.1%}",
            f"{run.again.processor / size * 1e6:,.0f}",
            f"{run.each / base:.2f}",
        )
        print("  ".join(f"{cell:>12}" for cell in cells), flush=True)
        if abs(run.each / base - 1) > FLAT:
            uneven = True
            print(f"not flat: a case of {size:,} costs {run.each / base:.2f} times one of {sizes[0]:,}")
    return int(uneven)


if __name__ == "__main__":
    sys.exit(main())
