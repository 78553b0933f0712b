"""What the business knows: tables and value types. No input or output, and nothing of ours is imported here.

Two halves, so that a command that needs no database never loads one:

* value types (`models.credentials`, `models.agreement`, `models.records`, `models.text`, `models.words`): plain frozen
  dataclasses and pydantic models;
* `models.tables`: the SQLModel tables. Importing it costs about a second; only code that talks to the store does.
"""
