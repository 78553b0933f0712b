"""The clauses of PDF/A-3a (ISO 19005-3), PDF/UA-1 (ISO 14289-1) and PDF 1.7 (ISO 32000-1) that our papers rest on, each as a check.

They read the file with pikepdf (qpdf), fontTools and an XML parser, none of which drew it. `broken` lists what does not hold,
clause by clause. That each check can fail is proven in test_clauses.py, where a good file is spoilt once for every clause.
veraPDF, the usual judge, is to be had neither from PyPI nor from Debian; these checks stand in for it.
"""

from collections.abc import Callable, Iterator

from tests.archive.opened import Document

A, UA, PDF = "ISO 19005-3", "ISO 14289-1", "ISO 32000-1"

Check = Callable[[Document], Iterator[str]]
CLAUSES: dict[str, tuple[str, Check]] = {}
"""Clause → what it asks for, and the check."""


def clause(standard: str, number: str, sentence: str) -> Callable[[Check], Check]:
    def entered(check: Check) -> Check:
        CLAUSES[f"{standard}, {number}"] = (sentence, check)
        return check

    return entered


def every() -> dict[str, tuple[str, Check]]:
    """All clauses."""
    from tests.archive import pdfa, pdfua

    assert pdfa.__name__  # they entered their clauses
    assert pdfua.__name__
    return CLAUSES


def broken(content: bytes) -> dict[str, list[str]]:
    """What does not hold, by clause; empty when all does."""
    document = Document(content)
    found = {name: list(check(document)) for name, (_, check) in every().items()}
    return {name: problems for name, problems in found.items() if problems}
