"""One submission's bytes opened: values in, values out, whatever the bytes are."""

from typing import TYPE_CHECKING

from countersign.intake.budget import Budget
from countersign.intake.findings import Findings, Place
from countersign.intake.kinds import Kind, kind_of
from countersign.intake.labels import label
from countersign.intake.unpacked import MAX_BYTES, Unpacked
from models.words import ReadingOutcome

if TYPE_CHECKING:
    from countersign.intake.message import Envelope


def unpack(content: bytes, name: str, budget: Budget | None = None) -> Unpacked:
    """Everything in `content`: a message, or one file as uploaded. `name` is only a label and a hint; `budget` is what it may
    cost, a full one when not given. What is left out for that has its sentence, and `complete` is False.

    Never raises: what cannot be read has its sentence, and when nothing else was found the outcome is `unreadable`. An automatic
    message (an auto-reply, a bounce) gives `automatic` and no carriers, so that no answer goes out; when it seems to carry a
    micro-credential all the same, `complete` is False and a person looks.
    """
    shown = label(name, "the file")
    if len(content) > MAX_BYTES:
        return Unpacked(ReadingOutcome.unreadable, problems=(too_large(shown),), complete=False)
    findings = Findings(budget=budget or Budget())
    envelope: Envelope | None = None
    try:
        if kind_of(content, name) is Kind.message:
            from countersign.intake.message import envelope_of, read_message

            envelope = envelope_of(content, findings)
            read_message(content, findings, Place(depth=0))
        else:
            findings.take(content, name, Place(direct=True))
    except Exception as error:  # noqa: BLE001  the room's border: hostile bytes may raise anything; what was found until then is kept
        findings.problem(
            f"{shown} could not be read to its end ({type(error).__name__}); its original is kept.", unopened=True
        )
    findings.settle()
    return _of_file(findings) if envelope is None else _of_message(findings, envelope)


def too_large(shown: str) -> str:
    """The sentence for what is over `MAX_BYTES`."""
    return f"{shown} is larger than {MAX_BYTES >> 20} MB and was not opened; it stays where it is."


def _of_message(findings: Findings, envelope: "Envelope") -> Unpacked:
    wishes, contradictions = envelope.wishes()
    for sentence in contradictions:
        findings.problem(sentence)
    if not envelope.sender:  # what nobody says they sent, nobody asks for: its wishes and logs are not taken
        if wishes or findings.logs:
            findings.problem("The message does not say who sent it, so no wish and no log of hours was taken from it.")
        wishes, findings.logs = {}, []
    if envelope.automatic or (envelope.by_list and not findings.carriers):
        return _automatic(findings, envelope.sender, envelope.sender_name, envelope.subject)
    return Unpacked(
        _outcome(findings),
        sender=envelope.sender,
        sender_name=envelope.sender_name,
        subject=envelope.subject,
        wishes=wishes,
        carriers=tuple(findings.carriers),
        logs=tuple(findings.logs),
        problems=tuple(findings.problems),
        received=envelope.received,
        complete=findings.complete,
    )


def _of_file(findings: Findings) -> Unpacked:
    return Unpacked(
        _outcome(findings),
        carriers=tuple(findings.carriers),
        logs=tuple(findings.logs),
        problems=tuple(findings.problems),
        complete=findings.complete,
    )


def _outcome(findings: Findings) -> ReadingOutcome:
    if findings.carriers:
        return ReadingOutcome.carriers
    return ReadingOutcome.nothing if findings.complete else ReadingOutcome.unreadable


def _automatic(findings: Findings, sender: str, sender_name: str, subject: str) -> Unpacked:
    carries = bool(findings.carriers)
    problems = ("It is an automatic message, yet it seems to carry a micro-credential.",) if carries else ()
    return Unpacked(
        ReadingOutcome.automatic,
        sender=sender,
        sender_name=sender_name,
        subject=subject,
        problems=problems,
        complete=not carries,
    )
