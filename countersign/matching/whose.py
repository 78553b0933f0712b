"""Whose a row of an office's table is: by member number, else by the district's employee id, else by e-mail address."""

from collections.abc import Mapping

from sqlmodel import Session, col, select

from models.tables import Address, Educator, Employment

WHO = ("member_number", "employee_id", "email")
"""The columns that say it, the one that counts first."""


def whose(session: Session, row: Mapping[str, str], district: str) -> int:
    """The id of the educator whom the row names; `district` is whose employee ids they are. Raises ValueError with a sentence."""
    if row["member_number"]:
        query = select(Educator.id).where(col(Educator.member_number) == row["member_number"])
        who = f"member number {row['member_number']}"
    elif row["employee_id"]:
        query = (
            select(Employment.educator_id)
            .where(col(Employment.district) == district, col(Employment.employee_id) == row["employee_id"])
            .distinct()
        )
        who = f"employee id {row['employee_id']} of {district}"
    elif row["email"]:
        query = select(Address.educator_id).where(col(Address.folded) == row["email"].casefold())
        who = f"e-mail address {row['email'][:80]}"
    else:
        raise ValueError(f"none of {', '.join(WHO)} says whose it is")
    found = session.exec(query).all()
    if len(found) != 1:
        raise ValueError(f"{'nobody' if not found else 'more than one educator'} on the roster has the {who}")
    return found[0]
