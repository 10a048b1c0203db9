"""The stage `window`: one reminder before a window closes, and an end to waiting."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from pipeline.calendar import Lang, format_due
from pipeline.desk import access, tell
from pipeline.ports import Context, Office
from pipeline.quiet import quiet_hours
from pipeline.window.waits import in_hand, to_call
from store import events, waiting, windows
from store.states import Role
from store.tables import AutoReply, Complaint

BEFORE = timedelta(hours=2)
"""So long before it closes people are reminded,"""
EVENING = timedelta(hours=1)
"""or so long before the quiet hours in which that moment falls."""
PATIENCE = timedelta(hours=24)
"""So long a citizen who was told that an answer is ready may take to ask for it."""
_AT_ONCE = 50
"""Cases in one transaction."""


def window_due(ctx: Context) -> datetime | None:
    """Remind, and give up waiting. Returns when to look again, None when nothing is to come."""
    moments: list[datetime | None] = []
    for office in ctx.offices.values():
        moments += [_remind(ctx, office), _give_up(ctx, office)]
    return min((moment for moment in moments if moment), default=None)


def remind_at(until: datetime, quiet: str, zone: ZoneInfo) -> datetime:
    """When people are reminded of a window: a while before it closes, and, where that is in the
    quiet hours, while they are still awake.
    """
    moment = (until - BEFORE).astimezone(zone)
    hours = quiet_hours(quiet)
    if hours is None or hours[0] == hours[1]:
        return until - BEFORE
    start, end = (timedelta(hours=it.hour, minutes=it.minute) for it in hours)
    night = (end - start) % timedelta(days=1)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    # From an hour before the quiet begins until it ends, all is that one hour before: so what
    # closes later is never reminded of earlier.
    since = (moment - midnight - start + EVENING) % timedelta(days=1)
    return (moment - since if since < night + EVENING else moment).astimezone(until.tzinfo)


def _remind(ctx: Context, office: Office) -> datetime | None:
    moment = _next(ctx, office)
    if moment is None or moment > ctx.clock():
        return moment
    with ctx.store.write("window.remind", facility=office.id) as db:
        now = ctx.clock()
        for case in windows.closing(db, office.id, now, _AT_ONCE):
            if _moment(office, case) <= now and windows.told(db, case, now):
                _tell(db, office, now, case)
    ctx.wake("post")
    return _next(ctx, office)


def _next(ctx: Context, office: Office) -> datetime | None:
    with ctx.store.read() as db:
        cases = windows.closing(db, office.id, ctx.clock(), 1)
    return _moment(office, cases[0]) if cases else None


def _moment(office: Office, case: Complaint) -> datetime:
    until = case.window_until
    assert until is not None, "only cases with a window are looked for"
    return remind_at(until, office.settings.quiet, office.calendar.zone)


def _tell(db: Session, office: Office, now: datetime, case: Complaint) -> None:
    """Whoever has it in hand, else the coordinators."""
    events.append(db, "window-reminder", facility_id=office.id, now=now, complaint_id=case.id)
    until = case.window_until or now
    lang: Lang = "en" if office.settings.language == "en" else "id"
    due = format_due(until, office.calendar.zone, lang)
    holder = in_hand(db, case)
    people = [holder] if holder else access.people(db, office, Role.COORDINATOR)
    for person in people:
        tell.notice(db, now, office, person, "window-closing", case.id, due=due)


def _give_up(ctx: Context, office: Office) -> datetime | None:
    """The citizen did not ask for the answer: a person telephones."""
    moment = _patient_until(ctx, office)
    if moment is None or moment > ctx.clock():
        return moment
    with ctx.store.write("window.give-up", facility=office.id) as db:
        now = ctx.clock()
        for reply, note in waiting.unanswered(db, office.id, _AT_ONCE):
            if _waits_since(note) + PATIENCE <= now:
                to_call(db, office, now, reply, "no-answer")
    ctx.wake("post")
    return _patient_until(ctx, office)


def _patient_until(ctx: Context, office: Office) -> datetime | None:
    with ctx.store.read() as db:
        first = waiting.unanswered(db, office.id, 1)
    return _waits_since(first[0][1]) + PATIENCE if first else None


def _waits_since(note: AutoReply) -> datetime:
    return note.accepted_at or note.created_at
