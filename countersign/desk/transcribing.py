"""`countersign transcript` at the desk: made, written to a file, put into the mail."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from countersign import delivery
from countersign.errors import UsageError
from countersign.evidence import write_whole
from countersign.recognition import load_rules
from countersign.render import day
from countersign.settings import Workspace
from countersign.store import Store
from countersign.transcripts import transcriber
from models.tables import Educator
from models.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What came of it: the transcript, the file that was written, the mail with it; `problem` says why the mail did not go out yet."""

    transcript: Transcript
    file: Path | None = None
    posted: delivery.Posted | None = None
    problem: str = ""

    @property
    def needs_attention(self) -> bool:
        return self.transcript.empty or bool(self.problem)

    def as_json(self) -> dict[str, Any]:
        t = self.transcript
        return {
            "member_number": t.member_number,
            "name": t.name,
            "as_of": t.as_of.isoformat(),
            "micro_credentials": t.micro_credentials,
            "granted": len(t.granted),
            "banked": len(t.banked),
            "waiting": len(t.waiting),
            "file": str(self.file) if self.file else None,
            "mailed_to": self.posted.to_address if self.posted else None,
            "mailed_before": self.posted.before if self.posted else False,
            "problem": self.problem or None,
        }

    def sentences(self) -> list[str]:
        """For a terminal."""
        t = self.transcript
        whose = f"{t.name} (member {t.member_number}), as of {day(t.as_of)}"
        if t.empty:
            said = [f"{whose}: nothing is recognized yet, so there is no transcript."]
        else:
            number = t.micro_credentials
            what = f"{number} micro-credential{'' if number == 1 else 's'} recognized"
            said = [f"{whose}: {what}; {len(t.banked)} banked, {len(t.waiting)} not decided yet."]
        if self.file:
            said.append(f"Written to {self.file}.")
        if self.posted:
            said.append(
                f"This very transcript was mailed to {self.posted.to_address} before; it is not mailed again."
                if self.posted.before
                else f"Mailed to {self.posted.to_address}."
                if not self.problem
                else f"The mail to {self.posted.to_address} is written and goes out with the next run: {self.problem}"
            )
        return said


def transcribed(
    store: Store,
    workspace: Workspace,
    member: str,
    now: datetime,
    *,
    out: Path | None = None,
    mail: bool = False,
    as_of: str = "",
) -> Transcribed:
    """Make the transcript of a member, write it to `out` (without `mail` and `out`: to a file of its own name in the folder one is in),
    mail it. An empty one is mailed as a sentence and never written.

    Raises UsageError (no such member, no such day, no address), CountersignError when it cannot be drawn, Outage.
    """
    on = _day(as_of)
    with store.reading() as session:
        educator_id = session.exec(select(Educator.id).where(col(Educator.member_number) == member)).first()
    if educator_id is None:
        raise UsageError(
            f"Nobody on the roster has the member number {member}.", "`countersign roster import` adds people."
        )
    transcript, content = transcriber(store, workspace, load_rules(workspace.agreements), now, on)(educator_id)
    file = None
    if content and (out or not mail):
        file = out or Path(f"transcript-{_safe(member)}-{transcript.as_of.isoformat()}.pdf")
        write_whole(file, content)
    if not mail:
        return Transcribed(transcript, file)
    posted = delivery.mail_transcript(store, workspace, transcript, content, now, "transcript")
    problem = "" if posted.before else delivery.send_messages(store, workspace, now).problem
    return Transcribed(transcript, file, posted, problem)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a day.", "Write it as 2026-06-30.") from error


def _safe(member: str) -> str:
    """A member number as part of a file's name."""
    return "".join(c if (c.isalnum() and c.isascii()) or c in "-_" else "_" for c in member)
