"""Signatures and the keys that count: JWS, Data Integrity, selective disclosure."""
