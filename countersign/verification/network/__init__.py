"""Documents read from the web: addresses compared, one guarded client, everything kept as evidence."""
