"""Facts that people record: their types, the desk, the commands."""
