"""The cover that a registrar sees first, and the route of the signed copy: the mail, the sheet and the cover say the same."""

import re
import subprocess
from datetime import UTC, date, datetime
from itertools import combinations
from pathlib import Path

import pytest

from countersign import recognition
from countersign.issuance.credit_sheet import Batch, Entry, files_of
from countersign.settings import Affiliate

PROGRAM = Path(__file__).parents[2]
TEMPLATES = [PROGRAM / "templates"]
AFFILIATE = Affiliate.model_validate(
    {
        "name": "Demo Education Association",
        "address": ["1 Example Street"],
        "email": "papers@demo.example",
        "check_url": "https://papers.demo.example/check",
    }
)
LONGEST = "CR-WMWMWMWM-2026-WMWMW-MWMWM-W"
_WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)</word>')


def entry(number: str, name: str = "Samuel Nguyễn", title: str = "Family Engagement", withdrawn: bool = False) -> Entry:
    printed = {
        "name": name, "contact": "", "title": title, "issuer": "NEA", "earned_on": "2026-09-28", "assertion": "https://a.example/1",
        "verified_on": "2026-10-01", "quantity": "1", "course": "", "fee": {"amount": "$1,095.00", "source": "s"}, "payer": "self",
    }  # fmt: skip
    gone = (date(2026, 11, 30), "The educator changed her mind.") if withdrawn else (None, "")
    return Entry(1, number, date(2026, 10, 2), printed, "ab" * 32, b"%PDF", withdrawn, *gone)


def cover(folder: Path, *entries: Entry) -> Path:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    batch = Batch("Lakeview University", "Fall 2026", 1, entries, "Robin", now, "America/Chicago")
    path = folder / "cover.pdf"
    path.write_bytes(files_of(batch, AFFILIATE, TEMPLATES)["cover.pdf"])
    return path


def words(path: Path, *options: str) -> str:
    return subprocess.run(["pdftotext", *options, path, "-"], check=True, capture_output=True, encoding="utf-8").stdout


@pytest.mark.parametrize(
    "title", ["Family Engagement in a Multilingual Classroom", "X" * 90], ids=["words", "one word"]
)
def test_no_word_of_the_cover_overprints_another_and_numbers_are_never_broken(tmp_path: Path, title: str) -> None:
    numbers = ["CR-DEMO-2026-HZZ8W-FAE4W-M", LONGEST]
    gone = f"{LONGEST[:-1]}M"
    path = cover(
        tmp_path,
        *(entry(n, title=title) for n in numbers),
        entry(gone, "Maximiliana Featherstonehaugh-Wolfeschlegelstein", withdrawn=True),
    )
    for page in words(path, "-bbox").split("<page ")[1:]:
        placed = [(*map(float, found[:4]), found[4]) for found in _WORD.findall(page)]
        for one, two in combinations(placed, 2):
            across = min(one[2], two[2]) - max(one[0], two[0])
            down = min(one[3], two[3]) - max(one[1], two[1])
            assert across < 0.5 or down < 4, (one, two)
        assert max(word[2] for word in placed) <= 612 - 0.84 * 72
    said = words(path, "-layout")
    for number in numbers:
        assert f"{number} " in said
        assert f"{number}.pdf " in said
    assert f"{gone} " in said


def test_the_cover_says_what_date_means_and_that_the_signed_copy_follows(tmp_path: Path) -> None:
    said = " ".join(words(cover(tmp_path, entry("CR-DEMO-2026-HZZ8W-FAE4W-M"))).split())
    for sentence in (
        "Each request is a PDF of its own, not signed yet. The educator signs a copy and returns it to Demo Education Association, "
        "which sends it on to you. That signature is the consent: register nothing before you have it.",
        "date: the day on which it came to that state.",
        "transcript_date: the day on the transcript, once it is issued; date may then stay empty.",
        "Write days as 10/15/2026, 2026-10-15 or Oct 15, 2026.",
    ):
        assert sentence in said


def test_the_sheet_and_the_mail_send_the_signed_copy_to_the_association() -> None:
    sheet = (PROGRAM / "templates/credit/request.html").read_text(encoding="utf-8")
    assert "Return the signed sheet to {{ p.affiliate.name }}, which sends it on to the college:" in sheet
    mail = (PROGRAM / "countersign/delivery/letters.py").read_text(encoding="utf-8")
    assert "Sign it and send it back to us" in mail
    assert "send it to the college" not in mail


def test_make_clean_leaves_nothing_in_the_outbox(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_bytes((PROGRAM / "Makefile").read_bytes())
    for folder in ("registrations", "credit-requests/2026", "micro-credentials"):
        (tmp_path / "outbox" / folder).mkdir(parents=True)
    (tmp_path / "outbox" / ".gitkeep").touch()
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert [p.name for p in (tmp_path / "outbox").iterdir()] == [".gitkeep"]


def test_the_demonstrations_university_has_a_term_for_every_day_of_its_first_years() -> None:
    rules = recognition.load_rules(PROGRAM / "agreements")
    (terms,) = [
        grant.credit_request
        for rule in rules
        if rule.terms.id == "demo-lakeview-university"
        for grant in rule.terms.grants
        if grant.credit_request
    ]
    days = [date.fromordinal(n) for n in range(date(2026, 7, 1).toordinal(), date(2029, 1, 1).toordinal())]
    assert all(terms.term_on(day) for day in days)
    assert {terms.term_on(date(2026, m, 1)) for m in range(7, 13)} == {"Fall 2026"}
    assert terms.term_on(date(2027, 2, 1)) == "Spring 2027"
