"""Lines about the parts in which an answer leaves, and about files that come later."""

from collections.abc import Sequence

from channels.base import Splits
from notifier.scene import Scene
from pipeline import desk
from store import media
from store.tables import Account, Attachment, Complaint, Reply


def weight(scene: Scene, reply: Reply, complaint: Complaint) -> str:
    """In how many messages it leaves, and what of it the network counts; empty for one mail."""
    parts = desk.parts_of(scene.db, reply.id or 0)
    account = scene.db.get(Account, parts[0].account_id) if parts else None
    adapter = scene.office.channels.get(account.name) if account else None
    lines = [scene.say("reply.parts", parts=len(parts))] if len(parts) > 1 else []
    if complaint.medium == "sms" and isinstance(adapter, Splits):
        segments = sum(adapter.segments(part.text) for part in parts)
        lines.append(scene.say("reply.segments", segments=segments))
    return " ".join(lines)


def fetching(scene: Scene, attachments: Sequence[Attachment]) -> list[str]:
    """What is still to be fetched, and what cannot be had."""
    coming = sum(it.fetch_state == media.PENDING for it in attachments)
    gone = sum(it.fetch_state == media.FAILED for it in attachments)
    lines = [scene.say("case.files-coming", count=coming)] if coming else []
    return [*lines, *([scene.say("case.files-gone", count=gone)] if gone else [])]
