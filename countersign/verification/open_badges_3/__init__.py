"""Open Badges 3.0: the credential's body, its claims, its schema, refresh and endorsements."""
