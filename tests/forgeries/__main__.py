"""Writes the corpus: .venv/bin/python -m tests.forgeries"""

from tests.forgeries import all_of_them  # noqa: F401  # pyright: ignore[reportUnusedImport]
from tests.forgeries.corpus import write

write()
