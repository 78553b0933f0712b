"""Output that staff understand without a manual: summaries, queues and verdicts, on any terminal or in a pipe.

Text that came from outside may hold escape sequences and line ends; everything is printed through `clean`.
"""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from countersign.commandline import printable

if TYPE_CHECKING:
    from countersign.desk.checking import Repeated
    from countersign.desk.credit_list import RequestLine
    from countersign.desk.doctor import Finding
    from countersign.desk.paper_checks import PaperReport
    from countersign.desk.papers import Line as PaperLine
    from countersign.desk.queue import Item
    from countersign.desk.report import Line, Report
    from countersign.issuance.credit_batch import BatchSummary
    from countersign.recognition import Finding as RuleFinding
    from countersign.reporting import PackageSummary
    from countersign.tally import Tally

COLOURS = {
    "passed": "green",
    "verified": "green",
    "ok": "green",
    "note": "cyan",
    "failed": "red",
    "rejected": "red",
    "error": "red",
    "indeterminate": "yellow",
    "held": "yellow",
    "warning": "yellow",
}


WIDEST = 100
"""Characters of a line of running text; longer ones are hard to read."""

LISTED = 10
"""How many new items of the review queue a summary names."""

_PLAIN = {
    ord(k): v for k, v in {"✓": "+", "✗": "x", "–": "-", "·": "*", "→": "->", "“": '"', "”": '"', "…": "..."}.items()
}
"""What stands in for a letter where the output cannot hold it."""

OWNERS = {"staff": "you", "educator": "the educator", "hr": "the recognizer", "nobody": "nobody"}
"""Whose move it is, as staff say it."""


def clean(text: object) -> str:
    """`text` as one line for rich: printable, and with rich's markup made literal."""
    return escape(printable(text))


def _console() -> Console:
    return Console(highlight=False, soft_wrap=False, emoji=False)


def say(*lines: str) -> None:
    console = _console()
    for line in lines:
        console.print(clean(line))


def say_whole(*lines: str) -> None:
    """The same, a line each however wide the terminal is."""
    console = _console()
    for line in lines:
        console.print(clean(line), soft_wrap=True)


def _sheet(*columns: str, title: str = "") -> Table:
    table = Table(
        title=title or None, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim"
    )
    for column in columns:
        table.add_column(column, overflow="fold", justify="right" if column == "#" else "left")
    return table


def tally(found: "Tally") -> None:
    """The night: what came, what became of it, what needs a person."""
    from countersign.render import counted
    from countersign.tally import OPEN

    console = _console()
    if found.quiet:
        console.print(f"Nothing new. {found.counts[OPEN]} in the review queue: countersign review")
        return
    if found.cases:
        table = _sheet("case", "micro-credential", "educator", "outcome", title="Micro-credentials of this run")
        for line in found.cases:
            table.add_row(line.case, clean(line.title), clean(line.educator), clean(line.outcome))
        console.print(table)
        if found.more_cases:
            console.print(f"… and {found.more_cases:,} more.")
        console.print()
    table = _sheet("#", "", title="This run")
    table.show_header = False
    for label, number in found.counts.items():
        if number:
            table.add_row(f"{number:,}", counted(number, label))
    console.print(table)
    if found.items:
        console.print("\n[bold]In the review queue[/]  (countersign review show N)")
        for line in found.items:
            numbers = ", ".join(str(n) for n in line.numbers)
            _entry(console, f"{numbers}  about {', '.join(line.about)}", line.sentence, line.next_step)
        if found.more_items:
            console.print(f"… and {found.more_items:,} more: countersign review")
    for problem in found.problems:
        console.print(f"\n[red]Problem:[/] {clean(problem)}")


def _entry(console: Console, head: str, sentence: str, next_step: str) -> None:
    """One item of the queue: a head line, why it waits, and what to do, indented."""
    console.print(f"[yellow]{clean(head)}[/]")
    for line in textwrap.wrap(sentence, 74):
        console.print(f"    {clean(line)}")
    for line in textwrap.wrap(f"→ {next_step}", 74):
        console.print(f"    {clean(line)}")


def packages(found: Sequence["PackageSummary"], month: str, dry_run: bool) -> None:
    """HR's packages of a month."""
    console = _console()
    if not found:
        looked = "" if dry_run else " What was granted in it has been looked up again."
        console.print(f"No agreement names a district: there is nothing to report for {month}.{looked}")
        return
    title = f"HR packages for {month}" + (" (dry run: nothing was written or closed)" if dry_run else "")
    table = _sheet("district", "lines", "educators", "hours", "money", "held", "withheld", "banked", title=title)
    for package in found:
        money = ", ".join(f"{amount:,.2f} {unit}" for unit, amount in package.money.items()) or "0"
        table.add_row(
            clean(package.district),
            str(package.lines),
            str(package.educators),
            f"{package.hours.normalize():f}",
            money,
            str(package.held),
            str(sum(package.withheld.values())),
            str(package.banked),
        )
    console.print(table)
    if dry_run:
        console.print("\nNothing was looked up again: when the month is closed, what is in doubt then stays out too.")
    for package in found:
        where = "closed before, unchanged" if package.already_closed else "would be" if dry_run else "closed"
        console.print(f"\n{clean(package.district)}, {where}:\n  {clean(package.path)}", soft_wrap=True)
        for sentence in _proofs(package):
            for line in hanging(console, sentence, "  ", "    "):
                console.print(clean(line), soft_wrap=True)


