"""Private views of a case, and lists of cases."""

from collections.abc import Sequence

from sqlmodel import col, select

from notifier import part_views
from notifier.buttons import Button, Rows, Verb
from notifier.card_view import dues, progress, takes
from notifier.message_words import edited, marks, words
from notifier.scene import Scene, short
from notifier.sheet import Sheet
from store import waiting
from store.states import OPEN, Kind, Status, SuggestionState
from store.tables import Complaint, Contact, Message, Suggestion

_LISTED = 40
_ASIDE = 10


def case(scene: Scene) -> tuple[Sheet, Rows]:
    """A complaint in full, for whoever works on it."""
    complaint = scene.complaint()
    messages = scene.messages(complaint)
    sheet = scene.sheet()
    first, further = (messages[0] if messages else None), messages[1:]
    count = len(further)
    if scene.params.get("recorded"):
        sheet.line(scene.say("case.recorded", number=complaint.number))
    if complaint.kind is Kind.EMERGENCY:
        sheet.line(scene.say("card.emergency"))
    changed = edited(scene, complaint)
    after = marks(scene, first, changed)
    after += f" {scene.say('case.more', count=count)}" if count else ""
    template = scene.say("case.text", short=short(complaint), quote="{quote}")
    sheet.quote(template, words(scene, first), after)
    for position, message in enumerate(further[-_LISTED:], 1 + max(1, count - _LISTED + 1)):
        time = scene.time(message.received_at)
        template = scene.say("case.message", position=position, time=time, quote="{quote}")
        sheet.quote(template, words(scene, message), marks(scene, message, changed))
    sheet.line(scene.say("case.about", number=complaint.number, channel=scene.channel(complaint)))
    if line := dues(scene, complaint):
        sheet.line(line)
    sheet.line(scene.say("case.from", sender=scene.contact(complaint)))
    if first and first.subject:
        sheet.line(scene.say("case.subject", subject=first.subject[:200]))
    _warn(scene, sheet, complaint, messages)
    rows = _suggestions(scene, sheet, complaint)
    files = _files_button(scene, complaint, messages)
    if line := progress(scene, complaint):
        sheet.line(line)
    more_button = scene.button(Verb.MORE, complaint.id)
    if complaint.status not in OPEN:
        return sheet, (*rows, (*files, more_button))
    sheet.line(scene.say("case.write"))
    return sheet, (*rows, (scene.button(Verb.ASK, complaint.id), *files, more_button))


def joined(scene: Scene) -> tuple[Sheet, Rows]:
    """A further message of a case in somebody's hands, or a machine's answer to our reply."""
    complaint = scene.complaint()
    message = scene.db.get(Message, scene.number_in("message_id"))
    sheet = scene.sheet()
    automatic = scene.params.get("automatic")
    key = "case.automatic" if automatic else "case.joined"
    template = scene.say(key, number=complaint.number, quote="{quote}")
    sheet.quote(template, words(scene, message), marks(scene, message, edited(scene, complaint)))
    _warn(scene, sheet, complaint, [message] if message else [])
    if automatic:
        sheet.line(scene.say("case.automatic-how"))
    if automatic or message is None or not scene.attachments([message]):
        return sheet, ()
    return sheet, (_files_button(scene, complaint, scene.messages(complaint)),)


def _files_button(
    scene: Scene, complaint: Complaint, messages: Sequence[Message]
) -> tuple[Button, ...]:
    count = len(scene.attachments(messages))
    return (scene.button(Verb.FILES, complaint.id, count=count),) if count else ()


def _warn(scene: Scene, sheet: Sheet, complaint: Complaint, messages: Sequence[Message]) -> None:
    others = {message.contact_id for message in messages} - {complaint.contact_id}
    for contact in scene.db.exec(select(Contact).where(col(Contact.id).in_(others)).limit(3)):
        sheet.line(scene.say("case.other", sender=scene.party(contact.name, contact.address)))
    if files := scene.files(messages):
        sheet.line(scene.say("case.files", files=files))
    for line in part_views.fetching(scene, scene.attachments(messages)):
        sheet.line(line)
    if any(message.unreadable for message in messages):
        sheet.line(scene.say("case.unreadable"))
    if any(message.truncated for message in messages):
        sheet.line(scene.say("case.truncated"))


def _suggestions(scene: Scene, sheet: Sheet, complaint: Complaint) -> Rows:
    if complaint.merged_into:
        target = scene.db.get_one(Complaint, complaint.merged_into)
        sheet.line(scene.say("case.merged", number=target.number))
    found = scene.db.exec(
        select(Suggestion, Complaint)
        .join(Complaint, col(Suggestion.other_id) == col(Complaint.id))
        .where(Suggestion.complaint_id == complaint.id, Suggestion.state == SuggestionState.OPEN)
        .order_by(col(Suggestion.id))
        .limit(3)
    ).all()
    for _, other in found:
        sheet.line(scene.say("case.suggestion", number=other.number))
    return tuple(
        (
            scene.button(Verb.JOIN, suggestion.id, short=short(other)),
            scene.button(Verb.REJECT, suggestion.id, short=short(other)),
        )
        for suggestion, other in found
    )


