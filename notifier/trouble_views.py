"""Private views of a reply that may not have gone, or that was refused: why, and what to do."""

import re
from typing import NamedTuple

from notifier.buttons import Rows, Verb
from notifier.scene import Scene
from notifier.sheet import Sheet
from pipeline import desk
from pipeline.desk import access
from store.states import OPEN, SendState
from store.tables import Complaint, ReplyPart

_CODE = re.compile(r"\b[245]\.([0-7]\.[0-9]{1,3})\b")


class _Cause(NamedTuple):
    """Keys of the text that says why, and of the one that says what to do."""

    why: str
    do: str


_OTHER_WAY, _LATER = "do-other-way", "do-later"
_NO_ADDRESS = _Cause("no-such-address", _OTHER_WAY)
_NO_DOMAIN = _Cause("no-such-domain", _OTHER_WAY)
_TOO_LARGE = _Cause("too-large", "do-shorter")
_UNREACHABLE = _Cause("unreachable", _LATER)
_SPAM = _Cause("spam", "do-technician")
_POLICY = _Cause("policy", "do-technician")
_UNKNOWN = _Cause("reason-unknown", "do-either")
_CAUSES = {
    "1.0": _NO_ADDRESS,
    "1.1": _NO_ADDRESS,
    "1.2": _NO_DOMAIN,
    "1.3": _NO_ADDRESS,
    "1.6": _NO_ADDRESS,
    "1.10": _NO_DOMAIN,
    "2.1": _Cause("mailbox-off", _OTHER_WAY),
    "2.2": _Cause("mailbox-full", _LATER),
    "2.3": _TOO_LARGE,
    "3.4": _TOO_LARGE,
    "4.1": _UNREACHABLE,
    "4.2": _UNREACHABLE,
    "4.4": _NO_DOMAIN,
    "4.7": _UNREACHABLE,
}
"""https://www.rfc-editor.org/rfc/rfc3463#section-3 without its class; 7.x is policy."""
_NO_NUMBER = _Cause("no-such-number", "do-by-phone")
_OFF = _Cause("phone-off", _LATER)
_OPTED_OUT = _Cause("opted-out", "do-by-phone")
_GATEWAY = {
    "21211": _NO_NUMBER,
    "21614": _NO_NUMBER,
    "30005": _NO_NUMBER,
    "30006": _NO_NUMBER,
    "63003": _NO_NUMBER,
    "30003": _OFF,
    "30004": _OPTED_OUT,
    "30007": _SPAM,
    "opted-out": _OPTED_OUT,
}
"""https://www.twilio.com/docs/api/errors"""
_BY_NUMBER = ("whatsapp", "sms")
"""Media whose people have a telephone number and no mailbox."""


def doubt(scene: Scene) -> tuple[Sheet, Rows]:
    """Nobody knows whether it went: a person looks, and says."""
    sheet, part = _open(scene, SendState.UNKNOWN)
    if part is None:
        return sheet, ()
    reply, complaint = scene.reply(), scene.complaint()
    sheet.line(scene.say("reply.in-doubt", number=complaint.number, version=reply.version))
    _which(scene, sheet, part)
    if not _decides(scene, sheet):
        return sheet, ()
    by_number = complaint.medium in _BY_NUMBER
    sheet.line(scene.say("reply.look-first-chat" if by_number else "reply.look-first"))
    return sheet, (tuple(scene.button(verb, part.id) for verb in (Verb.RESEND, Verb.SENT)),)


def failed(scene: Scene) -> tuple[Sheet, Rows]:
    """Refused for good, at once or after a while; why, and what to do."""
    sheet, part = _open(scene, SendState.FAILED)
    if part is None:
        return sheet, ()
    reply, complaint = scene.reply(), scene.complaint()
    cause = _cause(part.reason)
    returned = part.accepted_at and complaint.medium not in _BY_NUMBER
    key = "reply.came-back" if returned else "reply.refused"
    why = _why(scene, cause, part.reason)
    sheet.line(scene.say(key, number=complaint.number, version=reply.version, reason=why))
    _which(scene, sheet, part)
    newest = access.newest_reply(scene.db, reply.complaint_id)
    if newest is None or newest.id != reply.id:
        sheet.line(scene.say("reply.newer"))
        return sheet, ()
    sheet.line(scene.say(f"reply.{cause.do}"))
    _still_open(scene, sheet, complaint)
    if not _decides(scene, sheet):
        return sheet, ()
    return sheet, ((scene.button(Verb.RESEND, part.id),),)


def _open(scene: Scene, state: SendState) -> tuple[Sheet, ReplyPart | None]:
    """An empty sheet and the part in this state; one that says so where it is in none."""
    part = scene.db.get(ReplyPart, scene.number_in("part_id"))
    sheet = scene.sheet()
    if part is not None and part.state is state:
        return sheet, part
    reply, complaint = scene.reply(), scene.complaint()
    sheet.line(scene.say("reply.settled", version=reply.version, number=complaint.number))
    return sheet, None


def _which(scene: Scene, sheet: Sheet, part: ReplyPart) -> None:
    """Of an answer in several parts; those after it wait."""
    count = len(desk.parts_of(scene.db, part.reply_id))
    if count > 1:
        sheet.line(scene.say("reply.which-part", position=part.position + 1, parts=count))


def _decides(scene: Scene, sheet: Sheet) -> bool:
    reader = scene.reader()
    if reader is not None and access.leads(reader):
        return True
    sheet.line(scene.say("reply.coordinator-decides"))
    return False


def _cause(reason: str) -> _Cause:
    if reason.endswith("spam"):
        return _SPAM
    if reason in _GATEWAY:
        return _GATEWAY[reason]
    match = _CODE.search(reason)
    detail = match[1] if match else ""
    return _CAUSES.get(detail, _POLICY if detail.startswith("7.") else _UNKNOWN)


def _why(scene: Scene, cause: _Cause, reason: str) -> str:
    code = reason.removesuffix("spam").strip()[:100]
    if not code:
        return scene.say(
            "reply.reason-none" if cause is _UNKNOWN else f"reply.{cause.why}", code="–"
        )
    return scene.say(f"reply.{cause.why}", code=code)


def _still_open(scene: Scene, sheet: Sheet, complaint: Complaint) -> None:
    """The answer is still owed, and its clock never stopped."""
    if complaint.status not in OPEN or complaint.replied_at is not None:
        return
    if complaint.answer_due_at is None:
        sheet.line(scene.say("reply.still-open"))
    else:
        sheet.line(scene.say("reply.still-due", due=scene.due(complaint.answer_due_at)))
