"""Each educator whose case ended gets one mail, with everything new in it, once."""

from datetime import date, datetime, timedelta
from typing import Any
from unittest.mock import MagicMock

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from countersign import review
from countersign.delivery import results, write_results
from countersign.settings import Workspace
from models.agreement import Rules
from models.tables import (
    Address,
    Case,
    Certificate,
    Consideration,
    CreditRequest,
    Educator,
    Employment,
    Message,
    ReviewItem,
    Telling,
    VerdictRecord,
)
from models.words import NO_AGREEMENT, Owner, PaperCode
from tests.delivery.village import LONG_AGO, NIGHT, NOT_YET, RULES, Village, each


def told(village: Village) -> set[str]:
    with village.store.reading() as session:
        return {t.fact for t in each(session, Telling)}


def test_an_accepted_micro_credential_is_told_with_its_certificate_and_only_once(
    anywhere: Village, workspace: Workspace, now: datetime
) -> None:
    maya = anywhere.educator()
    anywhere.accepted(maya)
    (message_id,) = write_results(anywhere.store, workspace, RULES, now)
    message = anywhere.the_message()
    assert (message.id, message.kind, message.state, message.to_address) == (
        message_id,
        "results",
        "pending",
        "maya@district.example",
    )
    assert message.subject == "Formative Assessment: accepted"
    assert "Accepted. It counts for 15 hours of professional development" in " ".join(message.text.split())
    assert "Upload this certificate to the state's licensing portal" in " ".join(message.text.split())
    assert "not a submission to your district" in message.text
    (attachment,) = message.attachments
    with anywhere.store.reading() as session:
        certificate = session.exec(select(Certificate)).one()
    assert attachment == {
        "name": f"certificate-{certificate.number}.pdf",
        "sha256": certificate.sha256,
        "media_type": "application/pdf",
    }
    assert told(anywhere) == {"decision:1", "certificate:1"}
    assert write_results(anywhere.store, workspace, RULES, now + timedelta(days=1)) == []


def test_all_that_is_new_for_one_educator_is_one_mail(here: Village, workspace: Workspace, now: datetime) -> None:
    maya, owen = here.educator(), here.educator("owen@cusd.example", name="Owen Castellanos")
    here.accepted(maya)
    here.accepted(maya, "Peer Feedback")
    here.submission(outcome="nothing", subject="hello")
    here.accepted(owen)
    assert len(write_results(here.store, workspace, RULES, now)) == 2
    first, second = here.messages()
    assert first.subject == "2 micro-credentials: 2 accepted; 1 mail without one"
    assert first.text.startswith("2 micro-credentials: 2 accepted; 1 mail without one.\n\nHello Maya,")
    assert len(first.attachments) == 2
    assert "no micro-credential" not in first.subject
    assert 'in your mail of October 2, 2026 ("hello")' in " ".join(first.text.split())
    assert (second.educator_id, len(second.attachments)) == (owen, 1)


def test_a_case_whose_certificate_is_not_drawn_yet_waits(here: Village, workspace: Workspace, now: datetime) -> None:
    case = here.case(here.educator())
    decision = here.decide(case)
    assert write_results(here.store, workspace, RULES, now) == []
    here.certificate(decision)
    assert len(write_results(here.store, workspace, RULES, now)) == 1


