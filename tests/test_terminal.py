"""What is printed is what was meant: no text from outside becomes a picture, a colour or a command to the terminal."""

import pytest

from countersign.desk import issuer_pages, terminal
from countersign.desk.doctor import Finding

DID = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"


@pytest.mark.parametrize("text", [DID, "the word :warning: and :smile:", "[bold]not bold[/]"])
def test_words_between_colons_or_brackets_stay_words(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say(text)
    terminal.facts({"issuer": text})
    terminal.doctor([Finding("warning", text, text)])
    issuer_pages.findings({text: [Finding("ok", text, text)]})
    printed = "".join(capsys.readouterr().out.split())
    assert printed.count("".join(text.split())) == 7


def test_a_long_sentence_goes_on_where_it_began(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.doctor([Finding("warning", "word " * 40, "step " * 40), Finding("ok", "Well.")])
    issuer_pages.findings({"acme": [Finding("note", "word " * 40 + "https://issuer.example/" + "a" * 90)]})
    lines = capsys.readouterr().out.splitlines()
    first, *rest = lines
    assert first.startswith("warning  word word")
    assert all(line.startswith("         ") for line in rest[: rest.index("ok       Well.")])
    assert "           https://issuer.example/" + "a" * 90 in lines