def foreign(scene: Scene) -> tuple[Sheet, Rows]:
    """Somebody answered in the provider's program: which answer counts?"""
    complaint = scene.complaint()
    sheet = scene.sheet()
    if not complaint.foreign_answer:
        sheet.line(scene.say("case.foreign-done", number=complaint.number))
        return sheet, ()
    sheet.line(scene.say("case.foreign", number=complaint.number))
    choices = (Verb.ELSEWHERE, Verb.ANYWAY)
    return sheet, (tuple(scene.button(verb, complaint.id) for verb in choices),)


def menu(scene: Scene) -> tuple[Sheet, Rows]:
    """What stands under [Lainnya]: whatever applies to the case as it is."""
    complaint = scene.complaint()
    sheet = scene.sheet()
    status = scene.word("status", complaint.status)
    sheet.line(scene.say("menu.title", number=complaint.number, status=status))
    verbs = {
        Status.SET_ASIDE: [Verb.RESTORE],
        Status.CLOSED: [Verb.REOPEN],
        Status.ANSWERED: [Verb.CLOSE, Verb.REOPEN],
    }.get(complaint.status, [Verb.ASIDE, Verb.CLOSE])
    if complaint.merged_into:
        verbs.append(Verb.SPLIT)
    return sheet, (tuple(scene.button(verb, complaint.id) for verb in verbs),)


def listing(scene: Scene) -> tuple[Sheet, Rows]:
    """The open complaints, the most urgent first."""
    cases = scene.db.exec(
        select(Complaint)
        .where(Complaint.facility_id == scene.office.id, col(Complaint.status).in_(OPEN))
        .order_by(
            col(Complaint.answer_due_at).is_(None),
            col(Complaint.answer_due_at),
            col(Complaint.id),
        )
    ).all()
    sheet = scene.sheet()
    title = scene.say("list.title", count=len(cases)) if cases else scene.say("list.none")
    sheet.line(title)
    to_call = waiting.to_call(scene.db, scene.office.id)
    for complaint in cases[:_LISTED]:
        parts = [
            scene.say("list.call") if complaint.id in to_call else "",
            scene.say(
                "list.line",
                number=complaint.number,
                channel=scene.channel(complaint),
                status=scene.word("status", complaint.status),
            ),
            scene.taken_by(complaint)[:40],
        ]
        if complaint.answer_due_at:
            parts.append(scene.due(complaint.answer_due_at))
        sheet.line(" · ".join(filter(None, parts)))
    if len(cases) > _LISTED:
        sheet.line(scene.say("list.rest", count=len(cases) - _LISTED))
    free = [complaint for complaint in cases[:_LISTED] if not scene.taken_by(complaint)]
    return sheet, (*takes(scene, free), (scene.button(Verb.LIST_ASIDE, 0),))


def aside(scene: Scene) -> tuple[Sheet, Rows]:
    """What was set aside lately, by headers or by a person, and the way back."""
    messages = scene.db.exec(
        select(Message)
        .where(
            Message.facility_id == scene.office.id,
            col(Message.complaint_id).is_(None),
            Message.set_aside != "",
        )
        .order_by(col(Message.id).desc())
        .limit(_ASIDE)
    ).all()
    cases = scene.db.exec(
        select(Complaint)
        .where(Complaint.facility_id == scene.office.id, Complaint.status == Status.SET_ASIDE)
        .order_by(col(Complaint.id).desc())
        .limit(_ASIDE)
    ).all()
    sheet = scene.sheet()
    sheet.line(scene.say("aside.title" if messages or cases else "aside.none"))
    buttons = []
    for position, message in enumerate(messages, 1):
        sheet.line(_aside_line(scene, position, message))
        buttons.append(scene.button(Verb.PROMOTE, message.id, position=position))
    for complaint in cases:
        sheet.line(scene.say("aside.case", number=complaint.number))
        buttons.append(
            scene.button(Verb.RESTORE, complaint.id, label="restore-one", short=short(complaint))
        )
    return sheet, tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))


def _aside_line(scene: Scene, position: int, message: Message) -> str:
    contact = scene.db.get_one(Contact, message.contact_id)
    return scene.say(
        "aside.message",
        position=position,
        reason=scene.word("aside", message.set_aside),
        time=scene.due(message.received_at),
        sender=scene.party(contact.name, contact.address)[:80],
        subject=message.subject[:80] or "–",
    )