def opened(found: Sequence["Item"]) -> None:
    """What a closing has put into the review queue, the first of it by number."""
    if found:
        more = f" and {len(found) - LISTED:,} more" if len(found) > LISTED else ""
        items = ", ".join(f"{item.number} ({item.subject})" for item in found[:LISTED])
        say("", f"New in the review queue: {items}{more} (countersign review)")


def _proofs(package: "PackageSummary") -> Iterator[str]:
    """What was looked up again for the package, and what stays out of it and why."""
    if package.proofs:
        yield package.proofs
    for why, count in package.withheld.items():
        yield f"withheld: {count:,} line{'' if count == 1 else 's'}, {why} (countersign review)"


def verdicts(reports: Sequence["Report"]) -> None:
    """One verdict after the other, check by check."""
    from countersign.desk import report

    console = _console()
    for each in reports:
        _print(console, report.lines(each, min(console.width, WIDEST)))
        console.print()
    if len(reports) > 1:
        say(report.summary(reports))


def repeated(found: Sequence["Repeated"]) -> None:
    """Kept verdicts, each with what comes out when it is reached again."""
    from countersign.desk import report

    console = _console()
    width = min(console.width, WIDEST)
    for each in found:
        _print(console, report.lines(each.report, width))
        console.print()
        _print(console, report.repeated(each.replay, width))
        if each.today:
            _print(console, report.repeated(each.today, width, today=True))
        console.print()


def _print(console: Console, lines: Iterable["Line"]) -> None:
    """Lines as they are: neither wrapped again nor cut off, and in letters that the output can hold."""
    for line in lines:
        colour = COLOURS.get(line.outcome)
        mark = writable(console, line.mark)
        begin = f"{' ' * line.indent}{f'[{colour}]{mark}[/]' if colour else mark}{' ' if mark else ''}"
        console.print(f"{begin}{clean(writable(console, line.text))}", soft_wrap=True)


def writable(console: Console, text: str) -> str:
    """`text` in letters that the output can hold."""
    try:
        text.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return text.translate(_PLAIN).encode("ascii", "replace").decode("ascii")
    return text


def queue(items: Sequence["Item"]) -> None:
    """The review queue."""
    console = _console()
    if not items:
        console.print("Nothing waits.")
        return
    for each in items:
        _entry(
            console,
            f"{each.number}  about {each.subject}; next move: {OWNERS.get(each.owner, each.owner)}",
            each.sentence,
            each.next_step,
        )


def item(found: "Item") -> None:
    """One item of the queue."""
    console = _console()
    console.print(f"[bold]Item {found.number}[/], about {clean(found.subject)}, since {found.since:%Y-%m-%d %H:%M} UTC")
    console.print(clean(found.sentence))
    if found.closed:
        console.print(clean(found.closed))
        facts(found.facts)
        return
    console.print(f"→ {clean(found.next_step)}  (next move: {clean(OWNERS.get(found.owner, found.owner))})")
    if found.every_run:
        console.print("Countersign looks again at every run.")
    elif found.look_again_at:
        console.print(f"Countersign looks again at the first run after {found.look_again_at:%Y-%m-%d %H:%M} UTC.")
    if found.facts:
        facts(found.facts)
    if found.proposals:
        console.print("\nPossible matches (none is made without you):")
        for proposal in found.proposals:
            console.print(f"  {clean(proposal)}")
        console.print(f'\ncountersign review resolve {found.number} --educator MEMBER_NUMBER --by NAME --reason "…"')
    for choice in found.choices:
        console.print(f'countersign review resolve {found.number} {choice} --by NAME --reason "…"')
    if found.subject.startswith("C-"):
        console.print(f"countersign explain {clean(found.subject)}")


def papers(found: Sequence["PaperLine"]) -> None:
    """Certificates, a row each."""
    if not found:
        _console().print("There is none.")
        return
    table = _sheet("number", "state", "issued", "case", "holder", "title")
    table.columns[0].no_wrap = True  # a number is copied whole
    for line in found:
        name = f"{line.title} (printed as {line.former_name})" if line.former_name else line.title
        cells = (
            line.number,
            line.state,
            f"{line.issued_on:%Y-%m-%d}",
            line.case,
            f"{line.name} ({line.member_number})",
            name,
        )
        table.add_row(*map(clean, cells))
    _console().print(table)


