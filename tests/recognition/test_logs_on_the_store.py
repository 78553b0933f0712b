"""Logs of hours on the store: their days and times are facts that a decision rests on."""

from datetime import timedelta

from countersign.recognition.facts import fingerprints
from countersign.store import Store
from models.tables import HoursLog
from tests.recognition.builders import CUSD, Rows, case, teacher
from tests.recognition.nights import AUGUST, NOW, add, decisions, night


def test_two_logs_that_show_more_hours_than_a_day_has_grant_the_first_and_hold_the_second(store: Store) -> None:
    educator = add(store, teacher(), [])
    with store.transaction() as session:
        rows = Rows(session)
        for number in (1, 2):
            submission = rows.submission(AUGUST + timedelta(days=number))
            rows.case(educator, case(number, AUGUST + timedelta(days=number)), submission)
            rows.log(submission, "12.5", days={"2024-08-01": "12.5"})
    night(store, (CUSD,), NOW)
    hours = [(d.case_id, d.outcome, d.reasons[0]) for d in decisions(store) if d.currency == "district_pd"]
    assert [(number, outcome, reason["code"]) for number, outcome, reason in hours] == [
        (1, "granted", "log_above_limit"),
        (2, "held", "log_problem"),
    ]
    assert hours[1][2]["sentence"] == (
        'Together with the log of C-1, the log "log.csv" shows 25 hours on August 1, 2024, more than a day has.'
    )


def test_the_days_and_times_of_a_log_are_facts_that_a_decision_rests_on(any_store: Store) -> None:
    educator = add(any_store, teacher(), [case(1, AUGUST, hours=None)])
    seen: list[str] = []
    for days, spans in (
        ({}, {}),
        ({"2024-08-01": "2"}, {}),
        ({"2024-08-02": "2"}, {}),
        ({"2024-08-01": "2"}, {"2024-08-01": [["15:00", "17:00"]]}),
    ):
        with any_store.reading() as session:
            session.add(HoursLog(id=99, submission_id=1, name="l", sha256="0", hours="2", days=days, spans=spans))
            session.flush()
            seen += [found for _, found in fingerprints(session, (CUSD,), educator)]
    assert len(set(seen)) == 4
