"""The W3C data model of verifiable credentials: its body, a token's claims, and lists served in its form."""
