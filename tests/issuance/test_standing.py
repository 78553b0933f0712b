"""What the public may know of a certificate: that it counts, with what is on it; of one that does not, only that."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.issuance.standing import Standing, Worth, standing, unknown
from models.tables import Certificate
from models.words import PaperState

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
ENDED = datetime(2026, 11, 1, 2, tzinfo=UTC)
"""Still October 31 in Vermont."""

PRINTED: dict[str, Any] = {
    "name": "Alexandra Tremblay",
    "licence": "0456.7821",
    "title": "Belonging",
    "quantity": "15",
    "unit": "hours",
    "issuer": "National Example Association",
    "recognizer": "Demo Education Association",
    "earned_on": "2026-09-28",
    "affiliate": {"name": "Demo Education Association"},
    "provider": {"name": "Demo Provider"},
    "signatory": {"name": "Robin Sample", "title": "Director"},
}


def certificate(state: str = "valid", **changes: Any) -> Certificate:
    values: dict[str, Any] = {
        "number": "VT-1",
        "award": "case:1/vt/state_cpd",
        "state": state,
        "issued_on": date(2026, 10, 2),
        "printed": PRINTED,
        "sha256": "a" * 64,
        "ended_at": None if state == "valid" else ENDED,
        "ended_by": "" if state == "valid" else "Pat Sample",
        "ended_reason": "" if state == "valid" else "A secret reason.",
    }
    return Certificate(**(values | changes))


def test_one_that_counts_is_shown_as_it_is_printed() -> None:
    found = standing(certificate(), None, NOW, ZONE)
    assert found.counts
    assert found.sentence == (
        "This certificate is valid. Demo Education Association issued it on October 2, 2026, and has neither replaced it nor taken it "
        "back. Compare what it says with what stands here."
    )
    assert asdict(found) == {
        "number": "VT-1",
        "state": "current",
        "sentence": found.sentence,
        "as_of": date(2026, 11, 1),
        "issued_on": date(2026, 10, 2),
        "earned_on": date(2026, 9, 28),
        "ended_on": None,
        "replaced_by": "",
        "holder": "Alexandra Tremblay",
        "licence_ending": "7821",
        "title": "Belonging",
        "hours": "15",
        "unit": "hours",
        "issuer": "National Example Association",
        "recognizer": "Demo Education Association",
        "affiliate": "Demo Education Association",
        "provider": "Demo Provider",
        "signatory": "Robin Sample",
        "signatory_title": "Director",
    }


@pytest.mark.parametrize(
    ("state", "successor", "sentence"),
    [
        ("replaced", "same name", "it was replaced on October 31, 2026. Certificate VT-2 counts in its place."),
        ("replaced", "other name", "it was replaced on October 31, 2026. Ask its holder for the new one."),
        (
            "replaced",
            "not drawn",
            "it was replaced on October 31, 2026. Ask its holder whether there is one that counts.",
        ),
        ("replaced", "", "it was replaced on October 31, 2026. Ask its holder whether there is one that counts."),
        ("withdrawn", "", "it was withdrawn on October 31, 2026, because what it certified does not stand."),
        ("revoked", "", "it was revoked on October 31, 2026."),
        ("revoked", "same name", "it was revoked on October 31, 2026. Certificate VT-2 counts in its place."),
    ],
)
def test_one_that_does_not_count_says_when_and_what_counts_and_nothing_of_a_person(
    state: str, successor: str, sentence: str
) -> None:
    changes: dict[str, Any] = {"number": "VT-2", "replaces_id": 1}
    if successor == "other name":
        changes["printed"] = PRINTED | {"name": "Alexandra Roy"}
    if successor == "not drawn":
        changes["sha256"] = ""
    found = standing(certificate(state), certificate(**changes) if successor else None, NOW, ZONE)
    assert found.sentence == f"This certificate is not valid any more: {sentence}"
    assert (found.state, found.counts, found.ended_on) == (state, False, date(2026, 10, 31))
    assert found.replaced_by == ("VT-2" if successor == "same name" else "")
    assert (found.holder, found.licence_ending) == ("", "")


def test_one_that_ended_before_that_was_kept_says_no_day() -> None:
    found = standing(certificate("withdrawn", ended_at=None, ended_by=""), None, NOW, ZONE)
    assert "it was withdrawn, because" in found.sentence
    assert found.ended_on is None


@pytest.mark.parametrize("row", [None, certificate(sha256="")], ids=["none", "not drawn"])
def test_a_number_that_nobody_can_hold_is_unknown_and_tells_nothing(row: Certificate | None) -> None:
    found = standing(row, None, NOW, ZONE)
    assert found == unknown(row.number if row else "", NOW, ZONE)
    assert (found.state, found.holder, found.title, found.issued_on) == (Worth.unknown, "", "", None)
    assert "No certificate has this number." in found.sentence


@given(
    st.sampled_from([state for state in PaperState if state != "valid"]),
    st.one_of(st.none(), st.sampled_from(["Alexandra Roy", "Alexandra Tremblay"])),
)
def test_neither_the_name_nor_the_reason_nor_who_decided_is_ever_told_of_an_ended_one(
    state: PaperState, later: str | None
) -> None:
    after = certificate(number="VT-2", printed=PRINTED | {"name": later}) if later else None
    found: Standing = standing(certificate(state), after, NOW, ZONE)
    told = str(asdict(found))
    for private in ("Tremblay", "Roy", "7821", "secret", "Pat Sample"):
        assert private not in told
