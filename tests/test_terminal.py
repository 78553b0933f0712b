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
