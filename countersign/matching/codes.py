"""The short words under which matching holds a case in the review queue."""

UNKNOWN = "unknown_person"
"""No address of the roster is the one that the micro-credential names."""

SEVERAL = "several_people"
"""The address that the micro-credential names belongs to two educators or more."""

SOMEBODY_ELSE = "somebody_else"
"""It was sent from the address of another member than the one it names."""

CODES = (UNKNOWN, SEVERAL, SOMEBODY_ELSE)
