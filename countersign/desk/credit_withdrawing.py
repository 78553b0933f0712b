"""What withdrawing a request does, and what it leaves as it is: the fee, the transcript, the grant in the ledger. For staff to read."""

from sqlmodel import Session, col, select

from countersign.issuance.credit_life import fee_of
from countersign.issuance.credit_steps import RANK, SAID, Standing, StepRefused
from countersign.render import day, figure, money
from models.tables import CreditRequest, DecisionRecord
from models.words import CreditState, DecisionOutcome


def refuse_unless_meant(standing: Standing) -> None:
    """Raises StepRefused where the college has registered the educator already, or gone further: that is not undone by a word of ours."""
    if RANK.get(standing.state, 0) < RANK[CreditState.registered]:
        return
    issued = standing.steps.get(CreditState.transcript_issued)
    takes = f" It would take back the transcript of {day(issued.on)}." if issued else ""
    raise StepRefused(
        f"it is {SAID[standing.state]} since {day(standing.since)}, and withdrawing it undoes nothing at the college",
        f"Ask the registrar first.{takes} If it is meant all the same, add --although-registered.",
    )


def consequences(session: Session, request: CreditRequest, before: Standing, *, taken_back: bool) -> tuple[str, ...]:
    """What became of the fee, the transcript and the grant of a request that stood at `before` and was withdrawn; a sentence each.
    `taken_back`: the transcript that it brought was."""
    said: list[str] = []
    fee, paid = fee_of(request.printed), before.steps.get(CreditState.paid)
    if fee is not None and paid is not None:
        said.append(
            f"The fee, {money(fee[0], fee[1])}, was paid on {day(paid.on)}: a refund is between the payer and the college."
        )
    issued = before.steps.get(CreditState.transcript_issued)
    if issued is not None and taken_back:
        said.append(
            f"The transcript of {day(issued.on)} is taken back: the next nightly run decides anew what rested on it."
        )
    elif issued is not None:
        said.append(f"The transcript of {day(issued.on)} stays on record: it was there without this request.")
    if CreditState.district_notified in before.steps:
        said.append("The district was told of the credit: tell it that the request was withdrawn.")
    live = _live(session, request)
    if live.outcome == DecisionOutcome.granted and live.quantity:
        said.append(
            f"The ledger is as it was: {figure(live.quantity)} {live.unit}{'' if live.quantity == 1 else 's'} of {live.currency.replace('_', ' ')} {'stays' if live.quantity == 1 else 'stay'} "
            f"granted for C-{live.case_id}. Taking that back is a decision under the agreement: countersign fact add ruling "
            f"C-{live.case_id} --agreement {live.agreement} --decision refused …"
        )
    return tuple(said)


def _live(session: Session, request: CreditRequest) -> DecisionRecord:
    """The last decision on what the request was made for."""
    first = session.get_one(DecisionRecord, request.decision_id)
    query = (
        select(DecisionRecord)
        .where(
            col(DecisionRecord.case_id) == first.case_id,
            col(DecisionRecord.agreement) == first.agreement,
            col(DecisionRecord.currency) == first.currency,
        )
        .order_by(col(DecisionRecord.revision).desc())
    )
    return session.exec(query.limit(1)).one()
