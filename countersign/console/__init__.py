"""The console: the public pages on which anybody checks a certificate by its number or by its PDF.

Everything here only reads. Nothing is remembered between two requests but how often an address asked, so that there are
no sessions, no cookies, and nothing that a forged request could change.
"""

from countersign.console.application import application
from countersign.console.serving import serve

__all__ = ["application", "serve"]
