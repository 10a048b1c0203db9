"""What an automatic message says, drawn from the truth when its sending begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from pipeline import window
from pipeline.autoreplies import receipts, texts
from pipeline.autoreplies.rules import may_reach, way
from pipeline.calendar import format_due
from pipeline.ports import Office
from store.states import AutoReplyKind
from store.tables import AutoReply, Complaint, Contact, Message

_SMS_ONLY = ("android", "gammu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """An automatic message as it leaves."""

    text: str
    subject: str = ""
    """Of a mail, exactly as it is to stand there."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What a template's blanks are filled with."""
    in_reply_to: str = ""
    references: str = ""
    """Space-separated ids, as `Reply.references`."""


def words(db: Session, office: Office, now: datetime, row: AutoReply) -> Words | None:
    """The content of `row` at this moment; None where nobody wants it any more: the case is no
    complaint, the person said STOP, the window has closed, receipts are off.

    Called in the write transaction that begins the sending: a receipt that would follow another
    too soon hands its cases to a later one and is None.
    """
    person = db.get_one(Contact, row.contact_id)
    reachable = may_reach(db, person)
    match row.kind:
        case AutoReplyKind.OPT_OUT if not reachable:
            text = texts.opted_out()
        case AutoReplyKind.OPT_IN if reachable:
            text = texts.opted_in()
        case AutoReplyKind.EMERGENCY if reachable:
            return _emergency(db, office, now, row, person)
        case AutoReplyKind.RECEIPT if reachable and office.settings.receipts:
            return _receipt(db, office, now, row, person)
        case AutoReplyKind.TEMPLATE if reachable:
            blanks = window.words_of(db, row)
            return Words(text=blanks[0], variables=blanks[1]) if blanks else None
        case _:
            return None
    return Words(text=text) if _open(office, now, row, person) else None


def _open(office: Office, now: datetime, row: AutoReply, person: Contact) -> bool:
    """Whether it can still go out for nothing. An account that is not configured now says
    nothing about the window: whoever sends waits for it.
    """
    account = next((name for name, id_ in office.accounts.items() if id_ == row.account_id), "")
    if account not in office.channels:
        return True
    return way(office, account, person.address, now, person.heard_at) is not None


def _emergency(
    db: Session, office: Office, now: datetime, row: AutoReply, person: Contact
) -> Words | None:
    asked = db.get(Message, int(row.key.partition(":")[2]))
    if asked is None or not _open(office, now, row, person):
        return None
    text = texts.emergency(office.emergency, asked.text)
    return _threaded(asked, text, texts.emergency_subject(office.emergency))


def _receipt(
    db: Session, office: Office, now: datetime, row: AutoReply, person: Contact
) -> Words | None:
    cases = receipts.named_in(db, row)
    if not cases or not _open(office, now, row, person):
        return None
    if receipts.put_off(db, office, now, row):
        return None
    numbers, day = [case.number for case in cases], _promised(office, now, cases)
    if _is_sms(person, cases):
        return Words(text=texts.short_receipt(numbers, day, office.emergency))
    if person.channel != "email":
        return Words(text=texts.long_receipt(numbers, day, office.emergency))
    asked = db.exec(
        select(Message)
        .where(col(Message.complaint_id).in_([case.id for case in cases]))
        .where(Message.contact_id == person.id)
        .order_by(col(Message.id).desc())
        .limit(1)
    ).first()
    subject, text = texts.mail_receipt(numbers, day, office.emergency, office.name)
    return _threaded(asked, text, subject)


def _promised(office: Office, now: datetime, cases: list[Complaint]) -> str:
    """The day by which all of them are answered, «Jum 27/11»; empty where it is over, was kept
    already, or the procedure promises none.
    """
    left = [case.answer_due_at for case in cases if case.replied_at is None]
    dues = [due for due in left if due is not None]
    if not dues or len(dues) < len(left) or max(dues) <= now:
        return ""
    return format_due(max(dues), office.calendar.zone, "id").rpartition(" ")[0]


def _is_sms(person: Contact, cases: list[Complaint]) -> bool:
    by_number = person.channel == "twilio" and not person.address.startswith("whatsapp:")
    return person.channel in _SMS_ONLY or by_number or cases[-1].medium == "sms"


def _threaded(asked: Message | None, text: str, subject: str) -> Words:
    if asked is None or asked.channel != "email":
        return Words(text=text)
    ids = [*asked.references.split(), asked.external_id]
    return Words(
        text=text,
        subject=subject,
        in_reply_to=asked.external_id,
        references=" ".join(dict.fromkeys(filter(None, ids))),
    )
