"""Private views of a reply. A version is shown whole or cannot be approved."""

from sqlmodel import col, select

from channels.message import RouteKind
from notifier import check_views, part_views, window_views
from notifier.buttons import Rows, Verb
from notifier.scene import Scene
from notifier.sheet import Sheet
from pipeline import desk
from store.states import AT_GATEWAY, ReplyKind, SendState
from store.tables import Approval, Complaint, EventText, Reply, ReplyPart


def approval(scene: Scene) -> tuple[Sheet, Rows]:
    """Complaint and draft, where it goes, and the buttons bound to this very version."""
    reply, complaint = scene.reply(), scene.complaint()
    sheet = scene.sheet()
    sheet.line(
        scene.say(
            "reply.first" if reply.version == 1 else "reply.next",
            version=reply.version,
            channel=scene.channel(complaint),
            route=scene.word("route", reply.route),
        )
    )
    sheet.line(scene.say("reply.to", recipient=scene.party(reply.recipient_name, reply.recipient)))
    _no_way_back(scene, sheet, reply, complaint)
    if line := window_views.prospect(scene, reply):
        sheet.line(line)
    if reply.kind is not ReplyKind.ANSWER:
        sheet.line(scene.say(f"reply.{reply.kind}"))
    words = "\n".join(it.text or it.full_text for it in scene.messages(complaint))
    template = scene.say("reply.complaint", number=complaint.number, quote="{quote}")
    sheet.quote(template, words)
    sheet.line(scene.say("reply.draft", version=reply.version))
    sheet.whole(reply.text)
    for line in check_views.lookouts(scene, reply, complaint):
        sheet.line(line)
    if line := part_views.weight(scene, reply, complaint):
        sheet.line(line)
    if sheet.overflows:
        short = scene.sheet()
        short.line(scene.say("reply.long"))
        short.quote("{quote}", reply.text)
        return short, ()
    note, may_decide = _standing(scene, reply)
    if note:
        sheet.line(note)
    if not may_decide:
        return sheet, ()
    digest = desk.digest_of(reply)
    return sheet, (
        tuple(scene.button(verb, reply.id, digest) for verb in (Verb.APPROVE, Verb.CHANGES)),
    )


def _standing(scene: Scene, reply: Reply) -> tuple[str, bool]:
    """What to say about this version, and whether this reader is asked to decide on it."""
    newest = scene.db.exec(
        select(Reply.version)
        .where(Reply.complaint_id == reply.complaint_id)
        .order_by(col(Reply.version).desc())
    ).first()
    parts = desk.parts_of(scene.db, reply.id or 0)
    step = desk.next_step(scene.db, scene.office, reply)
    if step is None:
        return scene.say("reply.approved"), False
    if newest != reply.version or any(part.state is not SendState.HELD for part in parts):
        return scene.say("reply.void"), False
    reader = scene.reader()
    if reader is not None and reader.role == step:
        return "", True
    return scene.say("reply.waits", role=step), False


def forwarded(scene: Scene) -> tuple[Sheet, Rows]:
    """The draft is with the next approver."""
    reply, complaint = scene.reply(), scene.complaint()
    to = scene.params.get("to") or scene.office.approval[0]
    sheet = scene.sheet()
    sheet.line(scene.say("reply.forwarded", version=reply.version, role=to))
    sheet.line(complaint.number)
    _no_way_back(scene, sheet, reply, complaint)
    for line in check_views.lookouts(scene, reply, complaint):
        sheet.line(line)
    return sheet, ()


def _no_way_back(scene: Scene, sheet: Sheet, reply: Reply, complaint: Complaint) -> None:
    if reply.route == RouteKind.MANUAL and complaint.channel == "email":
        sheet.line(scene.say("reply.no-way-back"))


def note(scene: Scene) -> tuple[Sheet, Rows]:
    """What the coordinator wants changed, in the coordinator's own words."""
    reply, complaint = scene.reply(), scene.complaint()
    found = scene.db.get(EventText, scene.number_in("event_id"))
    sheet = scene.sheet()
    template = scene.say(
        "reply.note", version=reply.version, number=complaint.number, quote="{quote}"
    )
    sheet.quote(template, found.text if found else "")
    sheet.line(scene.say("reply.note-how"))
    return sheet, ()


