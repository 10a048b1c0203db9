"""The group's card, and what other lists of cases share with it: no word of a citizen's."""

from collections import Counter

from sqlmodel import col, select

from notifier import window_views
from notifier.buttons import Button, Rows, Verb
from notifier.scene import Scene, short
from notifier.sheet import LIMIT, Sheet, units
from store.states import OPEN, Kind, Status
from store.tables import Alert, Complaint

_MOST_BUTTONS = 20


def card(scene: Scene) -> tuple[Sheet, Rows]:
    """The group's: numbers, channels and due times, no word of a citizen's."""
    found = scene.db.exec(
        select(Alert, Complaint)
        .join(Complaint, col(Alert.complaint_id) == col(Complaint.id))
        .where(Alert.post_id == scene.post.id)
        .order_by(col(Alert.id))
    ).all()
    joined: dict[int, bool] = {}
    count = Counter(complaint.id or 0 for _, complaint in found)
    for alert, complaint in found:
        joined[complaint.id or 0] = joined.get(complaint.id or 0, True) and alert.joined
    cases = list({complaint.id: complaint for _, complaint in found}.values())
    sheet = scene.sheet()
    if not cases:
        sheet.line(scene.say("card.empty"))
        return sheet, ()
    if len(cases) == 1:
        _single(scene, sheet, cases[0], joined, count)
    else:
        _several(scene, sheet, cases, joined, count)
    free = [case for case in cases if not scene.taken_by(case) and case.status in OPEN]
    return sheet, _card_buttons(scene, free, single=len(cases) == 1)


def plain(scene: Scene) -> Sheet:
    """The same where that cannot be shown: every number, for an alert must not be missing."""
    numbers = scene.db.exec(
        select(Complaint.number)
        .join(Alert, col(Alert.complaint_id) == col(Complaint.id))
        .where(Alert.post_id == scene.post.id)
        .distinct()
    ).all()
    sheet = scene.sheet()
    for number in sorted(numbers):
        sheet.line(scene.say("card.plain", number=number))
    sheet.line(scene.say("card.plain-how"))
    return sheet


def _single(
    scene: Scene, sheet: Sheet, case: Complaint, joined: dict[int, bool], count: Counter[int]
) -> None:
    key = "card.joined" if joined[case.id or 0] else "card.new"
    sheet.line(_head(scene, key, case, count))
    if line := dues(scene, case):
        sheet.line(line)
    if line := progress(scene, case):
        sheet.line(line)


def _several(
    scene: Scene,
    sheet: Sheet,
    cases: list[Complaint],
    joined: dict[int, bool],
    count: Counter[int],
) -> None:
    sheet.line(scene.say("card.many", count=len(cases)))
    lines = [_many_line(scene, case, joined, count) for case in cases]
    if units("\n".join(lines)) > LIMIT - 100:
        # A number missing from the card is an alert that never was: details go first.
        lines = [case.number for case in cases]
    for line in lines:
        sheet.line(line)


def _many_line(scene: Scene, case: Complaint, joined: dict[int, bool], count: Counter[int]) -> str:
    key = "card.many-joined" if joined[case.id or 0] else "card.many-line"
    parts = [_head(scene, key, case, count)]
    if case.answer_due_at:
        parts.append(scene.say("card.answer-due", due=scene.due(case.answer_due_at)))
    parts += [window_views.closes(scene, case), progress(scene, case)]
    return " · ".join(filter(None, parts))


def _head(scene: Scene, key: str, case: Complaint, count: Counter[int]) -> str:
    """Danger first, then the case, then how many messages of it stand on this card."""
    parts = [scene.say("card.emergency")] if case.kind is Kind.EMERGENCY else []
    parts.append(scene.say(key, number=case.number, channel=scene.channel(case)))
    if count[case.id or 0] > 1:
        parts.append(scene.say("card.messages", count=count[case.id or 0]))
    return " · ".join(parts)


def urgent(scene: Scene) -> bool:
    """Whether what the post shows is worth waking somebody."""
    shown = select(Alert.complaint_id).where(Alert.post_id == scene.post.id)
    found = scene.db.exec(
        select(Complaint.id).where(
            (col(Complaint.id) == scene.post.complaint_id) | col(Complaint.id).in_(shown),
            (col(Complaint.kind) == Kind.EMERGENCY) | (col(Complaint.urgency) == "red"),
        )
    )
    return found.first() is not None


def _card_buttons(scene: Scene, free: list[Complaint], *, single: bool) -> Rows:
    link = Button(scene.say("button.open-bot"), url=f"https://t.me/{scene.username}?start=case")
    if single:
        return ((*(scene.button(Verb.TAKE, case.id) for case in free), link),)
    return (*takes(scene, free), (link,))


def dues(scene: Scene, case: Complaint) -> str:
    """The promises that run for a case, and until when it can be answered freely, on one line."""
    clocks = (("card.alert-due", case.alert_due_at), ("card.answer-due", case.answer_due_at))
    lines = [scene.say(key, due=scene.due(due)) for key, due in clocks if due]
    return " · ".join(filter(None, [*lines, window_views.closes(scene, case)]))


def progress(scene: Scene, case: Complaint) -> str:
    """In whose hands it is and how far it came; empty while nothing happened."""
    parts = []
    if name := scene.taken_by(case):
        parts.append(scene.say("card.taken", name=name))
    if case.status not in (Status.NEW, Status.TAKEN):
        parts.append(scene.say("card.status", status=scene.word("status", case.status)))
    return " · ".join(parts)


def takes(scene: Scene, free: list[Complaint]) -> Rows:
    """[Saya tangani 0042], two a row, twenty at most."""
    takes = [
        scene.button(Verb.TAKE, case.id, label="take-one", short=short(case))
        for case in free[:_MOST_BUTTONS]
    ]
    return tuple(tuple(takes[at : at + 2]) for at in range(0, len(takes), 2))
