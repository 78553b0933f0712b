"""Conformance: what the publishers of the fixtures say of each file, and what we say."""
