"""How long originals are kept: lengths as people write them, the day on which one is over, and which of several rows decides."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.retention import Named, Stays, setting_said, weigh
from countersign.settings import Retention
from countersign.tomlfile import FileProblems
from models.retention import EvidenceKind, Length
from tests.conftest import MakeWorkspace

TODAY = date(2026, 3, 1)
KINDS = st.sampled_from(EvidenceKind)
LENGTHS = st.builds(Length, st.integers(1, 999), st.sampled_from(("year", "month", "day")))
DAYS = st.dates(date(1999, 1, 1), date(2060, 12, 31))


def setting(**kept: str) -> Retention:
    return Retention.model_validate(kept)


@pytest.mark.parametrize(
    ("length", "since", "over"),
    [
        ("7 years", date(2019, 3, 1), date(2026, 3, 1)),
        ("7 years", date(2028, 2, 29), date(2035, 3, 1)),
        ("4 years", date(2028, 2, 29), date(2032, 2, 29)),
        ("1 month", date(2026, 1, 31), date(2026, 3, 1)),
        ("18 months", date(2026, 8, 31), date(2028, 3, 1)),
        ("6 months", date(2026, 8, 31), date(2027, 3, 1)),
        ("1 month", date(2026, 12, 15), date(2027, 1, 15)),
        ("90 days", date(2026, 1, 1), date(2026, 4, 1)),
        ("1 day", date(2028, 2, 28), date(2028, 2, 29)),
    ],
    ids=str,
)
def test_a_length_is_over_on_the_same_day_of_a_later_month_or_the_first_of_the_next(
    length: str, since: date, over: date
) -> None:
    assert Length.read(length).over(since) == over


@given(LENGTHS, DAYS, st.integers(1, 40))
def test_what_came_later_is_never_over_earlier_and_never_at_once(length: Length, since: date, later: int) -> None:
    assert since < length.over(since) <= length.over(since + timedelta(days=later))
    assert Length.read(str(length)) == length


@pytest.mark.parametrize("wrong", ["7", "seven years", "0 years", "-1 day", "1000 days", "7 weeks", "", "1.5 years"])
def test_what_is_no_length_of_time_is_refused_at_its_line(make_workspace: MakeWorkspace, wrong: str) -> None:
    with pytest.raises(FileProblems) as problem:
        make_workspace(f'\n[retention]\narrivals = "{wrong}"\n')
    assert f'"{wrong}" is not a length of time; write one such as "7 years"' in str(problem.value)
    assert "countersign.toml, line 2" in str(problem.value)


def test_without_a_setting_and_without_end_are_the_same(make_workspace: MakeWorkspace) -> None:
    kept = make_workspace('\n[retention]\narrivals = "without end"\nweb_answers = "18 months"\n').settings.retention
    assert [kept.of(kind) for kind in EvidenceKind] == [None, None, None, Length(18, "month")]


@pytest.mark.parametrize(("today", "stays"), [(date(2026, 2, 28), Stays.not_yet), (TODAY, None)], ids=str)
def test_it_stays_to_the_last_day_and_may_go_on_the_next(today: date, stays: Stays | None) -> None:
    name = Named("a", EvidenceKind.arrivals, date(2019, 3, 1))
    assert weigh([name], setting(arrivals="7 years"), today)["a"].stays is stays


def test_one_row_that_needs_it_or_is_younger_or_has_no_setting_keeps_it_for_all() -> None:
    kept = setting(arrivals="1 year", logs_of_hours="7 years")
    old = Named("a", EvidenceKind.arrivals, date(2019, 1, 1))
    for other, why in (
        (Named("a"), Stays.paper),
        (Named("a", EvidenceKind.web_answers, date(2019, 1, 1)), Stays.without_end),
        (Named("a", EvidenceKind.logs_of_hours, date(2020, 1, 1)), Stays.not_yet),
        (Named("a", EvidenceKind.arrivals, date(2019, 1, 1), Stays.unpaid), Stays.unpaid),
    ):
        for names in ([old, other], [other, old]):
            assert weigh(names, kept, TODAY)["a"].stays is why
    both = weigh([old, Named("a", EvidenceKind.logs_of_hours, date(2019, 3, 1))], kept, TODAY)["a"]
    assert (both.stays, both.old_enough_on) == (None, TODAY)
    assert setting_said(both.kinds, kept) == "arrivals: 1 year; logs_of_hours: 7 years"


@given(
    st.lists(st.builds(Named, st.just("a"), st.one_of(st.none(), KINDS), DAYS, st.one_of(st.none(), st.sampled_from(Stays)))),
    st.builds(Retention, **{kind.value: st.one_of(st.none(), LENGTHS) for kind in EvidenceKind}),
    DAYS,
)  # fmt: skip
def test_bytes_go_exactly_when_every_row_that_names_them_lets_them_whatever_the_order(
    names: list[Named], kept: Retention, today: date
) -> None:
    fates = weigh(names, kept, today)
    assert weigh(reversed(names), kept, today) == fates

    def lets_go(name: Named) -> bool:
        length = kept.of(name.kind) if name.kind is not None else None
        return length is not None and name.needs is None and length.over(name.since) <= today

    assert [fate.stays is None for fate in fates.values()] == [all(map(lets_go, names))] * bool(names)
