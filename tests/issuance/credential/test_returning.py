"""An educator sends our results mail on: what we issued ourselves comes back, and is no news."""

from email.message import EmailMessage

import pytest
from sqlmodel import select

from countersign import intake, issuance
from countersign.store import Store
from models.agreement import Rules
from models.tables import CarrierRecord, Reading, ReviewItem
from sample.issuers import NEA_3, Award, vc_jwt
from tests.issuance.conftest import Grant
from tests.issuance.credential.conftest import NOW, House, certified, only


@pytest.mark.parametrize("form", ["picture", "token"])
@pytest.mark.parametrize("beside_another", [False, True])
def test_a_credential_of_our_own_that_comes_back_opens_no_case(
    house: House, store: Store, rules: tuple[Rules, ...], grant: Grant, form: str, beside_another: bool
) -> None:
    workspace = house()
    issuance.issue_credentials(store, workspace, certified(store, workspace, rules, [grant()]), NOW)
    number = only(store)[0].number
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "alexandra@demo.example", "Fwd: accepted"
    mail.set_content("See below.")
    if form == "picture":
        picture = issuance.credential_picture(store, number) or b""
        mail.add_attachment(picture, "image", "png", filename="mine.png")
    else:
        token = issuance.credential_token(store, number) or ""
        mail.add_attachment(token.encode(), "application", "jwt", filename="mine.jwt")
    if beside_another:
        award = vc_jwt(Award(9, "alexandra@demo.example", "Family Engagement", "2026-09-14T16:00:00Z"), NEA_3)
        mail.add_attachment(award.encode(), "application", "jwt", filename="award.jwt")
    (workspace.inbox / "back.eml").write_bytes(mail.as_bytes())
    intake.collect_folder(store, workspace, NOW)
    (new,) = intake.unopened(store)
    intake.open_submissions(store, [new], NOW)
    with store.reading() as session:
        reading = session.exec(select(Reading).where(Reading.submission_id == new)).one()
        carriers = session.exec(select(CarrierRecord).where(CarrierRecord.submission_id == new)).all()
        waiting = session.exec(select(ReviewItem).where(ReviewItem.subject == f"submission:{new}")).all()
    name = "mine.png" if form == "picture" else "the token in mine.jwt"
    sentence = f"We issued {name} ourselves, with certificate {number}: it says what was recognized already."
    assert reading.problems == [sentence]
    assert [c.name for c in carriers] == ["award.jwt"][: int(beside_another)]
    assert reading.outcome == ("carriers" if beside_another else "nothing")
    assert [sentence in item.sentence for item in waiting] == ([] if beside_another else [True])
