"""The short words under which verification puts something into the review queue."""

from models.words import Doubt

UNREACHABLE = "unreachable"
"""A site that is needed for the proof did not answer, or not with what is needed; it is tried again by itself."""

UNPROVEN = "unproven"
"""A check could not be carried out, and a person has to do something before it can be."""

HOLDS = (UNREACHABLE, UNPROVEN)
"""Those that stand for a case which verification holds: `dismiss_case` ends it."""

UNEXAMINED = "unexamined"
"""The examination of a carrier broke down."""

TWO_CONTENTS = "same_id_differs"
"""The issuer signed two contents under one id; the case itself is not held."""

ENDED_BEFORE = "ended_before"
"""A person ended it, or another case of the same award, and it came again and is proven: `admit_case` and `end_again` decide."""

REVOKED_LATER = Doubt.revoked_later.value
"""A credential that is already counted was withdrawn by its issuer; the case itself is not held."""

UNCLEAR = Doubt.unclear.value
"""Looked at again, a credential that is already counted is neither proven nor refuted, and a person has to find out."""

NOT_RECHECKED = Doubt.not_rechecked.value
"""Its status could not be looked up again before it was to be paid for; tried again by itself."""

DOUBTS = (REVOKED_LATER, UNCLEAR, NOT_RECHECKED)
"""Those that keep what was granted from being paid: `keep_case` and `withdraw_case` decide."""
