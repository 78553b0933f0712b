"""Two runs at the same moment: what the newer one found out stands, and no older look closes it."""

from datetime import timedelta

from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification import VerificationSession, open_session, recheck_cases
from models.credentials import CarrierKind, Fetched
from tests.verification.making import vc_jwt
from tests.verification.night import Bring, cases, holds, publish, verdicts, verify
from tests.verification.test_doubts import withdraw_on_the_list
from tests.verification.test_rechecking import LATER, Counted, award, counted, listed, recheck

__all__ = ["counted"]


class Overtaken:
    """A fetcher whose answer is old when it is written down: the night sees the withdrawal meanwhile."""

    def __init__(self, store: Store, workspace: Workspace, bring: Bring) -> None:
        self._store, self._workspace, self._bring = store, workspace, bring
        self.session = open_session(workspace, LATER)

    def get(self, url: str) -> Fetched:
        answer = self.session.fetcher.get(url)
        withdraw_on_the_list(self._workspace, 1)
        self._bring(vc_jwt(award()), CarrierKind.jwt)
        verify(self._store, self._workspace, now=LATER)
        assert holds(self._store) == ["case:1 revoked_later"]
        return answer


def overtaken(store: Store, workspace: Workspace, bring: Bring) -> None:
    slow = Overtaken(store, workspace, bring)
    run = VerificationSession(slow.session.registry, slow, slow.session.registry_text)
    recheck_cases(store, workspace, [1], LATER, run)


def test_a_doubt_that_another_run_opened_meanwhile_is_not_closed(
    any_store: Store, workspace: Workspace, counted: Counted, bring: Bring
) -> None:
    case = counted()
    overtaken(any_store, workspace, bring)
    assert holds(any_store) == ["case:1 revoked_later"]
    assert cases(any_store)[0].proven_at == case.proven_at
    recheck(any_store, workspace, LATER + timedelta(hours=1))
    assert holds(any_store) == ["case:1 revoked_later"]
    assert verdicts(any_store, 1) == ["verified", "rejected"]


def test_a_doubt_of_before_is_closed_and_looked_up_once(
    any_store: Store, workspace: Workspace, counted: Counted
) -> None:
    counted()
    withdraw_on_the_list(workspace, 1)
    recheck(any_store, workspace)
    publish(workspace, **{"revoked.json": listed()})
    recheck(any_store, workspace, LATER + timedelta(days=1))
    assert holds(any_store) == []
    assert cases(any_store)[0].proven_at == LATER + timedelta(days=1)
