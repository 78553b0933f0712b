"""What cannot be printed waits for staff with its reason, leaves nothing half written, and loses no other certificate."""

from datetime import datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from pypdf import PdfReader
from sqlmodel import select

from countersign.issuance import certificates as room
from countersign.settings import PROGRAM, Workspace, open_workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Educator, ReviewItem
from models.text import plain
from tests.conftest import MakeWorkspace
from tests.issuance.conftest import (
    AGREEMENT,
    Grant,
    certificates,
    night,
    open_items,
    rules_of,
)

AllRules = tuple[Rules, ...]


def with_settings(workspace: Workspace, old: str, new: str) -> Workspace:
    """The workspace with its settings written otherwise."""
    file = workspace.root / "countersign.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return open_workspace(workspace.root)


def signed(workspace_maker: MakeWorkspace, image: str) -> Workspace:
    return with_settings(workspace_maker(), "from = 2020-01-01", f'from = 2020-01-01\nimage = "{image}"')


def certified(flat: int = 15, **terms: Any) -> Rules:
    """The agreement with other terms of its certificate."""
    grant = AGREEMENT["grants"][0]
    other = {"value": {"flat": flat, "unit": "hour"}, "certificate": grant["certificate"] | terms}
    return rules_of(AGREEMENT | {"grants": [grant | other]})


def test_one_bad_award_loses_no_other(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant(name=("\U00010600", "Sample"))
    grant()
    assert night(store, workspace, rules, now) == [1]
    (item,) = open_items(store)
    assert (item.subject, item.code, item.owner) == ("case:1", "glyphs_missing", "staff")
    assert "(U+10600)" in item.sentence
    assert "Add a font" in item.next_step
    assert [c.case_id for c in certificates(store)] == [2]


def test_a_held_certificate_is_printed_and_released_once_its_cause_is_gone(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant(name=("\U00010600", "Sample"))
    night(store, workspace, rules, now)
    with store.transaction() as session:
        educator = session.get_one(Educator, 1)
        educator.given_name, educator.family_name = "Han", "Zi"
    assert night(store, workspace, rules, now) == [1]
    assert open_items(store) == []


def test_what_staff_have_dismissed_stays_dismissed_until_something_else_stops_it(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant(name=("\U00010600", "Sample"))
    night(store, workspace, rules, now)
    with store.transaction() as session:
        (item,) = session.exec(select(ReviewItem))
        item.closed_at, item.closed_by, item.resolution = now, "Pat", "He writes his name by hand."
    assert night(store, workspace, rules, now) == []
    assert open_items(store) == []
    with store.transaction() as session:
        session.get_one(Educator, 1).family_name = "\U00010601"
    night(store, workspace, rules, now)
    (item,) = open_items(store)
    assert "(U+10601)" in item.sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quantity": "-15"}, "hour is not a quantity a paper can state"),
        ({"quantity": "-0.5"}, "hour is not a quantity a paper can state"),
        ({"quantity": "10000"}, "10000.0000 hour is not a quantity a paper can state"),
        ({"unit": "credit"}, "gives credits; a certificate states hours, CEUs or PDPs"),
        ({"title": "\u202e\u0000"}, "title of the micro-credential has no printable character"),
        ({"name": ("\u200b", "")}, "name of the educator has no printable character"),
        ({"title": "word " * 100 + "s"}, "has 501 characters, and a paper has room for 500. It is not shortened"),
        ({"name": ("W" * 100, "V" * 100)}, "name of the educator has 201 characters"),
        ({"issued_on": None}, "no date on which it was earned"),
    ],
)
def test_what_cannot_stand_on_a_certificate_is_held_with_its_reason(
    store: Store,
    workspace: Workspace,
    rules: AllRules,
    grant: Grant,
    now: datetime,
    changes: dict[str, Any],
    sentence: str,
) -> None:
    grant(**changes)
    assert night(store, workspace, rules, now) == []
    (item,) = open_items(store)
    assert sentence in item.sentence
    assert item.next_step
    assert certificates(store) == []


def test_what_counts_with_another_case_has_no_paper_of_its_own_and_troubles_nobody(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant(quantity="0")
    assert night(store, workspace, rules, now) == []
    assert (open_items(store), certificates(store)) == ([], [])


def test_nobody_may_sign_on_that_day_holds(
    make_workspace: MakeWorkspace, store: Store, rules: AllRules, grant: Grant, now: datetime
) -> None:
    second = '[[signatories]]\nname = "Kim Other"\ntitle = "Director"\nfrom = 2026-01-01\n'
    grant()
    assert night(store, make_workspace(second), rules, now) == []
    (item,) = open_items(store)
    assert "2 signatories may sign on 2026-10-02" in item.sentence


def test_a_signatory_whose_time_is_over_signs_nothing_more(
    make_workspace: MakeWorkspace, store: Store, rules: AllRules, grant: Grant, now: datetime
) -> None:
    workspace = with_settings(make_workspace(), "from = 2020-01-01", "from = 2020-01-01\nuntil = 2026-10-01")
    grant()
    assert night(store, workspace, rules, now) == []
    (item,) = open_items(store)
    assert "nobody may sign on 2026-10-02" in item.sentence
    assert "Set from and until" in item.next_step
    assert (certificates(store), list(workspace.outbox.rglob("*.pdf"))) == ([], [])


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"ceu": 2, "flat": 20}, "gives 15 hours, which is 1.5 CEUs, and its certificate says 2 CEUs"),
        ({"hours_each": 2}, "gives hours, and its certificate says that each is 2 hours"),
        ({"template": "illinois", "second_page": True}, "has no second page, and one is asked for (second_page)"),
        ({"template": "no-such-state"}, "there is no such template"),
        ({"provider": "\U00010600"}, "(U+10600)"),
    ],
)
def test_what_an_agreement_asks_for_and_cannot_have_is_held_and_nothing_is_filed(
    store: Store, workspace: Workspace, grant: Grant, now: datetime, terms: dict[str, Any], sentence: str
) -> None:
    grant()
    assert night(store, workspace, (certified(**terms),), now) == []
    (item,) = open_items(store)
    assert sentence in item.sentence
    assert item.next_step
    assert (certificates(store), list(workspace.outbox.rglob("*.pdf"))) == ([], [])
    assert night(store, workspace, (certified(),), now) == [1]  # corrected, it is printed, and nobody need look at it
    assert open_items(store) == []


