"""Changes of `issuers.toml` happen where they were meant, and nowhere else, whatever names and notes say."""

from datetime import date
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.desk import registry_file
from countersign.desk.registry_blocks import key_entry
from countersign.desk.registry_file import RegistryFile
from countersign.errors import UsageError
from countersign.settings import Workspace
from countersign.tomlfile import Path_, Statement, locate
from countersign.verification import read_registry
from countersign.verification.fingerprints import fingerprint
from countersign.verification.trust.registry import Registry, parse_registry
from tests.registering.sites import ACME, BEFORE, NEW, OLD, Run, multibase, pem, profile, said, serve

TRICKS = {
    "apostrophes": "Acme Rock '''n''' Roll '''",
    "quotation marks": 'Acme """Rock"""',
    "a heading": 'Acme"] [[issuers]]',
    "line separator": "Acme\u2028[[issuers]]\u2028 Learning",
    "paragraph separator": "Acme\u2029[[issuers]]\u2029 Learning",
    "next line": "Acme\u0085[[issuers]]\u0085 Learning",
    "vertical tab": "Acme\x0b[[issuers]]\x0b Learning",
    "line feed": "Acme\n[[issuers]]\n Learning",
    "zero width": "Ac\u200bme",
    "backwards": "\u202eemcA",
}
SEEN = ("apostrophes", "quotation marks", "a heading")
NOWHERE = cast(Workspace, None)
"""What is only worked out needs no workspace."""

LAST = f"""
[[issuers]]
id = "last"
name = "Last Learning"
ids = ["https://last.example/issuer"]
accepted = {{ from = 2020-01-01 }}
vetted = {{ by = "Joint committee", on = 2026-01-01 }}

[[issuers.keys]]
multibase = "{multibase(NEW)}"
"""


@pytest.mark.parametrize("how", SEEN)
def test_a_key_is_pinned_for_the_issuer_that_was_named_whatever_it_calls_itself(
    run: Run, acme: Workspace, how: str
) -> None:
    serve(acme, "acme.example", "issuer.json", profile(name=TRICKS[how], publicKey=None))
    assert run("add", ACME, "--id", "acme", "--by", "R", "--yes").exit_code == 0
    acme.issuers_file.write_text(acme.issuers_file.read_text(encoding="utf-8") + LAST, encoding="utf-8")
    key = {"id": "", "type": "CryptographicKey", "publicKeyPem": pem(OLD)}
    serve(acme, "acme.example", "issuer.json", profile(name=TRICKS[how], publicKey=[key]))
    ended = run("pin", "acme", "--key", fingerprint(OLD.public_key())[:16], "--by", "R", "--yes")
    assert ended.exit_code == 0, said(ended)
    found = {i.id: [k.public for k in i.keys] for i in read_registry(acme.issuers_file).issuers}
    assert found == {"bloom": [OLD.public_key()], "other": [], "acme": [OLD.public_key()], "last": [NEW.public_key()]}


@pytest.mark.parametrize("how", [h for h in TRICKS if h not in SEEN])
def test_a_name_with_characters_nobody_sees_is_not_written(run: Run, acme: Workspace, how: str) -> None:
    serve(acme, "acme.example", "issuer.json", profile(name=TRICKS[how]))
    ended = run("add", ACME, "--id", "acme", "--by", "R", "--yes")
    assert ended.exit_code == 2
    assert "holds characters that nobody sees. Give it another: --name NAME" in said(ended)
    assert acme.issuers_file.read_text(encoding="utf-8") == BEFORE
    assert run("add", ACME, "--id", "acme", "--name", "Acme", "--by", "R", "--yes").exit_code == 0


@pytest.mark.parametrize("how", TRICKS)
@pytest.mark.parametrize(
    ("old", "key"),
    [
        ('name = "Bloom Board"', "name"),
        ('also = ["BB Learning"]', "also.1"),
        ('by = "Joint committee", on = 2026-01-01 }\n\n', "vetted.by"),
        ('id = "https://bloom.example/key.json"', "keys.1.id"),
    ],
)
def test_a_registry_with_characters_nobody_sees_is_refused_at_its_line(how: str, old: str, key: str) -> None:
    begin, _, rest = old.split('"', 2)
    text = BEFORE.replace(old, begin + registry_string(TRICKS[how]) + rest)
    assert text != BEFORE
    if how in SEEN:
        assert parse_registry(text.encode(), "issuers.toml").issuers
        return
    with pytest.raises(UsageError) as caught:
        parse_registry(text.encode(), "issuers.toml")
    line = BEFORE[: BEFORE.index(old)].count("\n") + 1
    assert str(caught.value).startswith(f"issuers.toml, line {line}: issuers.1.{key}: ")
    assert "holds characters that nobody sees; write it without them" in str(caught.value)


def registry_string(text: str) -> str:
    """As a TOML string in which only what has to be is escaped."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\x0b", "\\u000b")
    return f'"{plain}"'


def test_a_stolen_key_is_marked_at_its_issuer_behind_a_note_that_looks_like_headings(
    run: Run, workspace: Workspace
) -> None:
    note = 'note = """\n[[issuers]]\n\'\'\'\n# [[issuers.keys]]\ncompromised = 2020-01-01\n"""\n'
    text = BEFORE.replace("\n[[issuers.keys]]", f"{note}\n[[issuers.keys]]")
    workspace.issuers_file.write_text(text + LAST, encoding="utf-8")
    printed = fingerprint(NEW.public_key())[:16]
    ended = run("compromise", "last", "--key", printed, "--on", "2026-01-01", "--by", "R", "--yes")
    assert ended.exit_code == 0, said(ended)
    marked = LAST.replace("[[issuers.keys]]\n", "[[issuers.keys]]\ncompromised = 2026-01-01\n")
    assert workspace.issuers_file.read_text(encoding="utf-8") == text + marked


