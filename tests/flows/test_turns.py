"""The nightly and the monthly batch take turns, and a month is closed under the registry of issuers that it was looked up with."""

from datetime import timedelta

import pytest

from countersign import verification
from countersign.errors import LeaseTaken, Outage
from flows import house
from flows.monthly import monthly
from flows.nightly import nightly
from tests.flows.conftest import Demo
from tests.flows.test_before_payment import At, at, evening, night, on, package

__all__ = ["at", "evening", "night"]


def test_a_month_is_not_closed_while_the_night_is_under_way(night: Demo, prefect: None) -> None:
    with night.store.lease("nightly"), pytest.raises(LeaseTaken, match="Another nightly run is under way"):
        monthly(night.root, "2026-10")
    assert not (night.workspace.outbox / "hr").exists()


def test_the_night_is_refused_while_a_month_is_being_closed_and_says_so(night: Demo, prefect: None) -> None:
    with (
        night.store.lease("nightly", "monthly"),
        pytest.raises(LeaseTaken, match="Another monthly run is under way"),
    ):
        nightly(night.root)


def test_the_monthly_batch_of_the_schedule_waits_for_the_night_to_end(
    night: Demo, prefect: None, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(on(11, 23))
    waited: list[float] = []
    under_way = night.store.lease("nightly")
    under_way.__enter__()

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            under_way.__exit__(None, None, None)

    monkeypatch.setattr(house, "sleep", wait)
    monthly(night.root)
    assert waited == [house.PAUSE.total_seconds()] * 3
    assert package(night, "2026-10")["lines"] == 7


def test_the_waiting_has_an_end(night: Demo, prefect: None, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(house, "sleep", waited.append)
    monkeypatch.setattr("flows.monthly.PATIENCE", timedelta(minutes=1))
    with night.store.lease("nightly"), pytest.raises(LeaseTaken):
        monthly(night.root)
    assert len(waited) == 3


@pytest.mark.parametrize("times", [1, 99])
def test_what_the_registry_says_when_the_month_closes_counts(
    night: Demo, prefect: None, at: At, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """Somebody registers a stolen key while the month is being looked up."""
    at(on(11, 23))
    path = night.workspace.issuers_file
    stolen = path.read_text(encoding="utf-8").replace(
        'id = "https://badges.nea.example/key.json"\n',
        'id = "https://badges.nea.example/key.json"\ncompromised = 2026-08-15\n',
    )
    looked: list[int] = []
    recheck_cases = verification.recheck_cases

    def interrupted(*arguments: object, **more: object) -> object:
        came = recheck_cases(*arguments, **more)  # pyright: ignore[reportArgumentType]
        looked.append(1)
        if len(looked) <= times:
            path.write_text(stolen + "# changed\n" * len(looked), encoding="utf-8")
        return came

    monkeypatch.setattr(verification, "recheck_cases", interrupted, raising=False)
    if times > 1:
        with pytest.raises(Outage, match="changed 3 times while 2026-10 was being looked up"):
            monthly(night.root, "2026-10")
        assert not (night.workspace.outbox / "hr").exists()
        return
    monthly(night.root, "2026-10")
    assert len(looked) == 2
    found = package(night, "2026-10")
    assert found["withheld"] > 1
    assert found["lines"] + found["withheld"] == 7
