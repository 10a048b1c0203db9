"""The count after the storm: the gateways' journals and mailboxes against the register.

Shares nothing with the product: plain SQL, what `tanggap register --json` prints, and what
stands in chats and mailboxes.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from tests.soak.chats import REFERENCE, Said
from tests.soak.mails import EVIL, Fate, Mail
from tests.soak.team import NUMBER, doubts
from tests.soak.world import GROUP, World

_DRAWN = ("sendMessage", "editMessageText", "sendDocument")
_MANY = 20


@dataclass(slots=True)
class Count:
    """What was found. All of `zeros` and `damage` must be nothing."""

    sums: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    answered_twice: list[str] = field(default_factory=list)
    unalerted: list[str] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)
    """Everything else that is wrong, in words."""

    @property
    def zeros(self) -> dict[str, list[str]]:
        """The four that the run is about."""
        return {
            "lost": self.lost,
            "recorded twice": self.twice,
            "answers twice": self.answered_twice,
            "alerts missing": self.unalerted,
        }

    @property
    def good(self) -> bool:
        """Nothing is wrong."""
        return not self.damage and not any(self.zeros.values())

    def lines(self) -> Iterator[str]:
        """For people; long lists are cut."""
        yield ", ".join(f"{what}: {number}" for what, number in self.sums.items())
        for what, found in self.zeros.items():
            yield f"{what}: {len(found)} {' '.join(found[:_MANY])}".rstrip()
        yield f"other damage: {len(self.damage)}"
        yield from self.damage[:_MANY]


@dataclass(frozen=True, slots=True)
class _Row:
    """One message in the database."""

    complaint: int | None
    number: str
    status: str
    address: str
    aside: str


def count(
    world: World,
    mails: Iterable[Mail],
    approved: Mapping[str, str],
    *,
    bounced: set[str],
    tampered: set[int],
) -> Count:
    """Compare what was done to the desk with what it made of it."""
    found = Count()
    mails = list(mails)
    rows = _messages(world)
    _received(found, world, mails, rows)
    _registered(found, world, mails)
    cases = _cases(world)
    _alerts(found, world, cases)
    _answers(found, world, cases, approved, tampered, {mail.address for mail in mails}, bounced)
    _secrecy(found, world)
    _trails(found, world)
    return found


def _messages(world: World) -> dict[str, list[_Row]]:
    """By the mail's own word."""
    rows: dict[str, list[_Row]] = defaultdict(list)
    query = (
        "SELECT message.text, message.full_text, message.complaint_id, complaint.number,"
        " complaint.status, contact.address, message.set_aside FROM message"
        " JOIN contact ON contact.id = message.contact_id"
        " LEFT JOIN complaint ON complaint.id = message.complaint_id"
    )
    for text, full, *rest in world.rows(query):
        words = f"{text} {full}".split()
        for token in {word.rstrip(".") for word in words if word.startswith("tkn")}:
            rows[token].append(_Row(*rest))
    return rows


def _received(
    found: Count, world: World, mails: list[Mail], rows: Mapping[str, list[_Row]]
) -> None:
    """Every mail that lies in the mailbox has exactly one end."""
    ends: Counter[str] = Counter(
        dict(world.rows("SELECT disposition, count(*) FROM delivery GROUP BY 1"))
    )
    sent, said = sum(len(mail.folders) for mail in mails), world.chats.said
    found.sums = {"mails": sent, "texts": len(said), **{it: ends[it] for it in sorted(ends)}}
    if sum(ends.values()) != sent + len(said):
        found.damage.append(f"{sent} mails, {len(said)} texts; {sum(ends.values())} were kept")
    if ends["pending"]:
        found.damage.append(f"{ends['pending']} deliveries without an end")
    poisons = sum(mail.fate is Fate.ANY for mail in mails)
    if ends["quarantined"] > poisons:
        found.damage.append(f"{ends['quarantined']} quarantined, {poisons} may be")
    kept = world.rows(
        "SELECT account_id, transport_id FROM delivery GROUP BY 1, 2 HAVING count(*) > 1"
    )
    found.damage += [f"kept twice: {row[1]}" for row in kept]
    for mail in mails:
        _one(found, mail, rows.get(mail.token, []))
    for text in said:
        _text(found, text, rows.get(text.token, []))
    owners = Counter(
        row.number
        for mail in mails
        if mail.fate is Fate.CASE
        for row in rows.get(mail.token, [])[:1]
    )
    found.damage += [f"one number for {n} cases: {it}" for it, n in owners.items() if n > 1]