def test_a_case_whose_paper_staff_must_clear_is_told_and_the_paper_comes_after(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    case = here.case(here.educator())
    here.certificate(here.decide(case))
    credit = here.decide(case, currency="graduate_credit", quantity="1", unit="credit")
    with here.store.transaction() as session:
        review.hold(
            session,
            subject=f"case:{case}",
            code="fee_uncertain",
            sentence="s",
            next_step="n",
            owner=Owner.staff,
            now=now,
        )
    write_results(here.store, workspace, RULES, now)
    assert "A paper for it could not be printed yet" in here.the_message().text
    here.credit(credit)
    write_results(here.store, workspace, RULES, now)
    second = here.messages()[1]
    assert [a["name"].rpartition("-")[0] for a in second.attachments] == ["credit-request-CR-VT-2026"]
    assert "not a transcript" in second.text


def test_an_item_that_is_not_about_its_papers_does_not_say_that_a_paper_is_stopped(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    case = here.case(here.educator())
    decision = here.decide(case)
    with here.store.transaction() as session:
        review.hold(
            session,
            subject=f"case:{case}",
            code="same_id_differs",
            sentence="s",
            next_step="n",
            owner=Owner.staff,
            now=now,
        )
    assert write_results(here.store, workspace, RULES, now) == []  # it waits for its certificate, as without the item
    here.certificate(decision)
    write_results(here.store, workspace, RULES, now)
    message = here.the_message()
    assert len(message.attachments) == 1
    assert "could not be printed" not in message.text


@pytest.mark.parametrize("code", PaperCode)
def test_every_code_that_stops_a_paper_lets_the_rest_be_told(
    here: Village, workspace: Workspace, now: datetime, code: PaperCode
) -> None:
    case = here.case(here.educator())
    here.decide(case)
    with here.store.transaction() as session:
        review.hold(session, subject=f"case:{case}", code=code, sentence="s", next_step="n", owner=Owner.staff, now=now)
    write_results(here.store, workspace, RULES, now)
    assert "A paper for it could not be printed yet" in here.the_message().text


def test_a_credit_request_is_attached_and_is_no_transcript(here: Village, workspace: Workspace, now: datetime) -> None:
    case = here.case(here.educator())
    here.certificate(here.decide(case))
    here.credit(here.decide(case, currency="graduate_credit", quantity="1", unit="credit"))
    write_results(here.store, workspace, RULES, now)
    message = here.the_message()
    assert len(message.attachments) == 2
    assert "Your request for 1 college credit can go to the college." in " ".join(message.text.split())
    assert "not a transcript" in message.text


def test_one_that_is_gathered_promises_no_year(here: Village, workspace: Workspace, now: datetime) -> None:
    case = here.case(here.educator())
    gathered = "Each 15 hours give 1 credit; with this one 10 hours are gathered, and 5 hours are still missing."
    here.decide(case, "banked", "il-demo", "pay", "10", "hour", gathered, period="2026-27")
    write_results(here.store, workspace, RULES, now)
    text = " ".join(here.the_message().text.split())
    assert "Accepted and banked: it counts together with others still to come." in text
    assert "5 hours are still missing" in text


def test_one_that_counted_with_another_is_told_at_once_and_waits_for_no_paper_of_its_own(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    case = here.case(here.educator())
    here.decide(case, quantity="0", sentence="Its 10 hours went into what C-7 completed, and count there.")
    assert len(write_results(here.store, workspace, RULES, now)) == 1
    text = " ".join(here.the_message().text.split())
    assert "Accepted." in text
    assert "It counts for" not in text
    assert "went into what C-7 completed, and count there." in text
    assert "portal" not in text


def test_a_banked_one_says_when_it_counts(here: Village, workspace: Workspace, now: datetime) -> None:
    cap = {"limit": "5", "before": "5", "used": "0", "after": "5", "unit": "micro-credential", "period": "2025-26"}
    case = here.case(here.educator())
    here.decide(
        case,
        "banked",
        "il-demo",
        "pay",
        "1",
        "micro-credential",
        "5 of at most 5 micro-credentials already count in 2025-26.",
        cap=cap,
        period="2026-27",
        pay_month="2026-11",
        submit_from=date(2026, 7, 1),
    )
    write_results(here.store, workspace, RULES, now)
    text = " ".join(here.the_message().text.split())
    assert "Accepted and banked: it counts in 2026-27, not before." in text
    assert "Used in 2025-26: 5 of at most 5; none left." in text
    assert (
        "July 1, 2026: what is banked counts as submitted, paid in November 2026 (CUSD 200). You need not send it again."
        in text
    )
    assert "June 30, 2027: the agreement with CUSD 200 ends." in text


def test_a_held_one_says_what_is_missing_and_whose_move_it_is(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    case = here.case(here.educator())
    here.decide(
        case,
        "held",
        "il-demo",
        "district_pd",
        "0",
        "hour",
        "No log of hours came with it.",
        "A log of hours.",
        "educator",
    )
    here.decide(case, "held", "il-demo", "pay", "0", "micro-credential", "The rate is missing.", "The figure.", "hr")
    here.decide(case, "refused", "vt-demo", "pay", "0", "", "Only college credit moves pay.", "Ask for college credit.")
    write_results(here.store, workspace, RULES, now)
    message = here.the_message()
    text = " ".join(message.text.split())
    assert message.subject == "Formative Assessment: proven, not decided yet"
    assert "No log of hours came with it. What we need from you: A log of hours." in text
    assert "The rate is missing. This is for CUSD 200 to answer; you need not do anything now." in text
    assert "Only college credit moves pay. What would change it: Ask for college credit." in text


def test_a_decision_that_changed_is_told_and_a_withdrawn_certificate_is_called_back(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    case = here.accepted(here.educator())
    write_results(here.store, workspace, RULES, now)
    here.end(1, "withdrawn")
    here.decide(case, "refused", quantity="0", sentence="The issuer revoked it.")
    write_results(here.store, workspace, RULES, now)
    text = " ".join(here.messages()[1].text.split())
    assert "is withdrawn and no longer valid; please do not hand it in any more." in text
    assert "This changes what we wrote on October 2, 2026: we take back 15 hours." in text
    assert here.messages()[1].attachments == []


def test_a_rejected_one_goes_to_the_member_who_sent_it_with_what_to_do(
    anywhere: Village, workspace: Workspace, now: datetime
) -> None:
    anywhere.educator("main@district.example", "MAYA@district.example")
    anywhere.case(None, state="rejected", checks=[NOT_YET])
    write_results(anywhere.store, workspace, RULES, now)
    message = anywhere.the_message()
    assert (message.to_address, message.subject) == ("main@district.example", "Formative Assessment: not accepted")
    assert "It expired on June 1, 2026." in message.text
    assert "Ask the issuer to renew it." in message.text
    assert told(anywhere) == {"case:1/verdict:1"}
    assert write_results(anywhere.store, workspace, RULES, now) == []


def test_nobody_is_told_of_what_came_from_a_stranger_a_shared_mailbox_or_long_ago(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    here.educator("office@school.example")
    here.educator("ada@district.example", "office@school.example", name="Ada Okafor")
    for sender in ("stranger@elsewhere.example", "office@school.example", ""):
        here.case(None, state="rejected", sender=sender, checks=[NOT_YET])
        here.submission(sender, "nothing")
    here.case(None, state="rejected", sender="ada@district.example", checks=[NOT_YET], at=LONG_AGO)
    here.submission("ada@district.example", "nothing", at=LONG_AGO)
    assert write_results(here.store, workspace, RULES, now) == []


def test_an_automatic_mail_is_never_answered(here: Village, workspace: Workspace, now: datetime) -> None:
    here.educator()
    here.submission(outcome="automatic")
    assert write_results(here.store, workspace, RULES, now) == []


def test_held_cases_are_not_told_to_anybody(here: Village, workspace: Workspace, now: datetime) -> None:
    here.educator()
    case = here.case(None, state="held")
    here.submission(case=case)
    assert write_results(here.store, workspace, RULES, now) == []


def test_a_case_that_staff_closed_is_told_without_a_word_of_anybody_else(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    here.educator()
    here.case(None, state="rejected")
    write_results(here.store, workspace, RULES, now)
    assert "Closed by our staff without being counted." in here.the_message().text


def test_one_that_no_agreement_speaks_of_is_told_after_recognition_has_looked(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    maya = here.educator()
    here.case(maya)
    assert write_results(here.store, workspace, RULES, now) == []
    with here.store.transaction() as session:
        session.add(Consideration(educator_id=maya, fingerprint="f", considered_at=now))
    write_results(here.store, workspace, RULES, now)
    assert "no agreement that we know gives anything for it" in " ".join(here.the_message().text.split())


def test_an_employer_without_an_agreement_is_named_once_and_the_certificate_comes_all_the_same(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    maya = here.educator()
    first, second = here.accepted(maya), here.accepted(maya)
    sentence = "Held, no agreement: we have none on micro-credentials with Maple Union SD."

    def hold(case: int) -> None:
        with here.store.transaction() as session:
            review.hold(
                session,
                subject=f"case:{case}",
                code=NO_AGREEMENT,
                sentence=sentence,
                next_step="",
                owner=Owner.staff,
                now=now,
            )

    hold(first)
    hold(second)
    write_results(here.store, workspace, RULES, now)
    message = here.the_message()
    assert " ".join(message.text.split()).count(f"{sentence} If there is an agreement, tell us: answer this mail.") == 1
    assert sentence in message.html
    assert any(a["name"].startswith("certificate-") for a in message.attachments)
    here.submission("maya@district.example", case=first)
    write_results(here.store, workspace, RULES, now)
    again = here.messages()[-1]
    assert again.id != message.id
    assert "no agreement" not in again.text


def test_of_what_was_rejected_no_employer_is_spoken_of(here: Village, workspace: Workspace, now: datetime) -> None:
    maya = here.educator()
    with here.store.transaction() as session:
        session.add(Employment(educator_id=maya, district="Maple Union SD", employee_id="1", starts=date(2020, 1, 1)))
    here.case(maya, state="rejected", sender="maya@district.example", checks=[NOT_YET])
    write_results(here.store, workspace, RULES, now)
    assert "Maple Union SD" not in here.the_message().text


def test_sent_again_gets_the_same_certificate_again(here: Village, workspace: Workspace, now: datetime) -> None:
    case = here.accepted(here.educator("maya@district.example", "maya@home.example"))
    write_results(here.store, workspace, RULES, now)
    here.submission("maya@home.example", case=case)
    here.submission("private@unknown.example", case=case)
    here.submission("", case=case)
    write_results(here.store, workspace, RULES, now)
    first, second = here.messages()
    assert second.attachments == first.attachments
    assert "It was already here, and it counts once" in " ".join(second.text.split())
    assert second.to_address == "maya@district.example"
    assert {f for f in told(here) if "again" in f} == {"case:1/again:2", "case:1/again:3"}
    assert write_results(here.store, workspace, RULES, now) == []


def test_twice_in_one_night_is_one_mail_that_says_so(here: Village, workspace: Workspace, now: datetime) -> None:
    case = here.accepted(here.educator())
    here.submission(case=case)
    write_results(here.store, workspace, RULES, now)
    assert "It reached us more than once. It counts once." in here.the_message().text
    assert told(here) == {"decision:1", "certificate:1", "case:1/again:2"}


def test_sent_again_by_another_member_is_not_told(here: Village, workspace: Workspace, now: datetime) -> None:
    case = here.accepted(here.educator())
    here.educator("ada@district.example", name="Ada Okafor")
    write_results(here.store, workspace, RULES, now)
    here.submission("ada@district.example", case=case)
    assert write_results(here.store, workspace, RULES, now) == []


def test_a_mail_with_nothing_in_it_is_answered_with_how_to_send_one(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    here.educator()
    here.submission(outcome="nothing", subject="My badge")
    here.submission(outcome="unreadable", problems=["The PDF is damaged."])
    write_results(here.store, workspace, RULES, now)
    message = here.the_message()
    assert message.subject == "We found no micro-credential in your mail"
    assert "forward as attachment" in message.text
    assert "- The PDF is damaged." in message.text
    assert told(here) == {"submission:1/nothing", "submission:2/nothing"}


def test_without_an_address_it_waits_in_review_until_there_is_one(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    maya = here.educator("")
    here.accepted(maya)
    assert write_results(here.store, workspace, RULES, now) == []
    assert write_results(here.store, workspace, RULES, now) == []
    with here.store.reading() as session:
        assert [i.code for i in each(session, ReviewItem)] == ["no_address"]
    with here.store.transaction() as session:
        session.add(Address(educator_id=maya, address="m@x.example", folded="m@x.example"))
    assert len(write_results(here.store, workspace, RULES, now)) == 1
    with here.store.reading() as session:
        assert session.exec(select(ReviewItem)).one().closed_at == now


def test_two_workers_tell_a_fact_once(
    anywhere: Village, workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    maya = anywhere.educator()
    anywhere.accepted(maya)
    with anywhere.store.reading() as session:
        seen = results.gather(session, now)
    write_results(anywhere.store, workspace, RULES, now)
    # The other worker gathered before the first one wrote.
    monkeypatch.setattr(results, "gather", MagicMock(return_value=seen))
    assert write_results(anywhere.store, workspace, RULES, now + timedelta(hours=1)) == []
    assert len(anywhere.messages()) == 1


def test_news_the_database_refuses_for_another_reason_is_not_passed_over_silently(
    here: Village, workspace: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.accepted(here.educator())
    here.accepted(here.educator("ada@district.example", name="Ada Okafor"))
    here.message()
    taken, real = iter([here.the_message().message_id]), results.message_id

    def number(kind: str, subject_key: str, written_at: datetime, sender: str) -> str:
        return next(taken, "") or real(kind, subject_key, written_at, sender)

    with monkeypatch.context() as patch:
        patch.setattr(results, "message_id", number)
        with pytest.raises(IntegrityError):
            write_results(here.store, workspace, RULES, now)
    assert [m.to_address for m in here.messages()[1:]] == ["ada@district.example"]
    assert len(write_results(here.store, workspace, RULES, now)) == 1


def test_what_comes_from_outside_stays_text(here: Village, workspace: Workspace, now: datetime) -> None:
    maya = here.educator(name="Maya Fontaine")
    here.case(
        maya,
        title="<script>x</script>\r\nBcc: all@district.example\u202e https://evil.example/login",
        state="rejected",
        checks=[NOT_YET],
    )
    here.submission(outcome="nothing", subject="a\r\nX: b <b>")
    write_results(here.store, workspace, RULES, now)
    message = here.the_message()
    for text in (message.subject, message.text, message.html):
        assert "evil.example" not in text
        assert "\u202e" not in text
    assert "<script>" not in message.html
    assert "&lt;script&gt;" in message.html
    assert "<b>" not in message.html
    assert "\n" not in message.subject
    assert "\nBcc" not in message.text


def test_the_same_night_again_in_another_store_writes_the_same_mail(here: Village, workspace: Workspace) -> None:
    here.accepted(here.educator())
    write_results(here.store, workspace, RULES, NIGHT)
    message = here.the_message()
    assert message.message_id.endswith("@demo-ea.example>")
    assert message.subject_key.startswith("educator:1:")
    assert max(len(line) for line in message.text.splitlines()) <= 76


def test_the_case_of_another_educator_is_not_in_the_mail(here: Village, workspace: Workspace, now: datetime) -> None:
    maya, ada = here.educator(), here.educator("ada@district.example", name="Ada Okafor")
    here.accepted(maya)
    case = here.accepted(maya, "Moved")
    with here.store.transaction() as session:
        session.get_one(Case, case).educator_id = ada
    here.end(2, "withdrawn")
    here.decide(case, "refused", educator=maya, sentence="It was found to be another educator's.")
    write_results(here.store, workspace, RULES, now)
    with here.store.reading() as session:
        assert [m.educator_id for m in each(session, Message)] == [maya]


def test_one_granted_in_part_says_what_else_is_banked_or_open(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    case = here.case(here.educator())
    here.decide(case, "granted", "il-demo", "district_pd", "8", sentence="The log shows 8 hours.")
    here.decide(case, "banked", "il-demo", "pay", "1", "micro-credential", "Full.", submit_from=date(2027, 7, 1))
    write_results(here.store, workspace, RULES, now)
    message = here.the_message()
    text = " ".join(message.text.split())
    assert message.subject == "Formative Assessment: accepted, in part banked"
    assert "8 hours of district professional development (CUSD 200). Banked: Compensation (CUSD 200)." in text
    assert "July 1, 2027" not in text  # the agreement has ended by then, so that nothing is promised for that day
    assert "June 30, 2027: the agreement with CUSD 200 ends." in text


def test_what_is_taken_back_stands_first_and_is_marked_among_what_is_as_before(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    maya = here.educator()
    steady = here.case(maya, "Peer Feedback")
    here.decide(steady, "held", "il-demo", "pay", "0", "", "It is number 2.", "", "hr")
    case = here.case(maya)
    here.decide(case, "granted", "il-demo", "pay", "200", "USD", pay_month="2026-11")
    here.credit(here.decide(case, currency="graduate_credit", quantity="1", unit="credit"))
    write_results(here.store, workspace, RULES, now)
    assert "(as before)" not in here.the_message().text
    with here.store.transaction() as session:
        request = session.exec(select(CreditRequest)).one()
        request.state = "withdrawn"
        session.get_one(Case, case).state = "rejected"
        number = request.number
    for agreement, currency in (("il-demo", "pay"), ("vt-demo", "graduate_credit")):
        here.decide(case, "refused", agreement, currency, "0", "", "Its issuer has withdrawn it.")
    here.decide(steady, "held", "il-demo", "pay", "0", "", "It is number 1.", "", "hr")
    write_results(here.store, workspace, RULES, now + timedelta(days=3))
    message = here.messages()[1]
    text = " ".join(message.text.split())
    assert (
        "- Formative Assessment: taken back (changed) - Peer Feedback: proven, not decided yet (as before) * * *"
        in text
    )
    assert (
        "Taken back by our staff: we do not count it any more. This changes what we wrote on October 2, 2026: $200.00 had not been "
        "reported to CUSD 200 yet, so that will not be counted or paid; the request for 1 college credit is withdrawn (a request "
        "is not the credit: only the college gives that)."
    ) in text
    assert "take back" not in text
    assert "Peer Feedback from National Example Association As we wrote before. * * * Dates to remember" in text
    assert "It is number 1." not in text
    assert f"Credit request {number} is withdrawn and no longer valid; please do not hand it in." in text
    assert message.attachments == []
    assert "This changes what we wrote on October 2, 2026" in message.html
    assert write_results(here.store, workspace, RULES, now + timedelta(days=4)) == []


def test_less_of_the_same_takes_the_difference_back_and_more_of_it_takes_nothing(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    case = here.case(here.educator())
    for quantity in ("8", "6.5", "7"):
        here.decide(case, "granted", "il-demo", "district_pd", quantity, "hour")
        write_results(here.store, workspace, RULES, now)
    texts = [" ".join(message.text.split()) for message in here.messages()]
    assert ["we take back" in text for text in texts] == [False, True, False]
    assert "we take back 1.5 hours." in texts[1]
    assert here.messages()[1].subject == "Formative Assessment: accepted"


def rejected(village: Village, case: int, *decisions: tuple[str, str], checks: tuple[dict[str, Any], ...] = ()) -> None:
    """The case is over, and what was granted for it refused."""
    with village.store.transaction() as session:
        session.get_one(Case, case).state = "rejected"
        outcome = "held" if checks else "verified"
        session.add(VerdictRecord(case_id=case, at=NIGHT, outcome=outcome, checks=list(checks)))
    for agreement, currency in decisions:
        village.decide(case, "refused", agreement, currency, "0", "", "It is over.")


@pytest.mark.parametrize("delivered", [False, True])
def test_of_what_a_district_pays_is_said_whether_hr_has_heard_of_it_and_what_is_ours_is_taken_back(
    here: Village, workspace: Workspace, now: datetime, delivered: bool
) -> None:
    case = here.accepted(here.educator())
    lines = [
        here.post(here.decide(case, "granted", "il-demo", currency, quantity, unit, pay_month="2026-10"))
        for currency, quantity, unit in (("district_pd", "6.5", "hour"), ("pay", "250", "USD"))
    ]
    here.decide(
        case, "granted", "il-demo", "pay", "250", "USD", "It is number 2 now.", pay_month="2026-10"
    )  # no new line
    write_results(here.store, workspace, RULES, now)
    if delivered:
        here.deliver(*lines)
    rejected(here, case, ("vt-demo", "state_cpd"), ("il-demo", "district_pd"), ("il-demo", "pay"))
    write_results(here.store, workspace, RULES, now + timedelta(days=40))
    text = " ".join(here.messages()[1].text.split())
    assert "This changes what we wrote on October 2, 2026: we take back 15 hours; 6.5 hours and $250.00 had " in text
    said = {
        False: "$250.00 had not been reported to CUSD 200 yet, so that will not be counted or paid.",
        True: "$250.00 had been reported to CUSD 200 already, and whether that is taken back is for CUSD 200 to decide.",
    }
    assert {had: sentence in text for had, sentence in said.items()} == {delivered: True, not delivered: False}


STOLEN = {
    "name": "key",
    "outcome": "indeterminate",
    "detail": "It is signed with a key that was later reported stolen.",
    "remedy": "Ask the issuer, and register its new key in issuers.toml.",
}


def test_what_staff_took_back_says_why_and_what_to_do(here: Village, workspace: Workspace, now: datetime) -> None:
    case = here.accepted(here.educator())
    write_results(here.store, workspace, RULES, now)
    rejected(here, case, ("vt-demo", "state_cpd"), checks=(STOLEN,))
    write_results(here.store, workspace, RULES, now + timedelta(days=1))
    text = " ".join(here.messages()[1].text.split())
    assert "Why - It is signed with a key that was later reported stolen." in text
    assert (
        "What to do next - Ask the issuer to award it again with its present key. - If you think that is wrong, answer this mail"
        in text
    )
    assert "issuers.toml" not in text


def test_an_outage_at_which_staff_took_it_back_is_nothing_the_issuer_could_mend_by_another_award(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    case = here.accepted(here.educator())
    write_results(here.store, workspace, RULES, now)
    away: dict[str, Any] = {**STOLEN, "detail": "Its issuer's site did not answer.", "retry": True}
    rejected(here, case, ("vt-demo", "state_cpd"), checks=(away,))
    write_results(here.store, workspace, RULES, now + timedelta(days=1))
    text = " ".join(here.messages()[1].text.split())
    assert "Why - Its issuer's site did not answer." in text
    assert "What to do next - If you think that is wrong, answer this mail" in text


def test_more_than_before_is_a_change_too_and_what_is_as_before_takes_one_line(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    maya = here.educator()
    cap = {"limit": "5", "after": "5", "unit": "micro-credential", "period": "2026-27"}
    steady = here.case(maya, "Peer Feedback")
    here.decide(steady, "granted", "il-demo", "pay", "250", "USD", cap=cap)
    case = here.case(maya)
    here.decide(case, "granted", "il-demo", "district_pd", "8")
    here.decide(case, "banked", "il-demo", "pay", "1", "micro-credential")
    write_results(here.store, workspace, RULES, now)
    here.decide(steady, "granted", "il-demo", "pay", "250", "USD", cap=cap | {"after": "4"})
    here.decide(case, "granted", "il-demo", "pay", "250", "USD", cap=cap)
    write_results(here.store, workspace, RULES, now + timedelta(days=3))
    text = " ".join(here.messages()[1].text.split())
    assert "- Formative Assessment: accepted (changed) - Peer Feedback: accepted (as before) * * *" in text
    assert "This changes what we wrote on October 2, 2026. What it counts for" in text
    assert "5 of at most 5" in text
    assert "4 of at most 5" not in text


NEXT_STEP = "Upload this certificate to the state's licensing portal"


def replaced(village: Village, certificate: int) -> str:
    """The certificate is replaced; its number."""
    return village.end(certificate, "replaced")


def test_a_certificate_that_was_replaced_by_nothing_is_called_void(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    """The hours fall, and the clause that gives what is left has no certificate: nothing new names the old one."""
    case = here.case(here.educator())
    certificate = here.certificate(here.decide(case))
    write_results(here.store, workspace, RULES, now)
    number = replaced(here, certificate)
    here.decide(case, quantity="10", clause="PD hours without a paper")
    write_results(here.store, workspace, RULES, now + timedelta(days=1))
    first, second = (" ".join(m.text.split()) for m in here.messages())
    assert NEXT_STEP in first
    assert "we take back 5 hours" in second
    assert f"Certificate {number} is withdrawn and no longer valid; please do not hand it in any more." in second
    assert NEXT_STEP not in second


def test_a_certificate_whose_successor_cannot_be_printed_is_called_void_until_the_successor_names_it(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    case = here.case(here.educator())
    old = here.certificate(here.decide(case))
    write_results(here.store, workspace, RULES, now)
    number = replaced(here, old)
    decision = here.decide(case, quantity="10")
    with here.store.transaction() as session:
        review.hold(
            session,
            subject=f"case:{case}",
            code=PaperCode.glyphs_missing.value,
            sentence="s",
            next_step="n",
            owner=Owner.staff,
            now=now,
        )
    write_results(here.store, workspace, RULES, now + timedelta(days=1))
    new = here.certificate(decision, replaces=old)
    write_results(here.store, workspace, RULES, now + timedelta(days=2))
    texts = [" ".join(m.text.split()) for m in here.messages()]
    assert [f"Certificate {number} is withdrawn and no longer valid" in t for t in texts] == [False, True, False]
    assert [NEXT_STEP in t for t in texts] == [True, False, True]
    assert "A paper for it could not be printed yet." in texts[1]
    assert f"replaces certificate {number} for the same award; please use only the new one." in texts[2]
    replaced(here, new)  # and what was replaced twice over is not named again by the one that is valid
    here.certificate(here.decide(case, quantity="8"), replaces=new)
    write_results(here.store, workspace, RULES, now + timedelta(days=3))
    assert "no longer valid" not in here.messages()[3].text


def test_a_paper_that_staff_have_given_up_keeps_no_mail_waiting(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    case = here.case(here.educator())
    here.decide(case)
    subject, code = f"case:{case}", PaperCode.glyphs_missing.value
    said: dict[str, Any] = {"subject": subject, "code": code, "now": now}
    with here.store.transaction() as session:
        review.hold(session, **said, sentence="s", next_step="n", owner=Owner.staff)
        review.release(session, **said, by="Pat", resolution="It is written by hand.")
    write_results(here.store, workspace, RULES, now)
    assert "A paper for it could not be printed yet." in " ".join(here.the_message().text.split())


def test_a_request_that_is_withdrawn_before_it_was_told_is_not_sent(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    case = here.case(here.educator())
    here.credit(here.decide(case, currency="graduate_credit", quantity="1", unit="credit"))
    with here.store.transaction() as session:
        session.exec(select(CreditRequest)).one().state = "withdrawn"
    here.decide(case, "refused", currency="graduate_credit", quantity="0", unit="", sentence="Not any more.")
    write_results(here.store, workspace, RULES, now)
    assert here.the_message().attachments == []
    assert "we take back" not in here.the_message().text


def test_what_waits_says_what_is_left_of_a_limit_and_the_year_and_the_license_have_their_last_day(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    maya = here.educator()
    with here.store.transaction() as session:
        session.get_one(Educator, maya).licence_until = date(2027, 6, 30)
    case = here.accepted(maya)
    yearly = RULES[1].terms.model_copy(
        update={"in_force": RULES[1].terms.in_force.model_copy(update={"until": None})}, deep=True
    )
    cap = {"limit": "5", "before": "3", "used": "1", "after": "4", "unit": "micro-credential", "period": "2026-27"}
    here.decide(case, "held", "il-demo", "pay", "0", "micro-credential", "The rate is missing.", "", "hr", cap=cap)
    rules = (RULES[0], Rules(terms=yearly, sha256=RULES[1].sha256, file="il-demo.toml"))
    write_results(here.store, workspace, rules, now)
    message = here.the_message()
    text = " ".join(message.text.split())
    assert text.startswith("Accepted. It counts for 15 hours")
    assert "The rate is missing. With it, 1 is left." in text
    assert "- June 30, 2027: the last day of 2026-27 for Compensation (CUSD 200); what is submitted later falls" in text
    assert "- June 30, 2027: your license period ends, by our roster." in text
    assert "- October 1, 2027: the next last day to submit for Compensation (CUSD 200)." in text
    assert "- About pay and hours in your district: the HR office of CUSD 200." in text
    assert "- About what your license needs, and by when: your state's licensing office." in text
    assert max(map(len, message.text.splitlines())) < 78
    assert message.html.count("<h1") == 1
    assert "<img" not in message.html
    assert "http" not in message.html


def test_where_no_clause_names_a_deadline_the_mail_says_so(here: Village, workspace: Workspace, now: datetime) -> None:
    here.accepted(here.educator())
    write_results(here.store, workspace, RULES, now)
    assert "Dates to remember\n- The clauses above name no deadline." in here.the_message().text


def test_about_an_award_that_is_not_accepted_its_issuer_is_asked(
    here: Village, workspace: Workspace, now: datetime
) -> None:
    here.case(here.educator(), state="rejected", checks=[NOT_YET])
    write_results(here.store, workspace, RULES, now)
    text = " ".join(here.the_message().text.split())
    assert "About the award itself and its file: its issuer, National Example Association." in text
    assert "About pay and hours" not in text
