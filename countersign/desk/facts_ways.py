"""Which command records what a held decision waits for: a fact, or a ruling by somebody whom the agreement lets rule."""

from sqlmodel import Session, col, select

from countersign.desk.facts import ruling_command
from countersign.tomlfile import FileProblems, parse_toml
from models.agreement import Agreement
from models.tables import AgreementVersion, Case, DecisionRecord, Educator, ReviewItem
from models.words import DecisionOutcome

BEYOND_RULING = ("cap_period_missing", "nothing_to_bank_into", "funds_not_known")
"""What is found only when the limits are filled, after rulings have been heard."""


def way_out(session: Session, item: ReviewItem) -> str:
    """The command that records what the item waits for; empty where there is none to name."""
    agreement, colon, code = item.code.partition(":")
    kind, _, number = item.subject.partition(":")
    if not colon or kind != "case":
        return ""
    case = session.get_one(Case, int(number))
    rows = session.exec(
        select(DecisionRecord)
        .where(col(DecisionRecord.case_id) == case.id, col(DecisionRecord.agreement) == agreement)
        .order_by(col(DecisionRecord.id).desc())
    ).all()
    held = (r for r in rows if r.outcome == DecisionOutcome.held and r.reasons and r.reasons[0]["code"] == code)
    decision = next(held, None)
    return _command(session, case, decision, code) if decision is not None else ""


def _command(session: Session, case: Case, decision: DecisionRecord, code: str) -> str:
    agreement = decision.agreement
    match code:
        case "transcript_missing" | "credits_unknown":
            return f"countersign fact add transcript {case.label} --on DAY --credits NUMBER --by NAME"
        case "rubric_missing":
            return f"countersign fact add rubric {case.label} --on DAY --level NUMBER --by NAME"
        case "funds_not_known":
            period = decision.cap.get("period", "…")
            return (
                f'countersign fact add funds {agreement} --period "{period}" --available|--not-available --said-by NAME '
                "--on DAY --by NAME"
            )
        case _:
            pass
    terms = _kept(session, decision.agreement_sha256)
    if terms is None:
        return ""
    if code == "election_missing":
        grant = terms.clause(decision.clause)
        educator = session.get_one(Educator, decision.educator_id)
        choice = (grant.election if grant else None) or "…"
        return (
            f'countersign fact add election {educator.member_number} --agreement {agreement} --election "{choice}" '
            '--clause "…" --on DAY --by NAME'
        )
    able = terms.exceptions.ruling_by if terms.exceptions else None
    if not able or code in BEYOND_RULING:
        return ""
    return ruling_command(case.id, agreement, "|".join(able))


def _kept(session: Session, sha256: str) -> Agreement | None:
    """The version that decided, from its text as it was kept; None where it was not."""
    kept = session.exec(select(AgreementVersion).where(col(AgreementVersion.sha256) == sha256)).first()
    if kept is None:
        return None
    try:
        return parse_toml(kept.text.encode(), kept.file, Agreement)
    except FileProblems:
        return None  # it was written for an earlier schema
