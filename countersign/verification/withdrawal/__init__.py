"""Whether the issuer has withdrawn a credential: lists of ids and of bits."""
