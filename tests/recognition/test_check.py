"""`agreements check`: what was meant is suggested; what is missing, out of reach or contradictory is said so that a negotiator understands."""

from pathlib import Path

import pytest

from countersign.recognition.checking import Finding, Surroundings, check_file
from tests.recognition.test_files import GOOD, LIST

HOURS = '[[grants]]\nclause = "Hours"\n'
PAY = 'value = { flat = 100.00, unit = "USD" }\n'
CAP = 'cap = { count = 5, per = "year", counted_by = "submitted", order = "submitted", overflow = "lost" }\n'
MORE = '\n[[grants]]\nclause = "More"\ncurrency = "other"\ntext = "More."\n'


def check(folder: Path, text: str, listed: str = LIST, around: Surroundings | None = None) -> list[Finding]:
    (folder / "demo.toml").write_text(text, encoding="utf-8")
    (folder / "approved.csv").write_text(listed, encoding="utf-8")
    return check_file(folder / "demo.toml", around or Surroundings())


def swapped(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'counted_by = "submitted"',
            'counted_on = "submitted"',
            'unknown key "counted_on" in cap of "Stipend"; did you mean "counted_by"? Correct its spelling or remove it; nothing that is '
            "not understood is passed over.",
        ),
        ('counted_by = "submitted", ', "", 'counted_by of "Stipend" is missing; it is one of earned, submitted'),
        ('order = "submitted", ', "", 'cap.order of "Stipend" is missing; it is one of earned, submitted, preapproved'),
        (CAP, "count = 5\n", 'unknown key "count" in "Stipend"; it belongs into cap.'),
        ('overflow = "lost"', 'overflow = "banked"', 'cap.overflow of "Stipend" is none of \'lost\', \'bank\' or'),
        ('overflow = "lost"', 'overflow = "banked"', 'did you mean "bank"?'),
        ('currency = "pay"', 'currency = "Pay"', 'did you mean "pay"?'),
        ('unit = "USD"', 'unit = "PDPs"', 'did you mean "PDP"?'),
        ('unit = "hour"', 'unit = "hours"', 'did you mean "hour"?'),
        ('frozen_at = "preapproved"', 'frozen_at = "pre-approved"', 'did you mean "preapproved"?'),
        ('frozen_at = "preapproved"', 'frozen_at = "preapproved"\nissuers = ["x"]', "it belongs above this table, to eligibility."),
        ("from = 2024-07-01", 'from = "7/1/2024"', "in_force.from: '7/1/2024' is not a day; write one such as 2024-07-01"),
        ("from = 2024-07-01", "from = 7/1/2024", "a day without them and with two digits each (2024-07-01)"),
        ('on = "10-01"', 'on = "10/1"', '"10/1" is not a month and day; write one such as "07-01"'),
        ("flat = 100.00", "flat = -5", 'value.flat of "Stipend" is not greater than 0'),
        ("flat = 100.00", 'flat = "a lot"', "'a lot' is not a number; write one such as 7.5, without quotation marks"),
        ("up_to = 8", "up_to = -8", 'value.up_to of "Hours" is not greater than 0'),
        ('by = "log_of_hours"', 'by = "transcript"', "up_to counts what is shown: hours by log_of_hours, or credits by transcript"),
        (CAP, CAP + "exclusions = { paid_elsewhere = 2 }\n", 'exclusions.paid_elsewhere of "Stipend" is none of \'refused\'; or is not less'),
        ("from = 2024-07-01, until = 2025-06-30", "from = 2025-07-01, until = 2025-06-30", "until 2025-06-30 is before from 2025-07-01"),
        (
            'clause = "Stipend"\ncurrency = "pay"',
            'clause = "Hours"\ncurrency = "pay"',
            "two grants have the name 'Hours'",
        ),
    ],
)  # fmt: skip
def test_an_error_names_the_clause_and_what_was_meant(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = check(tmp_path, swapped(old, new))
    assert {f.level for f in found} == {"error"}
    assert any(said in f.sentence for f in found), [f.sentence for f in found]
    assert not any(f.sentence.startswith("demo.toml") for f in found)  # the place stands beside the sentence


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (
            'value = { flat = 1, unit = "point" }\nwhen = { dates = { of = "earned", from = 2025-01-01, until = 2024-12-31 } }\n',
            'when.dates of "More": until 2024-12-31 is before from 2025-01-01.',
        ),
        (
            'value = { flat = 1, unit = "point" }\nwhen = { hours = { at_least = 9, below = 5 } }\n',
            'when.hours of "More": the range is empty.',
        ),
        (
            'value = { flat = 1, unit = "point" }\nwhen = { dates = { of = "earned", not_before = "02-30" } }\n',
            'when.dates.not_before of "More": "02-30" is not a month and day; write one such as "07-01".',
        ),
        (
            'value = { flat = 1, unit = "hour" }\ncap = { amount = 9, last = "part", per = "year", counted_by = "earned", order = "earned", '
            'overflow = "lost", shared = "Pool" }\n\n[[grants]]\nclause = "Most"\ncurrency = "advisory_role"\ntext = "Most."\n'
            'value = { flat = 1, unit = "point" }\ncap = { amount = 9, last = "part", per = "year", counted_by = "earned", '
            'order = "earned", overflow = "lost", shared = "Pool" }\n',
            'the limit shared as "Pool" adds up amounts in different units.',
        ),
        (
            'value = { flat = 1, unit = "point" }\nform = "lane"\n',
            '"More": form is how pay is paid; the currency is not pay.',
        ),
        (
            'value = { by = "log_of_hours", unit = "point", bands = [{ from = 5, below = 9, gives = 1 }, { from = 8, gives = 2 }] }\n',
            'value of "More": the bands from 5 and from 8 overlap or are out of order.',
        ),
    ],
)  # fmt: skip
def test_what_can_never_be_or_does_not_match_is_an_error(tmp_path: Path, added: str, said: str) -> None:
    assert [(f.level, f.sentence) for f in check(tmp_path, GOOD + MORE + added)] == [("error", said)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (HOURS, '[[stack]]\nname = "S"\ntitles = ["One", "Two"]\n\n' + HOURS, 'unknown key "stack" in the file; did you mean "stacks"?'),
        ('processed = "monthly"', 'processed = "monthly"\nneeds = { hours = 12 }', 'needs.hours of "Hours" is not a table; write hours = { at_least = 12 }.'),
        (PAY, "value = 200\n", 'value of "Stipend" is not a table; write value = { flat = 200, unit = "USD" }.'),
        (PAY, 'value = "150 USD"\n', 'value of "Stipend" is not a table; write value = { flat = 150, unit = "USD" }.'),
        (CAP, "cap = 4\n", 'cap of "Stipend" is not a list; write cap = { count = 4, per = "year"'),
        ("month = 11", 'months = ["January"]', 'paid.months.1 of "Stipend" is not a whole number; write 1, without quotation marks.'),
        ("month = 11", 'month = "11"', 'paid.month of "Stipend" is not a whole number; write 11, without quotation marks.'),
        ("month = 11", "months = [11]", 'paid.months of "Stipend" has fewer than 2 entries.'),
        ('unit = "USD"', 'unit = "dollars"', 'micro-credential, CEU, PDP, or a currency\'s three letters such as USD; did you mean "USD"?'),
        ("until = 2025-06-30", "until = 2029-06-31", "2029-06-31 is no day: June has 30 days."),
        ("until = 2025-06-30", "until = 2025-02-29", "2025-02-29 is no day: February 2025 has 28 days."),
        ("until = 2025-06-30", "until = 2025-13-01", "2025-13-01 is no day: there is no month 13."),
        ("flat = 100.00", "flat = 1,600", "A number has no comma in it: write 1600."),
        ("flat = 100.00", "flat = $1600", "A number has no sign before it: write 1600; which money it is says unit."),
        ('per = "year"', 'per = "school year"', 'or \'lifetime\'; did you mean "year"?'),
        ('currency = "pay"', 'currency = "stipend"', 'or \'other\'; did you mean "pay"?'),
    ],
)  # fmt: skip
def test_a_newcomers_slip_is_one_error_that_says_what_to_write(tmp_path: Path, old: str, new: str, said: str) -> None:
    (found,) = check(tmp_path, swapped(old, new))
    assert found.level == "error"
    assert said in found.sentence


