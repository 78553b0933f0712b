"""The corpus of forgeries, a module for each kind of proof (see `corpus`)."""
