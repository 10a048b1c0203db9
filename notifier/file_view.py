"""One attached file: the words beside it, and which files a person is not handed at all."""

import mimetypes
import re

from notifier.buttons import Rows
from notifier.scene import Scene, readable
from notifier.sheet import Sheet
from store.tables import Attachment

PHOTO_BYTES, DOCUMENT_BYTES = 10_000_000, 50_000_000
"""What a bot may upload. https://core.telegram.org/bots/api#sending-files"""
_NAME_CHARS = 60
_EXTENSION = re.compile(r"\.[0-9]*[a-z][a-z0-9]{0,9}$", re.IGNORECASE)
_HARMLESS = re.compile(
    # What shows itself and runs nothing. A list of what is dangerous would never be complete.
    r"\.(jpe?g|png|gif|webp|bmp|hei[cf]|tiff?|pdf|txt|csv|rtf|docx?|odt|xlsx?|ods|pptx?|odp"
    r"|mp3|m4a|aac|amr|og[ga]|opus|wav|mp4|3gp|mov|mkv|webm|avi)",
    re.IGNORECASE,
)
_ACTIVE = ("html", "svg", "script", "msdos", "msdownload", "executable", "android.package")
"""Words in a content type that is not believed to be what the file's name says."""


def file(scene: Scene) -> tuple[Sheet, Rows]:
    """Which complaint, which of its messages, and the file's name."""
    complaint = scene.complaint()
    attachment = scene.db.get_one(Attachment, scene.number_in("attachment_id"))
    messages = scene.messages(complaint)
    # A message may have gone to another case since.
    found = [it for it in enumerate(messages, 1) if it[1].id == attachment.message_id]
    position, time = (found[0][0], scene.time(found[0][1].received_at)) if found else ("–", "–")
    sheet = scene.sheet()
    sheet.line(scene.say("file.caption", number=complaint.number, position=position, time=time))
    # As code, so that a name like `hadiah.com` is no link.
    sheet.whole(f"{shown_name(attachment)} ({readable(attachment.size)})", "code")
    return sheet, ()


def shown_name(attachment: Attachment) -> str:
    """Its name without what cannot be printed (a mark that turns the writing round would hide
    the true ending), cut before its ending.
    """
    name = "".join(it for it in attachment.name if it.isprintable()).strip(". ")
    ending = _ending(name)
    stem = name[: len(name) - len(ending)]
    return stem[: _NAME_CHARS - len(ending)] + ending


def sending_name(attachment: Attachment) -> str:
    """The name to send it under; empty for what a person must not open."""
    name, kind = shown_name(attachment), attachment.content_type.lower()
    if not _ending(name):
        name += mimetypes.guess_extension(kind) or ""
    if not _HARMLESS.fullmatch(_ending(name)) or any(word in kind for word in _ACTIVE):
        return ""
    return name


def is_picture(head: bytes) -> bool:
    """Whether its first bytes are those of a JPEG or PNG picture."""
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def _ending(name: str) -> str:
    found = _EXTENSION.search(name)
    return found[0] if found else ""