@pytest.mark.parametrize(
    "title",
    [
        '<img src="file:///etc/passwd" onerror=alert(1)>',
        "https://evil.example/x.png",
        "{{ 7 * 7 }} {% include 'x' %}",
        "Tea\u202egnihc\u202c \u0000\u001b[31m",
        "Very " * 70,
    ],
    ids=["markup", "address", "template", "controls", "long"],
)
def test_hostile_titles_are_printed_as_what_they_are(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime, title: str
) -> None:
    grant(title=title)
    assert night(store, workspace, rules, now) == [1]
    (made,) = certificates(store)
    said = made.printed["title"]
    assert said == plain(title)
    assert not any(ord(c) < 32 or c in "\u202e\u202c" for c in said)
    page = PdfReader(workspace.root / made.path).pages[0]
    assert "".join(said.split()) in "".join(page.extract_text().split())


def test_a_broken_template_of_the_workspace_holds_with_its_file_and_line(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    folder = workspace.root / "templates" / "certificate"
    folder.mkdir(parents=True)
    (folder / "vermont.html").write_text("<html lang='en'>\n{{ p.nickname }}", encoding="utf-8")
    grant()
    assert night(store, workspace, rules, now) == []
    (item,) = open_items(store)
    assert item.code == "certificate_stopped"
    assert "certificate/vermont.html, line 2" in item.sentence
    (folder / "vermont.html").unlink()
    assert night(store, workspace, rules, now) == [1]
    assert open_items(store) == []


def test_a_missing_font_holds_and_leaves_no_file(
    store: Store, workspace: Workspace, rules: AllRules, grant: Grant, now: datetime
) -> None:
    grant()
    copytree(PROGRAM / "templates" / "fonts", workspace.root / "templates" / "fonts")
    style = workspace.root / "templates" / "fonts" / "fonts.css"
    style.write_text(style.read_text(encoding="utf-8").replace("Lato-Bold", "Lato-Gone"), encoding="utf-8")
    assert night(store, workspace, rules, now) == []
    (item,) = open_items(store)
    assert "Lato-Gone.ttf is missing" in item.sentence
    assert not (workspace.outbox / "certificates").exists()


def test_a_template_that_is_a_path_is_refused(store: Store, workspace: Workspace, grant: Grant, now: datetime) -> None:
    rules = (certified(template="../../etc/passwd"),)
    grant()
    assert night(store, workspace, rules, now) == []
    assert "not the name of a certificate's template" in open_items(store)[0].sentence


def test_a_signature_s_image_is_kept_so_that_the_certificate_can_be_drawn_again(
    make_workspace: MakeWorkspace, store: Store, rules: AllRules, grant: Grant, now: datetime
) -> None:
    workspace = signed(make_workspace, "signature.svg")
    image = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60"><path d="M5 50Q60 0 195 40" stroke="#123" fill="none"/></svg>'
    (workspace.root / "signature.svg").write_text(image, encoding="utf-8")
    grant()
    assert night(store, workspace, rules, now) == [1]
    (made,) = certificates(store)
    kept = made.printed["signatory"]
    assert kept["media_type"] == "image/svg+xml"
    assert store.evidence.get(kept["sha256"]).decode() == image


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n" + bytes(2_000_001),
        b"\x89PNG\r\n\x1a\nrest is gone",
        b"\xff\xd8\xff",
        b"<svg><",
    ],
    ids=["missing", "gif", "large", "cut png", "cut jpeg", "cut svg"],
)
def test_a_missing_or_wrong_signature_holds(
    make_workspace: MakeWorkspace, store: Store, rules: AllRules, grant: Grant, now: datetime, content: bytes | None
) -> None:
    workspace = signed(make_workspace, "signature.png")
    if content is not None:
        (workspace.root / "signature.png").write_bytes(content)
    grant()
    assert night(store, workspace, rules, now) == []
    assert "signature image signature.png" in open_items(store)[0].sentence
    assert (certificates(store), list(workspace.outbox.rglob("*.pdf"))) == ([], [])