def test_errors_come_in_the_order_of_lines(tmp_path: Path) -> None:
    text = swapped('title = "A contract"', 'titel = "A contract"').replace("month = 11", "month = 13")
    assert [f.line for f in check(tmp_path, text.replace("up_to = 8", "up_to = -8"))] == [1, 3, 25, 34]


def test_what_a_message_on_the_whole_file_names_is_where_its_line_points(tmp_path: Path) -> None:
    (found,) = check(tmp_path, GOOD + MORE + 'value = { flat = 1, unit = "point" }\nstack = "Reading"\n')
    assert found.sentence == '"More" names the stack "Reading", which is not among the stacks.'
    assert GOOD.count("\n") + 3 == found.line  # the clause that names it


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # missing
        (PAY, "", '"Stipend" states no value: every decision under it is held as rate missing.'),
        ("paid = { month = 11 }\n", "", '"Stipend" pays, but does not say in which month: every decision under it is held.'),
        ('processed = "monthly"\n', "", '"Hours" names no month (paid or processed): no monthly package will carry it.'),
        (', late = "lost" }', " }", '"Stipend" does not say what becomes of what comes after 10-01: it is held.'),
        (
            'per = "year", ', "",
            '"Stipend" has a limit, but does not say in which time it is counted (per): what is over it is held.',
        ),
        (
            PAY, PAY + "exclusions = { paid_elsewhere = 0.5 }\n",
            '"Stipend" gives a part where somebody else has paid, and does not say how that is rounded: what does not come out even is held.',
        ),
        ("flat = 100.00", "flat = 33.333", '"Stipend" gives fractions of a cent, and does not say how they are rounded.'),
        (
            'deadline = { on = "10-01", of = "submitted", late = "lost" }\n', "",
            '"Stipend" is paid in November and has no deadline: what counts after the end of that month, to the end of the year, is held.',
        ),
        (
            "month = 11", "month = 9",
            '"Stipend" is paid in September, before its deadline (10-01): what comes in between is held, because its month of pay is over.',
        ),
        (
            'overflow = "lost"', 'overflow = "bank"',
            '"Stipend" banks what is over its limit, and does not say what becomes of what is still banked when the agreement ends on '
            "2025-06-30: it is held, unless a version that follows speaks of it.",
        ),
        (
            "value = { up_to = 8, unit = \"hour\", by = \"log_of_hours\" }",
            'value = { by = "log_of_hours", unit = "hour", bands = [{ from = 5, below = 10, gives = 5 }, { from = 15, gives = 15 }] }',
            '"Hours" has no band for what lies from 0 to below 5 and from 10 to below 15 (hours of the log): that is held.',
        ),
        # out of reach
        (
            "value = { up_to = 8, unit = \"hour\", by = \"log_of_hours\" }",
            "needs = { hours = { at_least = 5, below = 15 } }\n"
            'value = { by = "log_of_hours", unit = "hour", bands = [{ from = 5, below = 15, gives = 5 }, { from = 15, gives = 15 }] }',
            '"Hours": nothing that meets its conditions can lie in the band from 15 on.',
        ),
        (
            PAY, PAY + "when = { dates = { of = \"submitted\", from = 2025-07-01 } }\n",
            '"Stipend" asks that it was submitted from July 1, 2025, and this version is in force from July 1, 2024 until June 30, 2025: no '
            "day meets both.",
        ),
        (
            PAY, PAY + 'when = { dates = { of = "earned", not_before = "10-01", not_after = "08-31" } }\n',
            '"Stipend" asks for a day not before 10-01 and not after 08-31; in a year that starts on 07-01 there is none.',
        ),
        (PAY, PAY + 'when = { issuers = "dp" }\n', '"Stipend" asks for the issuer dp, and the agreement is only for nea: nobody meets it.'),
        (
            PAY, PAY + 'when = { titles = ["One", "Nine"] }\n',
            '"Stipend" names what never counts: "Nine" is not on the approved list (approved.csv).',
        ),
        (
            PAY, PAY + 'election = "Choice"\n',
            'The election "Choice" has the clause "Stipend" alone: there is nothing to choose, and it is held until the educator chose it.',
        ),
        (
            CAP, 'cap = { amount = 80, last = "whole", per = "year", counted_by = "submitted", order = "submitted", overflow = "lost" }\n',
            '"Stipend" gives 100.00 USD only whole, and its limit is 80.00 USD: it never fits.',
        ),
        (
            HOURS, '[[stacks]]\nname = "Set"\ntitles = ["One", "Seven", "Eight"]\nany_of = 2\n\n' + HOURS + 'stack = "Set"\n',
            'The stack "Set" can never be complete: "Seven" and "Eight" are not on the approved list (approved.csv), and 2 titles are '
            "needed.",
        ),
        (HOURS, '[[stacks]]\nname = "Set"\ntitles = ["One", "Two"]\n\n' + HOURS, 'No clause goes by the stack "Set".'),
        # contradictory
        ('unit = "USD"', 'unit = "hour"', '"Stipend" has the currency pay and gives hour: that is not counted so. Is district_pd or state_cpd '
         "meant, or another unit?"),
        (
            'value = { up_to = 8, unit = "hour", by = "log_of_hours" }', 'value = { flat = 50, unit = "USD" }',
            '"Hours" has the currency district_pd and gives USD: that is not counted so. Is pay meant, or another unit?',
        ),
        ("[applies_to]", '[[windows]]\nname = "All"\nfrom = "07-01"\nuntil = "06-30"\n\n[applies_to]',
         "The agreement has windows, and no clause goes by them."),
    ],
)  # fmt: skip
def test_each_doubt_is_one_warning_with_its_sentence(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = check(tmp_path, swapped(old, new))
    assert [(f.level, f.sentence) for f in found] == [("warning", said)]


WINDOWED = GOOD.replace('per = "year"', 'per = "window"').replace(
    "[applies_to]",
    '[[windows]]\nname = "Fall"\nfrom = "07-01"\nuntil = "12-31"\n\n[[windows]]\nname = "Spring"\nfrom = "01-01"\nuntil = "06-30"\n\n'
    "[applies_to]",
)


def test_a_deadline_on_the_last_day_of_the_year_cannot_be_missed(tmp_path: Path) -> None:
    text = swapped('on = "10-01", of = "submitted", late = "lost"', 'on = "06-30", of = "submitted"')
    assert check(tmp_path, text.replace("paid = { month = 11 }", "paid = { next_year = 11 }")) == []


def test_windows_that_hold_every_day_once_are_in_order(tmp_path: Path) -> None:
    assert check(tmp_path, WINDOWED) == []


def test_windows_that_leave_days_or_share_them_are_warned_of(tmp_path: Path) -> None:
    (left,) = check(tmp_path, WINDOWED.replace('until = "12-31"', 'until = "12-15"'))
    assert left.sentence == (
        "No window holds December 16 to December 31: what counts on these days is held where a clause goes by windows."
    )
    (both,) = check(tmp_path, WINDOWED.replace('until = "12-31"', 'until = "01-02"'))
    assert both.sentence == (
        'The windows "Fall" and "Spring" both hold 01-01 and 1 more days: there "Fall" counts, which stands first.'
    )


def test_a_window_that_the_version_never_reaches_is_warned_of(tmp_path: Path) -> None:
    found = check(tmp_path, WINDOWED.replace("until = 2025-06-30", "until = 2024-12-31"))
    assert 'The window "Spring" (01-01 to 06-30) holds no day on which the version is in force.' in [
        f.sentence for f in found
    ]


def test_a_month_of_pay_that_is_over_before_its_window_is_warned_of(tmp_path: Path) -> None:
    text = WINDOWED.replace('until = "12-31"', 'until = "12-31"\npaid_in = 11').replace(
        'until = "06-30"', 'until = "06-30"\npaid_in = 7'
    )
    (found,) = check(tmp_path, text.replace("paid = { month = 11 }", "paid = { by_window = true }"))
    assert found.sentence == (
        '"Stipend" is paid in November for the window "Fall", which goes on to 12-31: what counts after November 30 is held, because its '
        "month of pay is over."
    )


def test_a_clause_behind_a_wider_one_is_never_reached(tmp_path: Path) -> None:
    wide = (
        MORE
        + 'value = { flat = 1, unit = "point" }\nwhen = { hours = { at_least = 5 }, roles = ["Teacher", "Counselor"] }\n'
    )
    narrow = (
        wide.replace('"More"', '"Less"').replace("at_least = 5", "at_least = 5, below = 9").replace(', "Counselor"', "")
    )
    (found,) = check(tmp_path, GOOD + wide + narrow)
    assert found.sentence == (
        '"Less" is never reached: whatever meets its condition meets that of "More", which stands before it and decides.'
    )
    assert check(tmp_path, GOOD + narrow + wide) == []


SET = '\n[[stacks]]\nname = "Reading"\ntitles = ["One", "Two"]\n'
BOTH = MORE.replace('"More"', '"Both"') + 'stack = "Reading"\nvalue = { flat = 5, unit = "point" }\n'
SINGLE = MORE + 'value = { flat = 1, unit = "point" }\n'


def test_a_set_before_single_amounts_makes_its_members_wait_and_that_is_said(tmp_path: Path) -> None:
    (found,) = check(tmp_path, GOOD + SET + BOTH + SINGLE)
    assert found.sentence == (
        '"Both" is for a set and stands before "More": what belongs to the set "Reading" waits until the set is complete, no day ends '
        'the wait, and until then "More" gives nothing for it.'
    )
    assert found.line == (GOOD + SET + BOTH).count("\n") - 4


def test_a_set_behind_a_clause_that_fits_its_members_is_never_given_and_that_is_said(tmp_path: Path) -> None:
    (found,) = check(tmp_path, GOOD + SET + SINGLE + 'when = { roles = ["Teacher"] }\n' + BOTH)
    assert found.sentence == (
        '"Both" stands behind "More" and is for a set: where "More" fits, that one decides, and the set is never given. Put the set first.'
    )


@pytest.mark.parametrize(
    ("single", "both"),
    [
        ('when = { titles = ["Three"] }\n', ""),
        ('when = { roles = ["Teacher"] }\n', 'when = { roles = ["Nurse"] }\n'),
        ('when = { members = true }\n', 'when = { members = false }\n'),
        ('election = "How"\n', 'election = "How"\n'),
    ],
)  # fmt: skip
def test_a_set_and_single_amounts_that_never_meet_are_in_order(tmp_path: Path, single: str, both: str) -> None:
    said = [f.sentence for f in check(tmp_path, GOOD + SET + BOTH + both + SINGLE + single)]
    assert [s for s in said if "set" in s] == []


CREDIT = (
    '\n[[grants]]\nclause = "Credit"\ncurrency = "graduate_credit"\ntext = "One credit."\non_request = true\n'
    'value = { flat = 1, unit = "credit" }\n[grants.credit_request]\ncollege = "Some College"\n'
)


def fee(amount: int, days: str) -> str:
    return f'[[grants.credit_request.fees]]\namount = {amount}\nunit = "USD"\nsource = "Table"\n{days}\n'


@pytest.mark.parametrize(
    ("fees", "said"),
    [
        ("", ['"Credit" states no fee, nor that there is none: every request is held.']),
        ('no_fee = "Its letter"\n', []),
        (fee(95, ""), []),
        (fee(95, "until = 2024-12-31") + fee(99, "from = 2025-01-01"), []),
        (
            fee(95, "until = 2024-12-31") + fee(99, "from = 2025-02-01"),
            ['"Credit" has no fee in force from January 1, 2025 to January 31, 2025: requests of these days are held.'],
        ),
        (
            fee(95, "until = 2024-12-31"),
            ['"Credit" has no fee in force from January 1, 2025 to June 30, 2025: requests of these days are held.'],
        ),
        (
            fee(95, "") + fee(99, "from = 2025-01-01"),
            ['"Credit" has two fees in force at once, 95 USD (Table) and 99 USD (Table): requests are held.'],
        ),
        (
            fee(90, "until = 2020-01-01") + fee(95, "from = 2020-01-02"),
            ['"Credit": the fee of 90.00 USD (Table) is in force on no day of the agreement.'],
        ),
    ],
)
def test_fees_cover_every_day_once_or_it_is_said(tmp_path: Path, fees: str, said: list[str]) -> None:
    assert [f.sentence for f in check(tmp_path, GOOD + CREDIT + fees)] == said


def test_a_gap_between_two_versions_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "later.toml").write_text(swapped("from = 2024-07-01, until = 2025-06-30", "from = 2025-09-01"))
    assert check(tmp_path, GOOD) == []
    (found,) = check_file(tmp_path / "later.toml")
    assert (
        found.sentence
        == 'No version of "demo" is in force from July 1, 2025 to August 31, 2025: of these days it says nothing.'
    )


