"""Rooms put in line for a transcript: recognition says what is recognized, issuance which papers there are, and draws it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from countersign import issuance, recognition
from countersign.errors import UsageError
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.transcript import Transcript


def transcriber(
    store: Store, workspace: Workspace, rules: Sequence[Rules], now: datetime, as_of: date | None = None
) -> Callable[[int], tuple[Transcript, bytes]]:
    """What makes an educator's transcript, by the educator's id, with its PDF: empty bytes where nothing is recognized. It is as of the
    end of `as_of`, else of the day of `now`, in the affiliate's time zone; the same day and records give the same bytes.

    Raises UsageError for a day to come; what is given back raises LookupError, and CountersignError as `transcript_of` and
    `draw_transcript` do.
    """
    zone = workspace.settings.time_zone
    today = now.astimezone(ZoneInfo(zone)).date()
    on = as_of or today
    if on > today:
        raise UsageError(
            f"{on.isoformat()} has not come yet: nobody knows what will be recognized then.",
            "Give a day up to today, or leave --as-of out.",
        )

    def transcribe(educator_id: int) -> tuple[Transcript, bytes]:
        with store.reading() as session:
            transcript = recognition.transcript_of(session, educator_id, rules, on, zone)
            papers = issuance.papers_of(session, educator_id, on, zone)
        if transcript.empty:
            return transcript, b""
        affiliate, folders = workspace.settings.affiliate, workspace.template_folders
        return transcript, issuance.draw_transcript(transcript, papers, affiliate, folders)

    return transcribe
