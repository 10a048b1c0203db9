"""What a view is drawn from: the truth at one moment, a post, and the facility's words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from notifier.buttons import Button, Verb, data
from notifier.sheet import Sheet
from notifier.texts import language, say, word
from pipeline.calendar import Lang, format_due
from pipeline.desk.byhand import ACCOUNT
from pipeline.ports import Office
from store import media
from store.tables import Attachment, Complaint, Contact, Message, Post, Reply, Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Reads what a view needs; nothing here writes."""

    db: Session
    post: Post
    office: Office
    now: datetime
    username: str
    """The bot's name, for links to it."""

    @property
    def lang(self) -> Lang:
        """The facility's language."""
        return language(self.office.settings.language)

    @property
    def zone(self) -> ZoneInfo:
        """The facility's own time."""
        return self.office.calendar.zone

    @property
    def params(self) -> dict[str, str | int | None]:
        """What was asked to be shown besides rows."""
        found: dict[str, str | int | None] = json.loads(self.post.params)
        return found

    def number_in(self, name: str) -> int:
        """A parameter that is a row's id; 0 where it is missing."""
        return int(self.params.get(name) or 0)

    def say(self, key: str, /, **params: str | int) -> str:
        """A text in the facility's language."""
        return say(self.lang, key, **params)

    def word(self, kind: str, slug: str) -> str:
        """A slug in words."""
        return word(self.lang, kind, slug)

    def sheet(self) -> Sheet:
        """An empty message; for whoever works for several facilities, under this one's name, as
        numbers begin at 0001 in each.
        """
        sheet = Sheet(self.say("cut"))
        if self._reader_has_several():
            sheet.line(self.office.name)
        return sheet

    def button(
        self, verb: Verb, number: int | None, extra: str = "", /, **params: str | int
    ) -> Button:
        """A button of ours; `label` names another text than the verb's own."""
        label = str(params.pop("label", verb))
        return Button(self.say(f"button.{label}", **params), data(verb, number, extra))

    def complaint(self) -> Complaint:
        """The post's complaint. Raises sqlalchemy.exc.NoResultFound."""
        return self.db.get_one(Complaint, self.post.complaint_id)

    def reply(self) -> Reply:
        """The post's reply. Raises sqlalchemy.exc.NoResultFound."""
        return self.db.get_one(Reply, self.post.reply_id)

    def reader(self) -> Staff | None:
        """Whose private chat it is; None for the group."""
        return self.db.get(Staff, self.post.staff_id) if self.post.staff_id else None

    def _reader_has_several(self) -> bool:
        reader = self.reader()
        if reader is None or reader.telegram_id is None:
            return False
        rows = select(Staff.id).where(Staff.telegram_id == reader.telegram_id, col(Staff.active))
        return len(self.db.exec(rows.limit(2)).all()) > 1

    def channel(self, complaint: Complaint) -> str:
        """How it came, in words."""
        if complaint.medium:
            return self.word("medium", complaint.medium)
        return self.word("channel", complaint.channel)

    def due(self, moment: datetime) -> str:
        """A deadline, as `Rab 25/11 09.12`."""
        return format_due(moment, self.zone, self.lang)

    def time(self, moment: datetime | None) -> str:
        """When something happened: `10.41` today, with the day otherwise; `–` for never."""
        if moment is None:
            return "–"
        local = moment.astimezone(self.zone)
        if local.date() != self.now.astimezone(self.zone).date():
            return self.due(moment)
        return f"{local:%H:%M}" if self.lang == "en" else f"{local:%H.%M}"

    def taken_by(self, complaint: Complaint) -> str:
        """The name of the member of staff in whose hands it is, empty when in nobody's: whoever
        left the desk holds nothing.
        """
        owner = self.db.get(Staff, complaint.taken_by) if complaint.taken_by else None
        return owner.name if owner and owner.active else ""

    def messages(self, complaint: Complaint) -> Sequence[Message]:
        """What the citizen wrote, in order."""
        return self.db.exec(
            select(Message).where(Message.complaint_id == complaint.id).order_by(col(Message.id))
        ).all()

    def attachments(self, messages: Sequence[Message]) -> Sequence[Attachment]:
        """What was attached to them, in order."""
        return self.db.exec(
            select(Attachment)
            .where(col(Attachment.message_id).in_([message.id for message in messages]))
            .order_by(col(Attachment.id))
        ).all()

    def files(self, messages: Sequence[Message]) -> str:
        """The names and sizes of what was attached, empty without; of what still lies at the
        gateway neither is known.
        """
        found = [it for it in self.attachments(messages) if it.fetch_state in ("", media.DONE)]
        return ", ".join(f"{it.name[:60]} ({readable(it.size)})" for it in found)[:600]

    def contact(self, complaint: Complaint) -> str:
        """Who complained: name and address as far as known."""
        contact = self.db.get_one(Contact, complaint.contact_id)
        return self.party(contact.name, contact.address)

    def party(self, name: str, address: str) -> str:
        """`Name <address>`, or what there is of it."""
        name, address = name.strip()[:100], address.strip()[:200]
        if address.startswith(f"{ACCOUNT}:"):
            address = ""  # typed in without one; what stands there only tells the cases apart
        if name and address:
            return f"{name} <{address}>"
        return name or address or self.say("party.unknown")


def short(complaint: Complaint) -> str:
    """The number as people say it: `0042`."""
    return complaint.number.rpartition("-")[2]


def readable(size: int) -> str:
    """A number of bytes as people say it."""
    return f"{size / 1_048_576:.1f} MB" if size >= 1_048_576 else f"{max(1, size // 1024)} KB"