def test_a_signature_outside_the_workspace_is_not_read(
    make_workspace: MakeWorkspace, store: Store, rules: AllRules, grant: Grant, now: datetime, tmp_path: Path
) -> None:
    (tmp_path / "outside.svg").write_text("<svg/>", encoding="utf-8")
    grant()
    assert night(store, signed(make_workspace, "../outside.svg"), rules, now) == []
    assert "is not in the workspace" in open_items(store)[0].sentence


def test_the_logo_is_kept_too_and_the_colors_are_planned(
    make_workspace: MakeWorkspace, store: Store, rules: AllRules, grant: Grant, now: datetime
) -> None:
    logo = '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><rect width="60" height="20" fill="#123"/></svg>'
    settings = 'logo = "logo.svg"\ncolors = { accent = "#0B3D91" }\nemail = '
    workspace = with_settings(make_workspace(), "email = ", settings)
    grant()
    assert night(store, workspace, rules, now) == []
    assert "The logo logo.svg is not in the workspace." in open_items(store)[0].sentence
    (workspace.root / "logo.svg").write_text(logo, encoding="utf-8")
    assert night(store, workspace, rules, now) == [1]
    (made,) = certificates(store)
    assert store.evidence.get(made.printed["logo"]["sha256"]).decode() == logo
    assert made.printed["colors"] == {"accent": "#0b3d91", "ornament": "#b59a5b"}
    (workspace.root / "logo.svg").unlink()
    assert room.drawn(store, workspace, made.printed) == (workspace.root / made.path).read_bytes()


def test_stack_and_standards_are_planned(store: Store, workspace: Workspace, grant: Grant, now: datetime) -> None:
    stack = {"name": "Belonging", "titles": ["Creating a Classroom Culture of Belonging", "Another"]}
    standard = {"name": "Learning Environments", "framework": "Core Standards", "code": "3", "url": ""}
    grant(standards=[standard])
    assert night(store, workspace, (rules_of(AGREEMENT | {"stacks": [stack]}),), now) == [1]
    (made,) = certificates(store)
    assert made.printed["stack"] == "Belonging"
    assert made.printed["standards"] == "Learning Environments (Core Standards, 3)"
    said = " ".join(PdfReader(workspace.root / made.path).pages[0].extract_text().split())
    assert "in the stack “Belonging”" in said
    assert "Standards: Learning Environments (Core Standards, 3)." in said
