"""The register for programs (one JSON object a line) and for people (a table)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from store.register import Entry
from store.states import AT_GATEWAY, SendState, Status
from store.tables import Reply, ReplyPart

if TYPE_CHECKING:
    from rich.table import Table

_LEAST_FIRST = (
    SendState.FAILED,
    SendState.UNKNOWN,
    SendState.CANCELLED,
    SendState.SUPERSEDED,
    SendState.HELD,
    SendState.PENDING,
    SendState.SENDING,
    SendState.ACCEPTED,
    SendState.DELIVERED,
    SendState.READ,
)
"""A reply in several parts is as far as the part that got least far."""


def as_object(entry: Entry, slugs: Mapping[int, str]) -> dict[str, Any]:
    """The line of the register: plain values, times in ISO with their offset (UTC).

    `slugs` names the facilities by row id; a number is unique only within one.
    """
    case = entry.complaint
    return {
        "number": case.number if case else None,
        "channel": entry.channel,
        "medium": case.medium if case else "",
        # Mail without a Message-ID, and what was typed in, go by the identity we gave them.
        "external_ids": [message.external_id or message.identity for message in entry.messages],
        "sender": _sender(entry),
        "kind": case.kind.value if case else None,
        "category": case.category if case else None,
        "urgency": case.urgency if case else None,
        "status": case.status.value if case else Status.SET_ASIDE.value,
        "text": "\n\n".join(message.text for message in entry.messages if message.text),
        "attachments": [
            {"name": one.name, "size": one.size, "content_type": one.content_type}
            for one in entry.attachments
        ],
        "received_at": _iso(case.received_at if case else entry.messages[0].received_at),
        "alerted_at": _iso(case.alerted_at if case else None),
        "replied_at": _iso(case.replied_at if case else None),
        "replies": [_reply(reply, parts) for reply, parts in entry.replies],
        "facility": slugs[entry.contact.facility_id],
    }


def _sender(entry: Entry) -> str:
    """The address that can be answered to; empty where nobody left one."""
    address = entry.contact.address
    return "" if address in (message.identity for message in entry.messages) else address


def as_json(entry: Entry, slugs: Mapping[int, str]) -> str:
    """One line without its end."""
    return json.dumps(as_object(entry, slugs), ensure_ascii=False)


def as_table(entries: Iterable[Entry], zone: ZoneInfo, slugs: Mapping[int, str]) -> "Table":
    """What a person reads in a terminal; with the facility where there are several."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Buku pengaduan")
    for heading in ("Nomor", "Diterima", "Kanal", "Pengirim", "Status", "Isi", "Dijawab"):
        table.add_column(heading, no_wrap=heading in ("Nomor", "Diterima", "Dijawab"))
    if len(slugs) > 1:
        table.add_column("Fasilitas")
    for entry in entries:
        line = as_object(entry, slugs)
        case, text = entry.complaint, line["text"].replace("\n", " ")
        cells = (
            line["number"] or "-",
            _local(case.received_at if case else entry.messages[0].received_at, zone),
            line["medium"] or line["channel"],
            entry.contact.name or _sender(entry) or "-",
            _STATUS[Status(line["status"])],
            text if len(text) <= 60 else text[:59] + "…",
            _local(case.replied_at if case else None, zone),
        )
        # As plain text: square brackets in a citizen's words are not markup, and control
        # characters must not reach the terminal.
        shown = (*cells, line["facility"]) if len(slugs) > 1 else cells
        table.add_row(*(Text(_printable(cell)) for cell in shown))
    return table


_STATUS = {
    Status.NEW: "baru",
    Status.TAKEN: "ditangani",
    Status.DRAFTED: "ada konsep",
    Status.APPROVED: "disetujui",
    Status.ANSWERED: "dijawab",
    Status.AWAITING_COMPLAINANT: "menunggu pengadu",
    Status.ESCALATED: "dirujuk",
    Status.CLOSED: "selesai",
    Status.SET_ASIDE: "disisihkan",
}


def _reply(reply: Reply, parts: Sequence[ReplyPart]) -> dict[str, Any]:
    state = min((part.state for part in parts), key=_LEAST_FIRST.index, default=SendState.HELD)
    times = [part.accepted_at for part in parts if part.accepted_at]
    return {
        "version": reply.version,
        "text": reply.text,
        "state": state.value,
        "sent_at": _iso(max(times)) if state in AT_GATEWAY and times else None,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d/%m/%Y %H.%M}" if moment else "-"


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
