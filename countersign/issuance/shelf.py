"""The thin shell both kinds of paper share: reading an award, filing what was drawn, holding what cannot be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlmodel import Session, col, update

from countersign import audit, review
from countersign.errors import CountersignError, Outage
from countersign.evidence import write_whole
from countersign.issuance.due import is_doubted, is_live, terms_of
from countersign.issuance.planning import Award, NotPrintable, Uncovered
from countersign.render import GlyphsMissing, uncovered
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Case, Certificate, CreditRequest, DecisionRecord, Educator
from models.words import DecisionOutcome, Owner, PaperCode, PaperState

VOID = (PaperState.withdrawn.value, PaperState.replaced.value, PaperState.revoked.value)
"""The states of a paper that does not count any more."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What tells one kind of paper from the other when it is filed. `name` is what audit and review call it, `subject` the
    audit's subject, `codes` are the review items that printing it closes."""

    name: str
    subject: str
    folder: str
    codes: tuple[PaperCode, ...]


def read_award(session: Session, rules: Sequence[Rules], decision_id: int) -> Award | None:
    """The award of a decision; None when it is not the live one any more, grants nothing, or a doubt about its case is open."""
    decision = session.get_one(DecisionRecord, decision_id)
    if decision.outcome != DecisionOutcome.granted or not is_live(session, decision) or is_doubted(session, decision):
        return None
    found = terms_of(rules, decision)
    if found is None:
        raise NotPrintable(
            PaperCode.paper_incomplete,
            f"No agreement {decision.agreement} with the clause {decision.clause!r} is loaded.",
            "Put the agreement's file back into agreements/.",
        )
    rule, grant = found
    return Award(
        decision=decision,
        case=session.get_one(Case, decision.case_id),
        educator=session.get_one(Educator, decision.educator_id),
        agreement=rule.terms,
        grant=grant,
    )


def coverage(workspace: Workspace) -> Uncovered:
    """Tells which characters of a text the workspace's fonts do not have."""
    return partial(uncovered, base=workspace.template_folders)


def place(kind: Kind, year: int, number: str) -> Path:
    """Where a paper that counts lies within the workspace."""
    return Path("outbox") / kind.folder / str(year) / f"{number}.pdf"


def file_paper(
    store: Store,
    workspace: Workspace,
    kind: Kind,
    paper: Certificate | CreditRequest,
    year: int,
    content: bytes,
    now: datetime,
    by: str = "nightly",
    **about: str | int,
) -> bool:
    """Put a drawn paper into the evidence and the outbox, then seal its row with its SHA-256 and its path within the
    workspace; `by` and `about` go into the audit. What stopped it before is closed.

    The file is that of the row, whoever draws: a worker that comes second, whose signature is another, puts there what the first one
    sealed. False, and nothing is written, when the paper does not count any more. Raises Outage, and CountersignError when what was
    sealed is gone.
    """
    path = place(kind, year, paper.number)
    sha256 = store.evidence.put(content)
    table = type(paper)
    with store.transaction() as session:
        sealed = session.exec(
            update(table)
            .where(col(table.id) == paper.id, col(table.sha256) == "", col(table.state).not_in(VOID))
            .values(sha256=sha256, path=path.as_posix())
        )
        if sealed.rowcount:
            write_whole(workspace.root / path, content)
            audit.record(
                session,
                at=now,
                actor=by,
                action=f"{kind.name} issued",
                subject=f"{kind.subject}:{paper.id}",
                sha256=sha256,
                **about,
            )
        else:
            row = session.get_one(table, paper.id, with_for_update=True)
            if row.state in VOID:
                if not row.sha256:  # what a killed run may have left
                    (workspace.root / path).unlink(missing_ok=True)
                return False
            write_whole(workspace.root / path, store.evidence.get(row.sha256))
        for code in kind.codes:
            review.release(
                session,
                subject=f"case:{paper.case_id}",
                code=code,
                now=now,
                by=by,
                resolution=f"{kind.name.capitalize()} {paper.number} was printed.",
            )
    return True


def hold(store: Store, decision_id: int, what: str, problem: CountersignError, code: PaperCode, now: datetime) -> None:
    """Put the case into the review queue because `what` ("certificate") cannot be printed; what a person has dismissed
    stays dismissed. Raises `problem` itself when it is an outage: then nothing is wrong with the case."""
    if isinstance(problem, Outage):
        raise problem
    with store.transaction() as session:
        case_id = session.get_one(DecisionRecord, decision_id).case_id
        review.hold(
            session,
            subject=f"case:{case_id}",
            code=code.value,
            sentence=f"The {what} of C-{case_id} cannot be printed: {problem.what}",
            next_step=problem.remedy or "Correct what the sentence names; the next night tries again.",
            owner=Owner.staff,
            now=now,
            unless_settled=True,
        )


def code_of(problem: CountersignError, otherwise: PaperCode) -> PaperCode:
    """The review item's code for a problem."""
    if isinstance(problem, GlyphsMissing):
        return PaperCode.glyphs_missing
    return problem.code if isinstance(problem, NotPrintable) else otherwise
