"""Countersign: micro-credentials forwarded by educators, proven, decided and countersigned. One room per stage."""

__version__ = "0.4.0"
