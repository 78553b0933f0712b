"""Every module of the corpus, imported so that its forgeries are entered: all that lie in this folder."""

import importlib
import pkgutil

from tests import forgeries

for _module in pkgutil.iter_modules(forgeries.__path__):
    if not _module.name.startswith(("test_", "__", "all_")):
        importlib.import_module(f"{forgeries.__name__}.{_module.name}")
