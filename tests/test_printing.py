"""What comes from outside is printed as text: no terminal obeys it, and it never begins a line of its own."""

import json

import pytest
import typer
from rich.markup import render
from typer.testing import CliRunner

from countersign.commandline import command, group_of, print_json, printable
from countersign.desk.terminal import clean
from countersign.errors import CountersignError, FileProblem
from countersign.tomlfile import FileProblems

EVIL = "a\nKey SHA-256 aaaa\r\x1b[2J\x9b\u2028b\u202e\U000e0041[bold]"


@pytest.mark.parametrize("text", [EVIL, "\n", "a\x85b", "a\x0bb\x0cc"])
def test_text_is_one_line_without_anything_a_terminal_obeys(text: str) -> None:
    for shown in (printable(text), render(clean(text)).plain):
        assert shown.isprintable()
        assert len(shown.splitlines()) == 1


def test_json_says_the_same_and_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({EVIL: [EVIL, "é→"]})
    shown = capsys.readouterr().out
    assert json.loads(shown) == {EVIL: [EVIL, "é→"]}
    assert shown.replace("\n", "").isprintable()
    assert "é→" in shown


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (CountersignError("a\nb", "c\x1bd\ne"), ["a b", "c�d e"]),
        (
            FileProblems([FileProblem("f", 1, "a\nb."), FileProblem("f", 2, "c.", "d")]),
            ["f, line 1: a b.", "f, line 2: c. d"],
        ),
    ],
)
def test_an_error_has_a_line_for_each_thing_that_is_wrong_and_no_other(
    error: CountersignError, lines: list[str]
) -> None:
    group: typer.Typer = group_of("x")

    @command(group, "fails")
    def fails() -> int:
        """Fail."""
        raise error

    @command(group, "other")
    def other() -> int:
        """Make a group of it."""
        return 0

    ended = CliRunner().invoke(group, ["fails"])
    assert ended.exit_code == error.exit_code
    assert ended.stderr.splitlines() == lines
    assert CliRunner().invoke(group, ["other"]).exit_code == 0
