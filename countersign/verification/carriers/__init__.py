"""From bytes or a link to the credential's own text."""
