"""Writes the page for people: .venv/bin/python -m tests.conformance"""

from tests.conformance.table import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
