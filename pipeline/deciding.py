"""In receipt order: a message joins a case, opens one, is held, or stays aside."""

from collections.abc import Sequence
from datetime import timedelta

from channels.message import Message
from pipeline import joining
from pipeline.conversation import moves
from pipeline.conversation.media import is_chat
from pipeline.conversation.senses import only_thanks
from pipeline.conversation.threads import KNOWN_DAYS, Thread
from pipeline.joining import Case, Cases
from pipeline.rows import Batch, Entry
from pipeline.triage.emergency import is_emergency
from store import complaints, conversations, messages
from store.contacts import Address


def decide(batch: Batch) -> None:
    """Give every person's message of the batch its case, or none."""
    wanted = [entry for entry in batch.entries if not entry.message.automated]
    cases = cases_near(batch, [entry.message for entry in wanted])
    of_talk = [entry for entry in wanted if is_chat(entry.row.channel)]
    known = threads(batch, [address(entry) for entry in of_talk])
    for entry in wanted:
        message = entry.message
        entry.urgent = is_emergency(f"{message.subject}\n{message.text}")
        if is_chat(entry.row.channel):
            thread = known[address(entry)]
            batch.released += moves.decide(entry, thread, cases, batch.office.settings)
        else:
            _decide_letter(entry, cases)
        if entry.case is not None:
            cases.add(message, entry.case)


def address(entry: Entry) -> Address:
    """Whose message it is."""
    return entry.row.channel, entry.message.conversation


def threads(batch: Batch, addresses: Sequence[Address]) -> dict[Address, Thread]:
    """The conversations of these addresses, as they stand."""
    talks = conversations.talks(
        batch.db,
        batch.office.id,
        addresses,
        since=batch.now - KNOWN_DAYS,
        cards_since=batch.now - timedelta(seconds=batch.office.settings.burst_seconds),
    )
    return {one: Thread.known(one[1], talks.get(one) or conversations.Talk()) for one in addresses}


def _decide_letter(entry: Entry, cases: Cases) -> None:
    if entry.row.channel == "manual":
        verdict = joining.Verdict()
    else:
        verdict = joining.decide(entry.message, cases)
    entry.joins = verdict.join is not None
    entry.case = verdict.join or Case(None, entry.message.conversation)
    entry.suggestions = verdict.suggestions
    entry.reopens = not only_thanks(entry.message.text)


def cases_near(batch: Batch, wanted: Sequence[Message]) -> Cases:
    """What these messages may refer to."""
    facility = batch.office.id
    referred = {id_ for message in wanted for id_ in joining.references(message)}
    serials = {serial for message in wanted for serial in joining.serials(message)}
    return Cases(
        by_part={
            part: Case(known.complaint_id, known.address)
            for part, known in messages.cases_answered(
                batch.db, facility, {m.answers_part for m in wanted if m.answers_part}
            ).items()
        },
        by_external_id={
            external_id: Case(known.complaint_id, known.address)
            for external_id, known in messages.cases_of(batch.db, facility, referred).items()
        },
        by_serial=complaints.by_serial(batch.db, facility, serials),
        children={
            parent: [Case(id_, "") for id_ in sorted(ids)]
            for parent, ids in messages.children_of(
                batch.db, facility, {m.external_id for m in wanted if m.external_id}
            ).items()
        },
    )
