"""The operator's registry of issuers, and what only looks like one of them."""
