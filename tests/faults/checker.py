"""Looks for damage: the gateways' journals on one side, the register on the other.

Shares nothing with the product: plain SQL, and what stands in chats and mailboxes.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import text as sql

from tests.faults.site import Site

_NUMBER = re.compile(r"ADU-\d{4}-\d{4,}")


def damage(site: Site, citizens: Mapping[str, str], approved: Mapping[str, str]) -> list[str]:
    """Everything that is wrong, in words; empty when nothing is.

    `citizens` maps each citizen's address to the words they wrote, one complaint each;
    `approved` maps numbers to what the coordinator saw when approving.
    """
    with site.database() as db:
        recorded = _rows(
            db,
            "SELECT contact.address, complaint.number, complaint.status, message.text"
            " FROM complaint JOIN contact ON contact.id = complaint.contact_id"
            " JOIN message ON message.complaint_id = complaint.id",
        )
        serials = [row[0] for row in _rows(db, "SELECT serial FROM complaint ORDER BY serial")]
        # Mail has no revisions: its place in the folder says it all.
        deliveries = _rows(
            db, "SELECT account_id, transport_id, count(*) FROM delivery GROUP BY 1, 2"
        )
        [(open_ends,)] = _rows(
            db, "SELECT count(*) FROM delivery WHERE disposition IN ('pending', 'quarantined')"
        )
        set_back = _rows(db, "SELECT old, new FROM set_back")
        chain = _rows(db, "SELECT previous, hash FROM event WHERE facility_id = 1 ORDER BY id")
    found: list[str] = []
    words = Counter((address, text.strip()) for address, _, _, text in recorded)
    for address, text in citizens.items():
        if not words[address, text]:
            found.append(f"lost: {address}")
        elif words[address, text] > 1:
            found.append(f"recorded twice: {address}")
    found += [f"not a citizen's: {address}" for address, _ in words if address not in citizens]
    if serials != list(range(1, len(serials) + 1)):
        found.append(f"numbers have gaps: {serials}")
    found += [f"kept twice: {row[1]}" for row in deliveries if row[2] > 1]
    if open_ends:
        found.append(f"{open_ends} deliveries without an end")
    if any(one[1] != two[0] for one, two in pairwise(chain)):
        found.append("the trail is broken")
    found += [f"a cursor went back: {old} to {new}" for old, new in set_back]
    found += _alerts(site, [row[1] for row in recorded])
    found += _answers(site, {row[1]: (row[0], row[2]) for row in recorded}, approved)
    return found


def _rows(db: Connection, query: str) -> list[Any]:
    return list(db.execute(sql(query)))


def _alerts(site: Site, numbers: list[str]) -> list[str]:
    on_cards = set()
    for entry in site.journal.entries("telegram", "sendMessage"):
        if entry.committed and str(entry.params.get("chat_id")) == str(site.group.id):
            on_cards.update(_NUMBER.findall(str(entry.params.get("text", ""))))
    return [f"alert missing: {number}" for number in numbers if number not in on_cards]


def _answers(
    site: Site, recorded: Mapping[str, tuple[str, str]], approved: Mapping[str, str]
) -> list[str]:
    found = []
    mailbox = Counter(letter.to for letter in site.mail.letters())
    for number, (address, status) in recorded.items():
        letters = [letter for letter in site.mail.letters() if letter.to == address]
        if len(letters) > 1:
            found.append(f"answered twice: {number}")
        if number in approved and not letters:
            found.append(f"answer lost: {number}")
        if (status == "answered") != bool(letters):
            found.append(f"register says {status}, mailbox has {len(letters)}: {number}")
        for letter in letters:
            if letter.text.strip() not in approved.get(number, ""):
                digest = hashlib.sha256(letter.text.encode()).hexdigest()[:8]
                found.append(f"never approved: {number} ({digest})")
    strangers = set(mailbox) - {address for address, _ in recorded.values()}
    return found + [f"answered a stranger: {address}" for address in strangers]
