"""What a certificate costs to make: ours, WeasyPrint's naive way, and Typst's, the same certificates in the same run. By hand:

    .venv/bin/python -m bench.certificates [1000]

Each way makes the same certificates in a process of its own, tagged, PDF/A-3a, with the credential and the verdict embedded: by one WeasyPrint call each
("naive": fonts, CSS and page each time; a tenth of the certificates, for it is slow), by WeasyPrint with our press kept warm ("plain", a tenth),
by Typst (`bench/certificate.typ`, an equivalent page; its compiler is kept between pages; "bare" without tags and archival form), and by ours. "first" is the first certificate with all
that has to be loaded, "each" what the others took on average, in milliseconds of processor time; "cores" is ours and Typst's in as many
processes as there are cores, by the clock. The names differ on every page; the titles are those of 60 micro-credentials, some of which belong to a stack
or name standards; some educators have no license number: each such choice makes pages of another kind.
"""

import json
import multiprocessing
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from countersign.embedded import Embedded
from countersign.issuance.drawing import NAME_STEPS, TITLE_STEPS, draw_certificate, step
from countersign.issuance.numbering import new_number
from countersign.render import day
from countersign.settings import PROGRAM

HERE = Path(__file__).resolve().parent
FOLDERS = (PROGRAM / "templates",)
GIVEN = (
    "Alexandra",
    "Maya",
    "Priya",
    "Theodora",
    "Ana",
    "Zoë",
    "Łucja",
    "Hannah",
    "Siobhán",
    "Mei",
    "Ngọc",
    "Fatima",
    "Grace",
    "Ruth",
    "Ingrid",
    "Owen",
    "Jonah",
    "Mateo",
    "Luis",
    "Kofi",
)
FAMILY = (
    "Tremblay",
    "Fontaine",
    "Raman",
    "Okafor",
    "Nguyễn",
    "Smith-Jones",
    "O’Brien",
    "Þórsdóttir",
    "Affleck",
    "García",
    "Johansson",
    "Van_der_Berg",
    "Müller",
    "Chen",
)
VERBS = ("Designing", "Examining", "Leading", "Assessing", "Supporting", "Planning")
THINGS = (
    "a Classroom Culture of Belonging",
    "Formative Assessment with Families",
    "Inquiry in the School Library",
    "Collaborative Lessons for English Learners in Rural Schools",
    "Trauma-Informed Practice",
    "Restorative Circles and Community Agreements Across Elementary, Middle and Secondary Grades",
    "Student Voice",
    "Evidence of Growth in Early Reading",
    "Number Talks",
    "Peer Observation and Coaching for Colleagues New to the Profession",
)
SENTENCES = (
    "Educators examine the routines of their own classroom and judge from evidence whether they work.",
    "They plan a change with colleagues, carry it out over several weeks, and show what students gained.",
    "The work is assessed by trained reviewers with a published rubric, and feedback is given for each part.",
    "A reflection explains what will be kept, what will be changed, and who else was told about it.",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A certificate to make: everything printed on it, and the files it carries."""

    printed: dict[str, Any]
    embedded: tuple[Embedded, ...]


def samples(number: int) -> Iterator[Sample]:
    """Certificates as a year's awards would have them, always the same ones but for their numbers."""
    chance = random.Random(7)
    for index in range(number):
        title = f"{VERBS[index % 6]} {THINGS[index // 6 % 10]}"
        name = f"{chance.choice(GIVEN)} {chance.choice(['', 'Marie ', 'J. ', 'Elisabeth '])}{chance.choice(FAMILY)}".replace(
            "_", " "
        )
        paper = new_number("VT", 2026)
        assertion = f"https://badges.nea.example/assertions/{chance.randrange(16**12):012x}"
        printed: dict[str, Any] = {
            "template": "certificate/vermont.html",
            "number": paper,
            "check_url": f"https://check.demo-ea.example/c/{paper}",
            "check_place": "check.demo-ea.example/c/",
            "name": name,
            "licence": "" if index % 8 == 5 else f"{chance.randrange(10_000):04d}.{chance.randrange(10_000):04d}",
            "licence_state": "VT",
            "title": title,
            "issuer": "National Example Association",
            "stack": "Belonging" if index % 3 == 1 else "",
            "standards": "Learning Environments (Example Framework, 3); Assessment (6)" if index // 6 % 2 else "",
            "statement": " ".join(SENTENCES[: 1 + index % 4]),
            "earned_on": date(2026, 1 + index % 9, 1 + index % 28).isoformat(),
            "issued_on": "2026-10-02",
            "quantity": "15",
            "quantity_words": "fifteen",
            "unit": "hours",
            "manner": "Online, job-embedded, assessed by rubric",
            "recognizer": "Demo Association of Educators",
            "agreement_title": "Micro-credentials for license renewal",
            "clause": "15-hour certificate",
            "determined": "15 hours for each micro-credential, whatever time the work took",
            "purpose": "Vermont educator license renewal",
            "affiliate": {"name": "Demo Education Association"},
            "provider": {
                "name": "Demo Provider",
                "address": ["10 Main Street", "Montpelier, VT 05601"],
                "number": "P-0042",
                "approval": "approved until June 30, 2027",
            },
            "signatory": {"name": "Robin Sample", "title": "Director of Professional Learning"},
            "assertion": assertion,
            "replaces": "",
        }
        token = "eyJ" + "".join(
            chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", k=1800)
        )
        checks = [
            {"name": n, "outcome": "passed", "detail": "It holds, as the issuer's registered key shows."}
            for n in "abcdefg"
        ]
        verdict = json.dumps({"verdict": "verified", "credential": assertion, "checks": checks}, indent=1)
        made = date(2026, 10, 2)
        yield Sample(
            printed,
            (
                Embedded("micro-credential.jwt", token.encode(), "application/jwt", "Source", "The credential", made),
                Embedded("verdict.json", verdict.encode(), "application/json", "Data", "How it was proven", made),
            ),
        )


def ours(sample: Sample) -> bytes:
    """As the product makes it."""
    return draw_certificate(sample.printed, FOLDERS, embedded=sample.embedded)


def _html(sample: Sample) -> tuple[str, str]:
    from countersign.issuance import drawing

    caught: list[str] = []

    def keep(html: str, *_: Any, **__: Any) -> bytes:
        caught.append(html)
        return b""

    before, module = drawing.render_pdf, cast(Any, drawing)
    module.render_pdf = keep
    try:
        ours(sample)
    finally:
        module.render_pdf = before
    from countersign.press.marking import unmarked

    return unmarked(caught[0]), f"Certificate {sample.printed['number']}"


def plain(sample: Sample) -> bytes:
    """By WeasyPrint alone, with our press kept warm: what pages that do not fit a forme cost."""
    from countersign.render import render_pdf

    html, title = _html(sample)
    identifiers = (sample.printed["number"], sample.printed["assertion"])
    return render_pdf(
        html, FOLDERS, title=title, created=date(2026, 10, 2), embedded=sample.embedded, identifiers=identifiers
    )


def naive(sample: Sample) -> bytes:
    """One WeasyPrint call: all that people usually write."""
    from weasyprint import HTML, Attachment

    from countersign.press.pictures import Pictures

    html, _ = _html(sample)
    html = html.replace("</head>", '<link rel="stylesheet" href="fonts/fonts.css"></head>')
    files = [cast(Any, Attachment)(string=e.content, name=e.name, description=e.description) for e in sample.embedded]
    page = cast(Any, HTML)(string=html, base_url=FOLDERS[0].as_uri() + "/")
    return cast(bytes, page.write_pdf(pdf_variant="pdf/a-3a", attachments=files, cache=Pictures()))


_compiler: Any = None


def typst(sample: Sample, *, bare: bool = False) -> bytes:
    """By Typst, whose compiler keeps what it can between pages. `bare` is neither tagged nor archival."""
    global _compiler  # noqa: PLW0603
    import typst as library

    from countersign.press.pictures import code

    folder = FOLDERS[0]
    if _compiler is None:
        fonts = library.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder / "fonts"])
        source = HERE / "certificate.typ"
        _compiler = library.Compiler(source, root=PROGRAM, font_paths=fonts, ignore_system_fonts=True)
    p = sample.printed
    size, modules = code(p["check_url"])
    bits = f"{modules:0{size * size}b}"
    dark = "".join(f"M{i % size} {i // size}h1v1h-1z" for i, bit in enumerate(bits) if bit == "1")
    inputs = {
        "p": json.dumps(p),
        "earned": day(p["earned_on"]),
        "issued": day(p["issued_on"]),
        "name_step": str(step(p["name"], NAME_STEPS)),
        "title_step": str(step(p["title"], TITLE_STEPS)),
        "credential": sample.embedded[0].content.decode(),
        "verdict": sample.embedded[1].content.decode(),
        "qr": f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{dark}"/></svg>',
    }
    kind: dict[str, Any] = {"pdf_tags": False} if bare else {"pdf_standards": ["a-3a", "ua-1"]}
    return cast(bytes, _compiler.compile(format="pdf", sys_inputs=inputs, timestamp=1_790_000_000, **kind))


