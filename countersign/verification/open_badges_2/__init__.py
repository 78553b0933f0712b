"""Open Badges 1.0 to 2.1: hosted assertions and signed ones."""
