"""Withdrawing says what it does and what it leaves; what the college has registered is withdrawn only when that is said to be meant."""

from tests.credit.conftest import Ask
from tests.credit.test_commands import Run, run

__all__ = ["run"]  # the fixture
BY = ("--by", "Robin")


def words(said: str) -> str:
    return " ".join(said.split())


def test_a_registered_request_is_withdrawn_only_when_that_is_meant(run: Run, ask: Ask) -> None:
    n = ask(wishes={"payer": "self"}).number
    for step in (("pay", n, "--on", "2026-10-15"), ("register", n, "--on", "2026-10-20")):
        assert run(*step, *BY).exit_code == 0
    withdraw = ("withdraw", n, "--reason", "The wrong course", *BY)
    refused = run(*withdraw)
    said = words(refused.output)
    assert refused.exit_code == 2
    assert "It is registered since October 20, 2026, and withdrawing it undoes nothing at the college." in said
    assert "--although-registered" in said
    assert run("transcript", n, "--on", "2026-12-16", *BY).exit_code == 0
    assert run("notify", n, "--on", "2026-12-18", *BY).exit_code == 0
    said = words(run(*withdraw).output)
    assert "It is district notified since December 18, 2026" in said
    assert "It would take back the transcript of December 16, 2026." in said
    done = run(*withdraw, "--although-registered")
    assert done.exit_code == 0
    for sentence in (
        f"{n}: withdrawn on December 20, 2026.",
        "The fee, $125.00, was paid on October 15, 2026: a refund is between the payer and the college.",
        "The transcript of December 16, 2026 is taken back: the next nightly run decides anew what rested on it.",
        "The district was told of the credit: tell it that the request was withdrawn.",
        "The ledger is as it was: 1 credit of graduate credit stays granted for C-1.",
        "countersign fact add ruling C-1 --agreement vt-demo --decision refused",
    ):
        assert sentence in words(done.output), done.output


def test_before_that_it_is_withdrawn_at_a_word_and_the_ledger_is_explained(run: Run, ask: Ask) -> None:
    done = run("withdraw", ask().number, "--reason", "She changed her mind", *BY)
    said = words(done.output)
    assert done.exit_code == 0
    assert "The ledger is as it was: 1 credit" in said
    assert "fee" not in said
    assert "transcript" not in said