def approved(scene: Scene) -> tuple[Sheet, Rows]:
    """Approved, and what became of it; «dikirim» is when it leaves, until the gateway has it."""
    reply, complaint = scene.reply(), scene.complaint()
    last = scene.db.exec(
        select(Approval.approved_at)
        .where(Approval.reply_id == reply.id)
        .order_by(col(Approval.approved_at).desc())
    ).first()
    parts = desk.parts_of(scene.db, reply.id or 0)
    part = _worst(parts)
    head = scene.say("reply.approved-at", version=reply.version, approved=scene.time(last))
    sheet = scene.sheet()
    sheet.line(head + _progress(scene, complaint, part))
    sheet.line(complaint.number)
    if part is None:
        return sheet, ()
    if all(each.state is SendState.PENDING for each in parts):
        return sheet, ((scene.button(Verb.UNDO, reply.id), *window_views.phoned(scene, part)),)
    if part.state in AT_GATEWAY:
        return sheet, ((scene.button(Verb.CORRECT, complaint.id),),)
    return sheet, ()


def _progress(scene: Scene, complaint: Complaint, part: ReplyPart | None) -> str:
    if part is None:
        return "."
    match part.state:
        case SendState.PENDING if complaint.foreign_answer:
            return scene.say("reply.foreign")
        case SendState.PENDING if part.waits_for:
            return window_views.progress(scene, part)
        case SendState.PENDING if part.due_at is None:
            return scene.say("reply.by-hand")
        case SendState.PENDING:
            key = "reply.again" if part.attempts else "reply.leaves"
            return scene.say(key, time=scene.time(part.due_at))
        case SendState.SENDING:
            return scene.say("reply.leaving")
        case SendState.CANCELLED | SendState.SUPERSEDED | SendState.FAILED:
            return scene.say(f"reply.{part.state}")
        case SendState.UNKNOWN:
            return scene.say("reply.doubt")
        case SendState.HELD:
            return "."
    return scene.say("reply.leaves", time=scene.time(part.accepted_at))


_GRAVEST_FIRST = (
    SendState.FAILED,
    SendState.UNKNOWN,
    SendState.CANCELLED,
    SendState.SUPERSEDED,
    SendState.SENDING,
    SendState.PENDING,
    SendState.HELD,
    *AT_GATEWAY,
)


def _worst(parts: list[ReplyPart]) -> ReplyPart | None:
    """The part that says how the whole reply stands."""
    return min(parts, key=lambda part: _GRAVEST_FIRST.index(part.state), default=None)


def receipt(scene: Scene) -> tuple[Sheet, Rows]:
    """The gateway has it; accepted and delivered are different words."""
    reply, complaint = scene.reply(), scene.complaint()
    part = _worst(desk.parts_of(scene.db, reply.id or 0))
    key = "reply.receipt-hand" if reply.route == RouteKind.MANUAL else "reply.receipt"
    if part is not None and part.reason == desk.PHONED:
        key = "reply.receipt-phone"
    text = scene.say(
        key,
        accepted=scene.time(part.accepted_at if part else None),
    )
    if part is not None and part.delivered_at is not None:
        text += scene.say("reply.delivered", delivered=scene.time(part.delivered_at))
    if part is not None and part.state is SendState.READ:
        text += scene.say("reply.read")
    if part is not None and part.state is SendState.PENDING:
        text = scene.say("reply.receipt-void")
    sheet = scene.sheet()
    sheet.line(text)
    sheet.line(complaint.number)
    return sheet, ()


def cancelled(scene: Scene) -> tuple[Sheet, Rows]:
    """Called back; it can be submitted again."""
    reply, complaint = scene.reply(), scene.complaint()
    sheet = scene.sheet()
    sheet.line(scene.say("reply.undone", version=reply.version))
    sheet.line(complaint.number)
    return sheet, ((scene.button(Verb.RESUBMIT, reply.id),),)


def copy(scene: Scene) -> tuple[Sheet, Rows]:
    """The approved answer, ready to be copied with a tap."""
    reply, complaint = scene.reply(), scene.complaint()
    part = scene.db.get(ReplyPart, scene.number_in("part_id"))
    sheet = scene.sheet()
    if part is None or part.state is not SendState.PENDING:
        done = part is not None and part.state in AT_GATEWAY
        key = "reply.copied" if done else "reply.settled"
        version = {} if done else {"version": reply.version}
        sheet.line(scene.say(key, number=complaint.number, **version))
        return sheet, ()
    sheet.line(
        scene.say(
            "reply.copy",
            number=complaint.number,
            channel=scene.channel(complaint),
            recipient=scene.party(reply.recipient_name, reply.recipient),
        )
    )
    sheet.whole(part.text, "pre")
    return sheet, ((scene.button(Verb.SENT, part.id, label="copied"),),)
