"""What is printed is what was meant: no text from outside becomes a picture, a colour or a command to the terminal."""

import fcntl
import os
import struct
import termios

import pytest

from countersign.commandline import complain, fitted
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


def test_an_error_fits_the_terminal_and_no_path_is_broken() -> None:
    path = "/very/long/folder-with-hyphens/" + "x" * 60 + "/certificate-VT-2026-7K3QM-XR2DW-8.pdf"
    lines = fitted(
        f"The file {path} cannot be read, because it is not there any more. Put it back with: countersign reconcile.",
        60,
    )
    assert path in lines
    assert all(len(line) <= 60 for line in lines if line != path)
    assert " ".join(lines).count("countersign reconcile.") == 1


def test_an_error_is_wrapped_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = (
        "What happened, to which input, and what to do next, in a sentence that is longer than most terminals are wide."
    )
    complain(said)
    assert capsys.readouterr().err == f"{said}\n"
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        complain(said)
        terminal.flush()
        lines = os.read(ours, 1000).decode().splitlines()
    os.close(ours)
    assert " ".join(lines) == said
    assert max(map(len, lines)) <= 50 < len(said)