def papers_checked(found: Sequence["PaperReport"]) -> None:
    """What files and numbers were found to be, the outcome first."""
    console = _console()
    for report in found:
        level = "ok" if report.counts else "error"
        levelled(console, level, f"{report.outcome}: {report.sentence}")


def facts(found: Mapping[str, Any]) -> None:
    """Labels and what stands behind them."""
    table = _sheet("", " ")
    table.show_header = False
    for label, text in _flat(found):
        table.add_row(clean(label), clean(text))
    _console().print(table)


def credit_requests(lines: "Sequence[RequestLine]") -> None:
    """Requests for college credit, with where each stands."""
    if not lines:
        say("No request for college credit waits for anything.")
        return
    console = _console()
    for line in lines:
        console.print(f"[bold]{clean(line.number)}[/]  {clean(line.state)} since {line.since}", soft_wrap=True)
        about = f"{line.educator}: “{line.title}”; {line.college}, {line.term or 'no term'}; {line.fee}, payer: {line.payer}"
        for row in textwrap.wrap(printable(about), min(console.width, WIDEST) - 4):
            console.print(f"    {escape(row)}")


def credit_batches(made: "Sequence[BatchSummary]") -> None:
    """What went to which college, or would."""
    for batch in made:
        head = f"{batch.college}, {batch.term}"
        totals = batch.totals
        if batch.delivery:
            gone = f", {totals['withdrawn']} withdrawn" if totals["withdrawn"] else ""
            what = "would be delivery" if batch.dry_run else "delivery"
            say(
                f"{head}: {what} {batch.delivery}, {totals['requests']} new{gone}, {totals['credits']} credit{'' if totals['credits'] == '1' else 's'}."
            )
            for payer, one in totals["payers"].items():
                fees = ", ".join(f"{amount} {unit}" for unit, amount in one["fees"].items()) or "no fee"
                say(f"  payer {payer or 'not said'}: {one['requests']}, {fees}")
            say_whole(f"  {batch.path}")
        else:
            say(f"{head}: nothing new.")
        if batch.in_doubt:
            say(f"  Waiting, because the micro-credential is in doubt: {', '.join(batch.in_doubt)}")
        if batch.payer_unknown:
            say(
                f"  Nobody said who pays: {', '.join(batch.payer_unknown)}. Ask the educator to mark it on the sheet that is signed. To have it "
                "printed, the educator sends the micro-credential once more with the line “Payer: self” or “Payer: district”; then make "
                "the request anew: countersign credit withdraw NUMBER --again --reason … --by NAME"
            )


def _flat(found: Mapping[str, Any], indent: str = "") -> Iterator[tuple[str, str]]:
    """Labels and texts of a mapping within mappings, empty ones left out."""
    for label, value in found.items():
        if isinstance(value, Mapping):
            yield f"{indent}{label}", ""
            yield from _flat(cast(Mapping[str, Any], value), f"{indent}  ")
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in cast(list[Any], value)):
            for number, one in enumerate(cast(list[Mapping[str, Any]], value), 1):
                yield f"{indent}{label} {number}", ""
                yield from _flat(one, f"{indent}  ")
        elif value not in ("", None, [], ()):
            yield (
                f"{indent}{label}",
                ", ".join(map(str, cast(list[Any], value))) if isinstance(value, list) else str(value),
            )


def doctor(found: Sequence["Finding"]) -> None:
    """What is well and what is not."""
    console = _console()
    for finding in found:
        levelled(console, finding.level, finding.what, finding.remedy)


def levelled(console: Console, level: str, what: str, remedy: str = "", indent: int = 0) -> None:
    """A sentence behind its level, and what to do below it; further lines begin where the sentence does."""
    hang = " " * (indent + 9)
    first = f"{' ' * indent}{level:<8} "
    for line in hanging(console, what, first, hang):
        shown = clean(writable(console, line))
        colour = COLOURS.get(level)
        if colour and line.startswith(first):
            shown = f"{' ' * indent}[{colour}]{level:<8}[/] {clean(writable(console, line[len(first) :]))}"
        console.print(shown, soft_wrap=True)
    for line in hanging(console, f"→ {remedy}" if remedy else "", hang, f"{hang}  "):
        console.print(clean(writable(console, line)), soft_wrap=True)


def hanging(console: Console, text: str, first: str, rest: str) -> list[str]:
    """`text` in lines that fit the terminal; what is one word, such as an address, stays whole."""
    return textwrap.wrap(
        text,
        max(40, min(console.width, WIDEST)),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def findings(found: Mapping[str, Sequence["RuleFinding"]]) -> None:
    """What is wrong with agreement files."""
    console = _console()
    for name, problems in found.items():
        if not problems:
            levelled(console, "ok", name)
        for problem in problems:
            where = f"{problem.file}, line {problem.line}" if problem.line else problem.file
            levelled(console, problem.level, f"{where}: {problem.sentence}")
