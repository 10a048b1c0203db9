"""Where a message of a conversation belongs: with a case, into one of its own, or held.

Never across two persons: a thread is one person's on one channel. Everything follows from what the
gateway says when, so however the messages are cut into batches, the cases are the same.
"""

from datetime import timedelta

from pipeline import joining
from pipeline.conversation.senses import Sense, sense
from pipeline.conversation.threads import COMPLAIN_DAYS, THANK_DAYS, Ongoing, Thread
from pipeline.conversation.words import VERDICTS, Command, command, named_serial
from pipeline.joining import Case, Cases, Verdict
from pipeline.ports import DeskSettings
from pipeline.rows import Entry, Released


def decide(entry: Entry, thread: Thread, cases: Cases, settings: DeskSettings) -> list[Released]:
    """Say what becomes of this message, and what is released by it of what was held."""
    at = entry.row.received_at
    released = list(thread.expire(at))
    if _commanded(entry, thread):
        return released + _keep_with(entry, thread)
    message = entry.message
    said = Sense.CONTENT if entry.urgent else sense(message)
    verdict = joining.decide(message, cases)
    entry.reopens = said is not Sense.THANKS
    known = thread.of(verdict.join) if verdict.join else None
    target = (known.case if known else verdict.join) or _target(
        entry, thread, said, verdict, settings
    )
    if target is not None:
        entry.case, entry.joins = target, True
        return released + _keep_with(entry, thread)
    if said in (Sense.GREETING, Sense.NUDGE, Sense.THANKS):
        entry.held_until = at + timedelta(seconds=settings.hold_seconds)
        thread.waiting.append(entry)
        return released
    near = thread.newest_open() or thread.answered(at, COMPLAIN_DAYS)
    entry.suggestions = _suggestions(verdict, near)
    entry.case = Case(None, thread.address)
    thread.opened(entry.case, at)
    return released + list(thread.let_go(entry.case))


def _keep_with(entry: Entry, thread: Thread) -> list[Released]:
    """It joined a case, and what was held before it goes along."""
    if entry.case is None:
        return []
    thread.joined(entry.case, entry.row.received_at, reopens=entry.reopens)
    return list(thread.let_go(entry.case))


def _commanded(entry: Entry, thread: Thread) -> bool:
    """Whether it is a word of command; it opens nothing and is kept with the newest case."""
    message = entry.message
    if message.form or message.attachments or entry.urgent:
        return False
    word = command(message.text)
    if word is None:
        return False
    named = thread.numbered(named_serial(message.text))
    if word in VERDICTS:
        # «Belum» to a question of ours, or out of the blue, is no verdict on an answer.
        target = named or thread.answered(entry.row.received_at)
        if target is None or target.is_open or thread.awaiting() is not None:
            return False
    else:
        target = named or thread.newest()
    entry.command, entry.reopens = word, word is Command.UNSATISFIED
    entry.quiet = not entry.reopens
    if target is None:
        entry.aside = "command"
    else:
        entry.case, entry.joins = target.case, True
    return True


def _target(
    entry: Entry, thread: Thread, said: Sense, verdict: Verdict, settings: DeskSettings
) -> Case | None:
    at = entry.row.received_at
    burst = thread.in_burst(at, settings)
    chosen: Ongoing | None = None
    match said:
        case Sense.GREETING:
            chosen = burst
        case Sense.NUDGE:
            chosen = thread.newest_open()
        case Sense.THANKS:
            chosen = burst or thread.answered(at, THANK_DAYS) or thread.newest_open()
        case Sense.PROGRESS:
            # Of their own cases only: «nomor 12» of somebody else is none of theirs.
            named = next((case for case, why in verdict.suggestions if why == "number"), None)
            if named is not None:
                return thread.same(named)
            chosen = thread.newest_open() or thread.answered(at, COMPLAIN_DAYS)
        case Sense.DISSATISFIED:
            chosen = thread.answered(at, COMPLAIN_DAYS) or thread.awaiting() or burst
        case Sense.CONTENT:
            chosen = thread.awaiting() or burst
    return chosen.case if chosen else None


def _suggestions(verdict: Verdict, near: Ongoing | None) -> tuple[tuple[Case, str], ...]:
    known = verdict.suggestions
    if near is None or any(near.case.id == case.id for case, _ in known if case.id):
        return known
    return (*known, (near.case, "same-person"))
