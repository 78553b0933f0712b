"""From a link to the credential behind it: one step, and one more where a badge page says for itself where its credential is."""

from countersign.verification.carriers import extraction, pages
from countersign.verification.carriers.extraction import Payload
from countersign.verification.carriers.unreadable import Damaged, Empty
from countersign.verification.exam import Exam
from countersign.verification.findings import Finding
from countersign.verification.network.documents import Missing, fetch
from countersign.verification.network.web import Refused, Unreachable
from countersign.verification.open_badges_2 import ob2_hosted
from models.credentials import Carrier, CheckName, Fetched

SEND_THE_FILE = "Send the badge file itself instead of the link."
ON_THE_PAGE = "Open the page, download the badge there (as a file, not as a picture of the screen), and send that file."


def follow(exam: Exam, address: str) -> Payload:
    """What an address leads to, which must be a credential itself, not another address.

    Raises Damaged or Empty when it leads to none, Ended when that cannot be told now or the credential was withdrawn.
    """
    exam.document = address.encode()
    try:
        answer = _asked(exam, address, "The credential behind the link")
    except Missing as missing:
        if isinstance(missing.__cause__, Refused):
            raise Damaged(missing.finding.detail, SEND_THE_FILE) from missing
        exam.findings.end(CheckName.extracted, missing.finding)
    if extraction.kind_of(answer.content) is None and pages.is_page(answer.content):
        return _offered(exam, answer)
    return _carried(answer, address)


def _offered(exam: Exam, page: Fetched) -> Payload:
    """The first credential among what a page offers. What is down now may be it, so the page is then asked again later."""
    doubt: Finding | None = None
    damage: Damaged | None = None
    for offer in pages.offers(page):
        try:
            payload = _carried(_asked(exam, offer.address, "The credential that the badge page offers"), offer.address)
        except Missing as missing:
            if isinstance(missing.__cause__, Refused):
                damage = damage or (Damaged(missing.finding.detail, SEND_THE_FILE) if offer.promised else None)
            elif offer.promised or isinstance(missing.__cause__, Unreachable):
                doubt = doubt or missing.finding
        except Damaged as error:
            damage = damage or error
        except Empty:
            continue
        else:
            if extraction.is_credential(payload):
                return payload
    if doubt is not None:
        exam.findings.end(CheckName.extracted, doubt)
    if damage is not None:
        raise damage
    raise Empty("The link leads to a page, not to a credential.", ON_THE_PAGE)


def _asked(exam: Exam, address: str, what: str) -> Fetched:
    """The answer at an address, which from here on is where the credential came from. Raises Missing."""
    exam.address = address
    try:
        return fetch(exam.fetcher, address, what)
    except Missing as missing:
        if missing.status == 410 and exam.registry.at_origin(address):
            ob2_hosted.gone(exam, address)
        raise


def _carried(answer: Fetched, address: str) -> Payload:
    kind = extraction.kind_of(answer.content)
    if kind is None:
        raise Empty("The link leads to a file that is no credential.", SEND_THE_FILE)
    payload = extraction.extract(Carrier(name=address, kind=kind, content=answer.content))
    if payload.url:
        raise Damaged("The link leads to a badge that is only another link.", SEND_THE_FILE)
    return payload
