"""The views that the team's chat shows, by name. The notifier draws them; whoever decides
something asks for them in the same transaction.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import union, update
from sqlmodel import Session, col, select

from store.states import SendState
from store.tables import Alert, Post


class View(StrEnum):
    """A post's kind. In brackets: what it is drawn from, and its buttons."""

    CARD = "card"
    """Group: number, channel, due times of every complaint whose alert points here, no text
    of a citizen. [Saya tangani] each, [Buka bot]."""
    CASE = "case"
    """Private: a complaint in full (complaint_id), and open suggestions to join.
    [Tanya pengadu] [Lampiran (n)] [Lainnya]; an answer to it is a draft."""
    JOINED = "joined"
    """Private: a further message (params.message_id) of a case in somebody's hands.
    [Lampiran (n)] where it brought files. With params.automatic: a machine's answer to our
    reply, which is set aside."""
    FILE = "file"
    """Private: one file that a citizen attached (complaint_id, params.attachment_id), or why it
    is not shown. Never drawn anew."""
    APPROVAL = "approval"
    """Private: complaint and draft (reply_id), where it goes. [Setujui & kirim]
    [Minta perbaikan] while it is the newest version and waits for this person's step."""
    FORWARDED = "forwarded"
    """Private: «Konsep ke-N diteruskan ke koordinator.» (reply_id)"""
    NOTE = "note"
    """Private: a request for changes, its words in event params.event_id (reply_id)."""
    APPROVED = "approved"
    """Private: «✅ Konsep ke-N disetujui HH.MM, dikirim HH.MM.» (reply_id) [Batal kirim] while
    it can be called back, [Kirim ralat] once it has gone."""
    RECEIPT = "receipt"
    """Private: «📨 Diterima gateway HH.MM · sampai HH.MM» (reply_id)."""
    CANCELLED = "cancelled"
    """Private: a reply called back (reply_id). [Ajukan lagi]"""
    DOUBT = "doubt"
    """Private: nobody knows whether it went (reply_id, params.part_id).
    [Kirim ulang] [Sudah terkirim]"""
    FAILED = "failed"
    """Private: it was refused for good, and why (reply_id, params.part_id). [Kirim ulang]"""
    FOREIGN = "foreign"
    """Private: somebody answered in the provider's program (complaint_id).
    [Sudah dijawab] [Tetap kirim]"""
    COPY = "copy"
    """Private: the approved answer ready to be copied (reply_id, params.part_id).
    [Sudah dikirim]"""
    CALL = "call"
    """Private: the approved answer cannot be sent, so somebody telephones (reply_id): the number
    and the text, for those who may read the case. [Sudah ditelepon]"""
    NOTICE = "notice"
    """Private: a short text by key (params.key and its arguments)."""
    MENU = "menu"
    """Private: what stands under [Lainnya] (complaint_id)."""
    LIST = "list"
    """Private: the open complaints, drawn at sending."""
    ASIDE = "aside"
    """Private: what was set aside lately, each with [Jadikan aduan]."""


LIVE = (
    View.CARD,
    View.CASE,
    View.APPROVAL,
    View.APPROVED,
    View.RECEIPT,
    View.DOUBT,
    View.FAILED,
    View.FOREIGN,
    View.COPY,
    View.CALL,
)
"""Drawn anew when their complaint moves on."""


def ask(
    db: Session,
    view: View,
    *,
    facility_id: int,
    now: datetime,
    staff_id: int | None = None,
    complaint_id: int | None = None,
    reply_id: int | None = None,
    due_at: datetime | None = None,
    params: Mapping[str, str | int | None] | None = None,
) -> Post:
    """Have something shown: to one member of staff, or (staff_id None) to the group."""
    post = Post(
        facility_id=facility_id,
        staff_id=staff_id,
        kind=view,
        complaint_id=complaint_id,
        reply_id=reply_id,
        params=json.dumps(params or {}),
        due_at=due_at or now,
        created_at=now,
    )
    db.add(post)
    db.flush()
    return post


def touch(db: Session, complaint_id: int, views: Sequence[View] = LIVE) -> None:
    """The complaint moved on: whatever shows it, or these of its views, is drawn anew.

    Its card is found through the alerts, because one card may show several complaints.
    """
    own = select(Post.id).where(col(Post.complaint_id) == complaint_id)
    cards = select(Alert.post_id).where(
        col(Alert.complaint_id) == complaint_id, col(Alert.post_id).is_not(None)
    )
    db.execute(
        update(Post)
        .where(
            # Not «one or the other», for which PostgreSQL would walk all posts.
            col(Post.id).in_(union(own, cards)),
            col(Post.kind).in_([str(view) for view in views]),
            # What waits for its reader, or was given up, is drawn from the truth if it ever goes.
            col(Post.state).in_((SendState.PENDING, SendState.SENDING, SendState.ACCEPTED)),
        )
        .values(wanted=Post.wanted + 1)
    )