def typst_bare(sample: Sample) -> bytes:
    """By Typst, neither tagged nor archival: what it costs to set the page."""
    return typst(sample, bare=True)


WAYS: dict[str, tuple[Callable[[Sample], bytes], int]] = {
    "naive WeasyPrint": (naive, 10),
    "plain, press warm": (plain, 10),
    "Typst": (typst, 1),
    "Typst, bare": (typst_bare, 1),
    "ours": (ours, 1),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What one way took: milliseconds of the first one and of each other, the peak of memory in MiB, the mean size in KiB."""

    first: float
    each: float
    last: float
    memory: float
    size: float


def measure(way: str, number: int) -> Figures:
    """Make `number` certificates one way, in this process."""
    make, fraction = WAYS[way]
    count = max(number // fraction, 2)
    size, clock = 0, time.process_time
    all_ = list(samples(count))
    start = clock()
    size += len(make(all_[0]))
    first = clock() - start
    half = count // 2
    start = clock()
    for sample in all_[1:half]:
        size += len(make(sample))
    middle = clock()
    for sample in all_[half:]:
        size += len(make(sample))
    end = clock()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Figures(
        first * 1e3,
        (end - start) / (count - 1) * 1e3,
        (end - middle) / (count - half) * 1e3,
        memory,
        size / count / 1024,
    )


def _many(way: str, part: int, parts: int, number: int) -> int:
    make = WAYS[way][0]
    return sum(len(make(sample)) for index, sample in enumerate(samples(number)) if index % parts == part)


def by_all_cores(way: str, number: int) -> float:
    """Seconds by the clock for all certificates in as many processes as there are cores, their starting included."""
    cores = os.cpu_count() or 1
    start = time.perf_counter()
    with ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(_many, [way] * cores, range(cores), [cores] * cores, [number] * cores))
    return time.perf_counter() - start


def main() -> int:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"{number} certificates; milliseconds of processor time; later half apart, when the formes are made")
    print(
        f"{'':20}{'first':>9}{'each':>9}{'later':>9}{'per s':>9}{'ours is':>10}{'MiB':>8}{'KiB each':>10}", flush=True
    )
    found: dict[str, Figures] = {}
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        for way in WAYS:
            found[way] = pool.submit(measure, way, number).result()
    for way, f in found.items():
        times = f"{f.each / found['ours'].each:9.2f}x"
        print(
            f"{way:20}{f.first:9.0f}{f.each:9.2f}{f.last:9.2f}{1e3 / f.each:9.0f}{times}{f.memory:8.0f}{f.size:10.1f}"
        )
    for way in ("Typst", "ours"):
        seconds = by_all_cores(way, number)
        print(f"{way}, {os.cpu_count()} cores, start included: {number / seconds:.0f} certificates per second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