def _one(found: Count, mail: Mail, rows: list[_Row]) -> None:
    name = f"{mail.kind}:{mail.token}"
    if mail.fate is Fate.ANY or mail.kind == "bounce":
        return  # counted by its delivery
    if len(rows) > 1:
        found.twice.append(name)
    if not rows:
        found.lost.append(name)
        return
    row = rows[0]
    if mail.fate is Fate.ASIDE:
        if not row.aside or row.complaint is not None:
            found.damage.append(f"not set aside: {name}")
    elif row.complaint is None:
        found.lost.append(name)
    elif mail.fate is Fate.JOINED and row.number != mail.joins:
        found.damage.append(f"not joined to {mail.joins}: {name}")
    if mail.fate is not Fate.ASIDE and row.address != mail.address:
        found.damage.append(f"another's: {name}")


def _text(found: Count, text: Said, rows: list[_Row]) -> None:
    if not text.token:
        return  # a word of command, counted by its delivery
    if len(rows) > 1:
        found.twice.append(f"text:{text.token}")
    if not rows or rows[0].complaint is None:
        found.lost.append(f"text:{text.token}")
    elif rows[0].address != text.address:
        found.damage.append(f"another's: {text.token}")


def _registered(found: Count, world: World, mails: list[Mail]) -> None:
    """What the product itself prints names every mail's Message-ID as often as it should."""
    lines = [json.loads(it) for it in world.command("register", "--json", "--all").splitlines()]
    ids = Counter(id_ for line in lines for id_ in line["external_ids"])
    wanted = Counter(mail.message_id for mail in mails if mail.fate is not Fate.ANY)
    for id_, times in wanted.items():
        if id_ and ids[id_] < times:
            found.damage.append(f"the register lacks {id_}")
        elif id_ and ids[id_] > times:
            found.twice.append(f"register:{id_}")
    numbers = [line["number"] for line in lines if line["number"]]
    if len(set(numbers)) < len(numbers):
        found.damage.append("the register has a number twice")


def _cases(world: World) -> dict[str, tuple[int, str, str]]:
    """Number → serial, status, address."""
    query = (
        "SELECT complaint.number, complaint.serial, complaint.status, contact.address"
        " FROM complaint JOIN contact ON contact.id = complaint.contact_id"
    )
    return {
        number: (serial, status, address) for number, serial, status, address in world.rows(query)
    }


def _alerts(found: Count, world: World, cases: Mapping[str, object]) -> None:
    """A number stands in any card that the chat took."""
    told: set[str] = set()
    for entry in world.journal.entries("telegram"):
        to_group = str(entry.params.get("chat_id")) == str(GROUP)
        if entry.committed and to_group and entry.method in _DRAWN[:2]:
            told.update(NUMBER.findall(str(entry.params.get("text", ""))))
    found.unalerted = sorted(set(cases) - told)


def _answers(
    found: Count,
    world: World,
    cases: Mapping[str, tuple[int, str, str]],
    approved: Mapping[str, str],
    tampered: set[int],
    citizens: set[str],
    bounced: set[str],
) -> None:
    """Everybody whose answer was approved has it once, or a person is asked about it."""
    states: dict[str, str] = dict(
        world.rows(
            "SELECT complaint.number,"
            " CASE WHEN reply_part.waits_for = '' THEN reply_part.state ELSE 'waits' END"
            " FROM reply_part JOIN reply ON reply.id = reply_part.reply_id"
            " JOIN complaint ON complaint.id = reply.complaint_id ORDER BY reply.version"
        )
    )
    left = _left(found, world, cases, citizens)
    shown = set(doubts(world))
    parked = [number for number, state in states.items() if state == "unknown"]
    waiting = [number for number, state in states.items() if state == "waits"]
    held = [number for number, (serial, _, _) in cases.items() if serial in tampered]
    found.sums |= {
        "answers approved": len(approved),
        "left": sum(map(len, left.values())),
        "parked": len(parked),
        "waiting for the citizen": len(waiting),
        "held": len(held),
        "came back": len(bounced),
    }
    for number, texts in left.items():
        if len(texts) > 1:
            found.answered_twice.append(number)
        for text in texts:
            if text not in approved.get(number, ""):
                found.damage.append(f"never approved: {number}")
    for number in approved:
        texts = left.get(number, [])
        if not texts and number not in (*parked, *waiting, *held):
            found.damage.append(f"answer lost: {number} ({states.get(number)})")
        if texts and states.get(number) in ("pending", "sending", "held", "cancelled", "waits"):
            found.damage.append(f"answered, but the register says {states[number]}: {number}")
        if not texts and states.get(number) in ("accepted", "delivered", "read"):
            found.damage.append(f"not answered, but the register says so: {number}")
    found.damage += [f"parked and not shown: {number}" for number in parked if number not in shown]


