"""The staff's digest: one mail about one night, and none about a night in which nothing happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from countersign import review
from countersign.delivery import digest, write_digest
from countersign.delivery.outgoing import message_id
from countersign.settings import Workspace
from models.tables import Run
from models.words import Owner
from tests.delivery.village import NIGHT, Village


@dataclass(frozen=True)
class Moved:
    case: str = "C-1"
    title: str = "Formative Assessment"
    educator: str = "Maya Fontaine"
    outcome: str = "15-hour certificate: granted"


@dataclass(frozen=True)
class Summary:
    counts: Mapping[str, int]
    cases: tuple[Moved, ...] = ()
    more_cases: int = 0
    problems: tuple[str, ...] = ()
    quiet: bool = False


@dataclass
class Desk:
    """A queue with one item for staff and one for HR, and a run."""

    village: Village
    run: int = field(default=0)

    def __post_init__(self) -> None:
        with self.village.store.transaction() as session:
            for number, owner in enumerate((Owner.staff, Owner.hr), 1):
                review.hold(
                    session,
                    subject=f"case:{number}",
                    code="x",
                    sentence=f'C-{number}, "Formative Assessment", is held.',
                    next_step="Look at it.",
                    owner=owner,
                    now=NIGHT,
                    look_again_at=NIGHT if number == 2 else None,
                )
            run = Run(flow="nightly", started_at=NIGHT)
            session.add(run)
            session.flush()
            self.run = run.id


COUNTS = {
    "submissions arrived": 16,
    "  of them without a credential": 2,
    "micro-credentials held": 1,
    "micro-credentials rejected": 0,
}


def test_the_digest_says_what_happened_what_waits_and_what_is_next(anywhere: Village, workspace: Workspace) -> None:
    desk = Desk(anywhere)
    summary = Summary(COUNTS, (Moved(),), problems=("The mailbox did not answer.",))
    number = write_digest(anywhere.store, workspace, desk.run, summary, NIGHT)
    message = anywhere.the_message()
    assert (message.id, message.kind, message.to_address, message.educator_id) == (
        number,
        "digest",
        "staff@demo-ea.example",
        None,
    )
    assert message.subject == "Countersign, October 2, 2026: 1 needs you"
    assert "    16  submissions arrived\n     2    of them without a credential\n" in message.text
    assert "     1  micro-credential held\n" in message.text
    assert "rejected" not in message.text
    text = " ".join(message.text.split())
    assert '- 1 (for you). C-1, "Formative Assessment", is held. Next: Look at it.' in text
    assert "- 2 (for the recognizer)." in text
    assert "Looked at again at every run." in text
    assert text.count("is held.") == 2
    assert text.index("- 1 (for you)") < text.index("- 2 (for the recognizer)")
    assert "The mailbox did not answer." in text
    assert "C-1, Formative Assessment, Maya Fontaine: 15-hour certificate: granted" in text
    for said in ("submissions arrived", "Look at it.", "The mailbox did not answer.", "Maya Fontaine"):
        assert said in message.html
    again = write_digest(anywhere.store, workspace, desk.run, summary, NIGHT)
    assert again == number
    assert len(anywhere.messages()) == 1


def test_a_digest_that_another_worker_wrote_a_moment_before_is_the_digest(
    here: Village, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here)
    there = here.message(kind="digest", subject_key=f"run:{desk.run}")
    real, answers = digest._written, iter((None,))  # pyright: ignore[reportPrivateUsage]

    def written(session: Session, key: str) -> int | None:
        return next(answers, real(session, key))  # the first look was before it was there

    monkeypatch.setattr(digest, "_written", written)
    assert write_digest(here.store, workspace, desk.run, Summary(COUNTS), NIGHT) == there


def test_a_digest_the_database_refuses_for_another_reason_is_not_lost_silently(
    here: Village, workspace: Workspace
) -> None:
    desk = Desk(here)
    number = message_id("digest", f"run:{desk.run}", NIGHT, workspace.settings.mail.sender)
    here.message(message_id=number)
    with pytest.raises(IntegrityError):
        write_digest(here.store, workspace, desk.run, Summary(COUNTS), NIGHT)


def test_a_run_that_did_nothing_writes_nothing(here: Village, workspace: Workspace) -> None:
    assert write_digest(here.store, workspace, 1, Summary({}, quiet=True), NIGHT) is None
    assert here.messages() == []


def test_a_night_with_an_empty_queue_says_so(here: Village, workspace: Workspace) -> None:
    write_digest(here.store, workspace, 1, Summary(COUNTS), NIGHT)
    assert "Nothing waits in the review queue." in here.the_message().text
    assert here.the_message().subject.endswith("nothing needs you")


def test_mail_that_could_not_be_sent_and_strangers_are_named(here: Village, workspace: Workspace) -> None:
    desk = Desk(here)
    here.educator()
    here.message("gone@district.example", state="refused", last_error="550 No such user.")
    here.message("later@district.example", attempts=1)
    here.submission("stranger@elsewhere.example", "nothing", subject="Buy\r\nnow")
    here.submission(outcome="nothing", subject="known")
    write_digest(here.store, workspace, desk.run, Summary(COUNTS), NIGHT)
    text = " ".join(here.messages()[-1].text.split())
    assert "(to gone@district.example): 550 No such user." in text
    assert "(to later@district.example): not accepted yet" in text
    assert '"Buy now" from stranger@elsewhere.example' in text
    assert '"known"' not in text


def test_a_long_queue_is_listed_in_part_and_counted(here: Village, workspace: Workspace) -> None:
    with here.store.transaction() as session:
        for number in range(45):
            review.hold(
                session,
                subject=f"case:{number}",
                code="x",
                sentence=f"<b>{number}</b>",
                next_step="n",
                owner=Owner.staff,
                now=NIGHT,
            )
    write_digest(here.store, workspace, 1, Summary(COUNTS, (Moved(),) * 41, more_cases=2), NIGHT)
    text = here.the_message().text
    assert "- and 5 more" in text
    assert "- and 3 more" in text
    assert here.the_message().subject.endswith("45 need you")
    assert "<b>" not in here.the_message().html


def test_the_same_thing_about_several_cases_is_said_once(here: Village, workspace: Workspace) -> None:
    with here.store.transaction() as session:
        for number in (7, 9, 12):
            review.hold(
                session,
                subject=f"case:{number}",
                code="il-demo:rate_missing",
                sentence="CUSD 200, Compensation: the rate is missing.",
                next_step="The rate.",
                owner=Owner.hr,
                now=NIGHT,
            )
    write_digest(here.store, workspace, 1, Summary(COUNTS), NIGHT)
    text = " ".join(here.the_message().text.split())
    assert (
        "- 1, 2, 3 (for the recognizer). C-7, C-9, C-12: CUSD 200, Compensation: the rate is missing. Next: The rate."
        in text
    )


def test_what_is_looked_at_on_another_day_says_the_day_where_the_affiliate_is(
    here: Village, workspace: Workspace
) -> None:
    """Six in the morning of October 2 in UTC, less three hours, is the evening of October 1 there."""
    desk = Desk(here)
    write_digest(here.store, workspace, desk.run, Summary(COUNTS), NIGHT - timedelta(hours=3))
    assert "Looked at again on October 2, 2026." in " ".join(here.the_message().text.split())