def test_a_note_that_ends_in_what_looks_like_a_comment_stays_whole(run: Run, workspace: Workspace) -> None:
    text = BEFORE.replace("# What follows", 'note = """\n\n# a\n# b"""\n# What follows')
    workspace.issuers_file.write_text(text, encoding="utf-8")
    ended = run("compromise", "bloom", "--key", f"did:key:{multibase(NEW)}", "--on", "2026-03-01", "--by", "R", "--yes")
    assert ended.exit_code == 0, said(ended)
    assert '\n# b"""\n\n[[issuers.keys]]\n' in workspace.issuers_file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("issuers = [\n{ id = 'a', name = 'A', ids = ['https://a.example/i'], accepted = { from = 2020-01-01 }, "
         "vetted = { by = 'R', on = 2026-01-01 } },\n]\n", "does not stand under a heading [[issuers]]"),
        (BEFORE.replace("[[issuers.keys]]\nid", "[[issuers.keys]]\nuntil = 2025-01-01T00:00:00\nid"), "would have changed something else"),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_line_by_line_is_left_to_a_person(
    run: Run, workspace: Workspace, text: str, part: str
) -> None:
    workspace.issuers_file.write_text(text, encoding="utf-8")
    name = read_registry(workspace.issuers_file).issuers[0].id
    words = (
        ("compromise", name, "--key", f"did:key:{multibase(NEW)}", "--on", "2026-03-01")
        if name == "a"
        else ("retire", name, "--key", fingerprint(OLD.public_key()), "--until", "2026-03-01")
    )
    ended = run(*words, "--by", "R", "--yes")
    assert ended.exit_code == 2
    assert part in said(ended)
    assert "by hand; nothing was changed" in said(ended)
    assert workspace.issuers_file.read_text(encoding="utf-8") == text


def test_a_change_that_lands_elsewhere_is_refused_even_if_the_lines_were_taken_wrongly(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second lock: what was found of the lines is not believed."""
    file = registry_file.open_registry(workspace.root)
    monkeypatch.setattr(registry_file, "statements", _nothing)
    with pytest.raises(UsageError, match="does not stand under a heading"):
        registry_file.with_key(file, 0, key_entry("", NEW.public_key()))
    text = BEFORE + LAST
    file = RegistryFile(workspace, text.encode(), parse_registry(text.encode(), "x"))
    monkeypatch.setattr(registry_file, "locate", _swapped)
    with pytest.raises(UsageError, match="would have changed something else as well, or at another place"):
        registry_file.with_date(file, [(0, 0)], "compromised", date(2026, 1, 1))


def _nothing(_text: str) -> list[Statement]:
    return []


def _swapped(text: str) -> dict[Path_, int]:
    """The first issuer's key where the third one's is."""
    found = locate(text)
    return found | {("issuers", 0, "keys", 0): found["issuers", 2, "keys", 0]}


_NOTES = st.lists(
    st.sampled_from(
        ["[[issuers]]", "[[issuers.keys]]", "'''", '\\"\\"\\"', "#", "until = 2020-01-01", "\n", " ", "\\\\", "'", "]"]
    ),
    max_size=6,
).map("".join)


@given(_NOTES, _NOTES, st.sampled_from(["retire", "pin"]), st.integers(0, 2))
def test_whatever_the_notes_say_the_change_is_the_one_that_was_meant(
    first: str, second: str, what: str, number: int
) -> None:
    text = "".join(
        f'[[issuers]]\nid = "i{n}"\nname = "I{n}"\nids = ["https://i{n}.example/"]\naccepted = {{ from = 2015-01-01 }}\n'
        f'vetted = {{ by = "R", on = 2026-01-01 }}\nnote = """{note}"""\n# {note.replace(chr(10), "")}\n[[issuers.keys]]\n'
        f'multibase = "{multibase(OLD)}"\nnote = """\n{note}"""\n\n# about the next\n'
        for n, note in enumerate((first, second, first))
    )
    before = parse_registry(text.encode(), "x")
    file = RegistryFile(NOWHERE, text.encode(), before)
    if what == "pin":
        after = registry_file.with_key(file, number, key_entry("k", NEW.public_key(), from_=date(2020, 1, 1)))
        keys = [[k.public for k in i.keys] for i in parse_registry(after, "x").issuers]
        assert keys == [[OLD.public_key(), *([NEW.public_key()] if n == number else [])] for n in range(3)]
    else:
        after = registry_file.with_date(file, [(number, 0)], "until", date(2025, 1, 1))
        days = [i.keys[0].until for i in parse_registry(after, "x").issuers]
        assert days == [date(2025, 1, 1) if n == number else None for n in range(3)]
    assert notes(parse_registry(after, "x")) == notes(before)


def notes(registry: Registry) -> list[str]:
    return [i.note for i in registry.issuers]