def test_a_program_that_is_always_closed_is_warned_of(tmp_path: Path) -> None:
    found = check(tmp_path, swapped("[applies_to]", '[[closed]]\nfrom = 2024-01-01\ntext = "Closed."\n\n[applies_to]'))
    assert [f.sentence for f in found] == ["The program is closed on every day of the agreement: it gives nothing."]


def test_names_that_this_workspace_does_not_know_are_warned_of_with_the_nearest(tmp_path: Path) -> None:
    found = check(tmp_path, GOOD, around=Surroundings(issuers=["nae", "dp"], employers=["Demo S.D.", "Other"]))
    assert [f.sentence for f in found] == [
        'Nobody on the roster works for "Demo SD" (did you mean "Demo S.D."?): the agreement applies to nobody. Write it as the roster does.',
        'issuers.toml has no issuer "nea" (did you mean "nae"?): nothing of it can be proven, so nothing of it counts. Register it '
        "(countersign issuer add), or correct the id.",
    ]
    assert check(tmp_path, GOOD, around=Surroundings(issuers=["nea"], employers=["DEMO  sd"])) == []
    assert check(tmp_path, GOOD, around=Surroundings(issuers=["nea"], employers=[])) == []  # no roster yet


def test_roles_that_nobody_on_the_roster_has_are_warned_of_with_the_nearest(tmp_path: Path) -> None:
    roster = Surroundings(roles=[("Demo SD", "Teacher"), ("Demo SD", ""), ("Other", "Nurse")])
    wanted = 'when = { roles = ["TEACHER", "Nurse"] }\n'
    text = swapped('employed_on = "submitted"', 'employed_on = "submitted"\nroles = ["Teachers", "teacher"]')
    assert [(f.line, f.sentence) for f in check(tmp_path, text + MORE + 'value = { flat = 1, unit = "point" }\n' + wanted, around=roster)] == [
        (12, 'Nobody of "Demo SD" on the roster has the role "Teachers" (did you mean "Teacher"?). Write it as the roster does.'),
        (43, 'Nobody of "Demo SD" on the roster has the role "Nurse". Write it as the roster does.'),
    ]  # fmt: skip
    assert check(tmp_path, text, around=Surroundings(roles=[("Demo SD", "")])) == []  # the roster says no roles