def _left(
    found: Count, world: World, cases: Mapping[str, tuple[int, str, str]], citizens: set[str]
) -> dict[str, list[str]]:
    """Number → the answers that arrived, wherever; receipts are held against the numbers too."""
    numbers = {address: number for number, (_, _, address) in cases.items()}
    left: dict[str, list[str]] = defaultdict(list)
    told: Counter[str] = Counter()
    for letter in world.mail.letters():
        number = numbers.get(letter.to, "")
        if letter.to not in citizens or not number:
            found.damage.append(f"answered a stranger: {letter.to}")
        if letter.message["Auto-Submitted"]:
            told.update(set(NUMBER.findall(letter.text)))
        else:
            left[number].append(letter.text.strip())
    known = {text.address for text in world.chats.said}
    for address, texts in world.chats.received():
        if texts and address not in known:
            found.damage.append(f"wrote to a stranger: {address}")
        for text in texts:
            if reference := REFERENCE.search(text):
                number = reference[0].partition("/")[0]
                if number in cases and cases[number][2] != address:
                    found.damage.append(f"another's answer: {number}")
                left[number].append(text[: reference.start()].rstrip("( \n"))
                found.sums["of these by text"] = found.sums.get("of these by text", 0) + 1
            elif "LIHAT" not in text:
                told.update(set(NUMBER.findall(text)))
    found.sums["receipts"] = told.total()
    found.answered_twice += [f"receipt:{number}" for number, n in told.items() if n > 1]
    return left


def _secrecy(found: Count, world: World) -> None:
    """No citizen's word in the group, and nothing of it works as markup or moves a terminal."""
    for entry in world.journal.entries("telegram"):
        if entry.method not in _DRAWN:
            continue
        text = f"{entry.params.get('text', '')}{entry.params.get('caption', '')}"
        where = f"{entry.method} {entry.seq}"
        if "can't parse entities" in entry.outcome:
            found.damage.append(f"the chat could not read {where}")
        if "\x1b" in text or "\x07" in text:
            found.damage.append(f"a terminal's sequence in {where}")
        if entry.params.get("parse_mode") and any(it in text for it in _LIVE):
            found.damage.append(f"living markup in {where}")
        if str(entry.params.get("chat_id")) == str(GROUP):
            low = text.lower()
            if any(
                word in low for word in ("tkn", EVIL, "@contoh.example", "kata kunci", "+62813")
            ):
                found.damage.append(f"a citizen's words in the group: {where}")
    for slot in world.keeper.slots.values():
        log = slot.log.read_text(errors="replace") if slot.log.exists() else ""
        for word in ("tkn", EVIL, "warga", "Kata kunci", "62813"):
            if word in log:
                found.damage.append(f"a citizen's word in the log of {slot.name}: {word}")


_CITIZENS = ("tkn", EVIL, "@contoh.example", "kata kunci", "62813")
"""What only citizens' words and addresses have in them, in lower case."""
_LIVE = (f"<b>{EVIL}", "<script", f'<a href="http://{EVIL}', "<tg-spoiler>", f"<pre>{EVIL}")


def _trails(found: Count, world: World) -> None:
    """Numbers without a gap, an unbroken trail, cursors that only went forward."""
    by_year: dict[int, list[int]] = defaultdict(list)
    for year, serial in world.rows("SELECT year, serial FROM complaint ORDER BY serial"):
        by_year[year].append(serial)
    for year, serials in by_year.items():
        if serials != list(range(1, len(serials) + 1)):
            found.damage.append(f"numbers of {year} have gaps")
    if 2009 in by_year:
        found.damage.append("numbered in 2009")
    chain = world.rows("SELECT previous, hash FROM event ORDER BY id")
    if any(one[1] != two[0] for one, two in pairwise(chain)):
        found.damage.append("the trail is broken")
    back = world.rows("SELECT old, new FROM set_back")
    found.damage += [f"a cursor went back: {old} to {new}" for old, new in back]
