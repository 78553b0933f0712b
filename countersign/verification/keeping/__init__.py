"""Verification on the store: cases and verdicts written, held, looked at again, replayed."""
