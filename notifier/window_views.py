"""What people read about a provider's time to answer, and the task to telephone after it."""

from datetime import datetime

from channels.message import RouteKind
from notifier.buttons import Button, Rows, Verb
from notifier.scene import Scene
from notifier.sheet import Sheet
from pipeline import desk, window
from pipeline.desk import access
from store import waiting
from store.states import AT_GATEWAY, OPEN, SendState
from store.tables import Complaint, Contact, Reply, ReplyPart


def closes(scene: Scene, case: Complaint) -> str:
    """Until when the case can be answered freely, or that it cannot any more; empty where there
    is no such limit, or no answer is owed.
    """
    if case.window_until is None or case.status not in OPEN:
        return ""
    return _closes(scene, case.window_until)


def _closes(scene: Scene, until: datetime) -> str:
    if until <= scene.now:
        return scene.say("window.closed")
    return scene.say("window.closes", due=scene.due(until))


def prospect(scene: Scene, reply: Reply) -> str:
    """What approving this version does now; empty where it simply leaves."""
    parts = desk.parts_of(scene.db, reply.id or 0)
    if not parts or any(part.state is not SendState.HELD for part in parts):
        return ""
    if reply.route != RouteKind.PRIVATE:
        return ""
    kind, until = window.prospect(scene.db, scene.office, scene.now, reply, parts[0].account_id)
    if kind is RouteKind.TEMPLATE:
        return scene.say("window.template")
    if kind is RouteKind.MANUAL:
        return scene.say("window.call")
    return scene.say("window.at-once", due=scene.due(until)) if until else ""


def progress(scene: Scene, part: ReplyPart) -> str:
    """How an approved answer stands that waits."""
    return scene.say(f"reply.waits-{part.waits_for}")


def phoned(scene: Scene, part: ReplyPart) -> tuple[Button, ...]:
    """Whoever does not want to wait for the citizen may telephone."""
    if part.waits_for != waiting.WINDOW:
        return ()
    return (scene.button(Verb.SENT, part.id, label="called"),)


def call(scene: Scene) -> tuple[Sheet, Rows]:
    """Somebody has to telephone: the number, and what to read out."""
    reply, complaint = scene.reply(), scene.complaint()
    parts = desk.parts_of(scene.db, reply.id or 0)
    waits = [part for part in parts if part.waits_for == waiting.CALL]
    sheet = scene.sheet()
    if not waits:
        done = all(part.state in AT_GATEWAY for part in parts)
        phoned = any(part.reason == desk.PHONED for part in parts)
        key = "call.done" if done and phoned else "call.needless"
        sheet.line(scene.say(key, number=complaint.number))
        return sheet, ()
    sheet.line(scene.say("call.title", number=complaint.number))
    reader = scene.reader()
    if reader is None or not access.may_read(scene.office, reader, complaint):
        sheet.line(scene.say("call.not-yours"))
        return sheet, ()
    contact = scene.db.get_one(Contact, complaint.contact_id)
    number = phone(contact.address)
    sheet.line(scene.party(contact.name, number) if number else scene.contact(complaint))
    if complaint.answer_due_at is not None and complaint.replied_at is None:
        sheet.line(scene.say("reply.still-due", due=scene.due(complaint.answer_due_at)))
    sheet.line(scene.say("call.text"))
    sheet.whole("\n".join(part.text for part in waits))
    return sheet, ((scene.button(Verb.SENT, waits[0].id, label="called"),),)


def phone(address: str) -> str:
    """A telephone number as people read it, `+62 812-3456-7890`; empty for another address."""
    digits = address.removeprefix("whatsapp:").removeprefix("+")
    if digits == address or not (digits.isascii() and digits.isdigit()):
        return ""
    if not digits.startswith("62"):
        return f"+{digits}"
    rest = digits[2:]
    groups = [rest[:3], *(rest[at : at + 4] for at in range(3, len(rest), 4))]
    return f"+62 {'-'.join(groups)}"
