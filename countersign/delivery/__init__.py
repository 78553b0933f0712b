"""Delivery: educators and staff are told. Messages are rows first, with the facts they tell, and are sent after.

`write_results` writes one mail for each educator with news, `write_credit_news` one on how far credit requests have come, `write_transcripts` the transcripts that were
asked for, `write_digest` the staff's digest, `send_messages` sends.
"""

from countersign.delivery.credit import write_credit_news
from countersign.delivery.digest import write_digest
from countersign.delivery.results import write_results
from countersign.delivery.sending import Sent, check_server, send_messages
from countersign.delivery.transcripts import Posted, mail_transcript, write_transcripts

__all__ = [
    "Posted",
    "Sent",
    "check_server",
    "mail_transcript",
    "send_messages",
    "write_credit_news",
    "write_digest",
    "write_results",
    "write_transcripts",
]
