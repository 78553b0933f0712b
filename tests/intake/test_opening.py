"""Submissions opened into the store: once, one transaction each, nothing lost."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from sqlmodel import Session, col, select

from countersign.intake import open_submissions, unopened
from countersign.intake import reading as reading_module
from countersign.intake.keeping import Arrival, keep
from countersign.store import Store
from models.tables import Address, AuditEntry, CarrierRecord, Educator, HoursLog, Reading, ReviewItem
from models.words import Source
from tests.intake.makers import ASSERTION, attach, mail, png

AT = datetime(2026, 10, 1, tzinfo=UTC)


def arrive(store: Store, message: EmailMessage | bytes, name: str = "m.eml") -> int:
    content = message if isinstance(message, bytes) else message.as_bytes()
    made = keep(store, Arrival(Source.folder, f"folder:{hash(content)}", name, AT), content, AT)
    assert made is not None
    return made


def reviews(store: Store) -> list[tuple[str, str, str]]:
    with store.reading() as session:
        items = session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None)))
        return [(item.subject, item.code, item.sentence) for item in items]


def test_what_was_found_is_written_with_its_bytes_in_evidence(any_store: Store, now: datetime) -> None:
    message = mail(f"Credit: yes\n\n---------- Forwarded message ---------\n{ASSERTION}\n")
    attach(message, png(), "award.png", "image/png")
    attach(message, b"Date,Start,End,Hours\n2026-09-01,3 pm,5 pm,2.50\n2026-09-02,,,4.00\n", "log.csv", "text/csv")
    submission = arrive(any_store, message)
    assert unopened(any_store) == [submission]
    open_submissions(any_store, [submission], now)
    assert unopened(any_store) == []
    with any_store.reading() as session:
        read = session.exec(select(Reading)).one()
        carriers = session.exec(select(CarrierRecord).order_by(col(CarrierRecord.position))).all()
        log = session.exec(select(HoursLog)).one()
        entry = session.exec(select(AuditEntry).where(col(AuditEntry.action) == "opened")).one()
    assert (read.outcome, read.sender, read.wishes, read.problems) == (
        "carriers",
        "alex.sample@school.example",
        {"credit": True},
        [],
    )
    assert [(c.position, c.kind, c.name, c.url, c.case_id) for c in carriers] == [
        (1, "url", "the link in the message text", ASSERTION, None),
        (2, "png", "award.png", "", None),
    ]
    assert any_store.evidence.get(carriers[1].sha256) == png()
    assert (log.hours, log.name, log.problem) == ("6.5", "log.csv", "")
    assert log.days == {"2026-09-01": "2.5", "2026-09-02": "4"}
    assert log.spans == {"2026-09-01": [["15:00", "17:00"]]}
    assert any_store.evidence.get(log.sha256).startswith(b"Date,Start")
    assert entry.detail == {"outcome": "carriers", "carriers": 2, "logs": 1, "problems": 0}
    assert reviews(any_store) == []


def test_opening_again_changes_nothing(store: Store, now: datetime) -> None:
    submission = arrive(store, mail())
    for _ in range(2):
        open_submissions(store, [submission, submission, 999], now)
    with store.reading() as session:
        assert len(session.exec(select(Reading)).all()) == 1
        assert len(session.exec(select(ReviewItem)).all()) == 1


@pytest.mark.parametrize(
    ("message", "code", "sentence"),
    [
        (
            mail(),
            "nothing",
            '"My micro-credential" from alex.sample@school.example (m.eml) holds nothing that carries a micro-credential.',
        ),
        (mail(From="x", Subject="y"), "nothing", "m.eml holds nothing that carries a micro-credential."),
        (mail(Subject=""), "nothing", "A mail from alex.sample@school.example (m.eml) holds nothing"),
        (attach(mail(), b"", "a.png"), "unreadable", "It could not be read. a.png is empty."),
        (attach(attach(mail(), png(), "a.png"), b"PK\x03\x04x", "b.zip"), "partly_read", "b.zip is an archive"),
        (attach(mail(Precedence="bulk"), png(), "a.png"), "automatic", "It is an automatic message, yet"),
    ],
)
def test_what_needs_a_person_is_held_with_a_sentence_and_a_next_step(
    store: Store, now: datetime, message: EmailMessage, code: str, sentence: str
) -> None:
    submission = arrive(store, message)
    open_submissions(store, [submission], now)
    assert [(s, c) for s, c, _ in reviews(store)] == [(f"submission:{submission}", code)]
    assert reviews(store)[0][2].startswith(sentence)
    with store.reading() as session:
        assert session.exec(select(ReviewItem)).one().next_step


@pytest.mark.parametrize(("address", "owner"), [("alex.sample@school.example", "educator"), ("b@x.example", "staff")])
def test_a_members_mail_without_a_micro_credential_is_theirs_to_send_again_and_not_staffs_work(
    store: Store, now: datetime, address: str, owner: str
) -> None:
    with store.transaction() as session:
        session.add(Educator(id=1, member_number="M-1", given_name="Alex", family_name="Sample"))
        session.flush()
        session.add(Address(educator_id=1, address=address, folded=address))
    open_submissions(store, [arrive(store, mail(Subject='Where is my "badge"? ' + "very " * 50))], now)
    with store.reading() as session:
        item = session.exec(select(ReviewItem)).one()
    assert item.owner == owner
    assert (item.next_step == "They are told by mail how to send it.") == (owner == "educator")
    assert item.sentence.startswith("\"Where is my 'badge'? very very")
    assert len(item.sentence) < 200


def test_an_automatic_message_is_read_and_disturbs_nobody(store: Store, now: datetime) -> None:
    open_submissions(store, [arrive(store, mail(Auto_Submitted="auto-replied"))], now)
    assert reviews(store) == []
    with store.reading() as session:
        assert session.exec(select(Reading.outcome)).one() == "automatic"


def test_damaged_evidence_is_held_the_others_go_on_and_it_is_opened_once_restored(store: Store, now: datetime) -> None:
    content = attach(mail(), png(), "a.png").as_bytes()
    damaged, sound = arrive(store, content), arrive(store, mail("Hello"))
    path = store.evidence.path(hashlib.sha256(content).hexdigest())
    path.write_bytes(b"rotten")
    open_submissions(store, [damaged, sound], now)
    assert (f"submission:{damaged}", "evidence_damaged") in [(s, c) for s, c, _ in reviews(store)]
    assert unopened(store) == [damaged]
    path.write_bytes(content)
    open_submissions(store, unopened(store), now)
    assert unopened(store) == []
    assert [c for _, c, _ in reviews(store)] == ["nothing"]


def test_a_kill_halfway_leaves_the_submission_unopened_and_whole(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = arrive(store, mail("one")), arrive(store, attach(mail("two"), png(), "a.png"))
    real: Callable[..., None] = reading_module.audit.record

    def killed(session: Session, *, subject: str, **rest: object) -> None:
        if subject == f"submission:{second}":
            raise KeyboardInterrupt
        real(session, subject=subject, **rest)

    with monkeypatch.context() as patched:
        patched.setattr(reading_module.audit, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            open_submissions(store, [first, second], now)
    assert unopened(store) == [second]
    with store.reading() as session:
        assert session.exec(select(CarrierRecord)).all() == []
    open_submissions(store, [first, second], now)
    assert unopened(store) == []


def test_two_openers_at_once_write_one_reading(any_store: Store, now: datetime) -> None:
    from concurrent.futures import ThreadPoolExecutor

    ids = [arrive(any_store, attach(mail(str(n)), png(color=n), "a.png")) for n in range(6)]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(open_submissions, any_store, ids, now) for _ in range(4)]:
            done.result()
    with any_store.reading() as session:
        assert len(session.exec(select(Reading)).all()) == 6
        assert len(session.exec(select(CarrierRecord)).all()) == 6
