"""The pipeline's TeamChat on Telegram: posts go out, each drawn at the moment it leaves."""

from collections.abc import Mapping
from typing import Any

import structlog
from sqlmodel import Session

from channels.errors import Permanent
from notifier import groups
from notifier.buttons import markup
from notifier.cards import Rendered, render, render_plainly
from notifier.client import TelegramClient
from notifier.errors import Migrated, Rejected, Why
from notifier.uploads import upload
from pipeline.ports import Clock, GroupGone, NotStarted, Office, Placed
from pipeline.posts import View
from store.engine import Store
from store.posts import is_plain
from store.tables import Group, Post, Staff

log = structlog.get_logger(__name__)

_NO_GROUP = "Grup tim belum ditentukan; isi group di [telegram], atau di [[facility]]-nya."
_NOT_HERE = "Lampiran warga tidak dikirim ke grup."
_LEFT = "Petugas ini sudah tidak aktif."
_STANDS = (Why.NOT_MODIFIED, Why.NO_MESSAGE, Why.NOT_EDITABLE)
"""Refusals of an edit after which nothing is left to do."""


class TelegramChat:
    """See `pipeline.ports.TeamChat`."""

    def __init__(
        self, store: Store, client: TelegramClient, offices: Mapping[int, Office], clock: Clock
    ) -> None:
        self._store = store
        self._client = client
        self._offices = offices
        self._clock = clock

    def send(self, post: Post) -> Placed:
        """Post it; a group that became a supergroup is followed to its new id.

        https://core.telegram.org/bots/api#sendmessage
        """
        username = self._client.username
        with self._store.read() as db:
            chat_id = self._address(db, post)
            draw = self._draw_plainly if is_plain(post) else self._draw
            drawn = draw(db, post, username)
        if post.kind == View.FILE:
            return self._send_file(post, chat_id, drawn)
        try:
            return self._send(chat_id, drawn)
        except Migrated as moved:
            self._follow(chat_id, moved.chat_id)
            return self._send(moved.chat_id, drawn)

    def edit(self, post: Post) -> None:
        """Draw it anew where it stands. What stands no more needs no edit: success.

        https://core.telegram.org/bots/api#editmessagetext
        """
        username = self._client.username
        with self._store.read() as db:
            owner = db.get(Staff, post.staff_id) if post.staff_id else None
            if owner is not None and not owner.active:
                return  # whoever left is shown nothing more
            drawn = self._draw(db, post, username)
        try:
            self._client.call(
                "editMessageText",
                chat_id=post.chat_id,
                message_id=post.message_id,
                text=drawn.text_html,
                parse_mode="HTML",
                link_preview_options={"is_disabled": True},
                reply_markup=markup(drawn.buttons),
            )
        except Rejected as refusal:
            if refusal.why not in _STANDS:
                raise
            if refusal.why is not Why.NOT_MODIFIED:
                log.warning("chat.gone", post=post.id, why=refusal.why.name)
        except Migrated as moved:
            # A supergroup begins with no messages of ours; new cards go there.
            log.warning("chat.stayed-behind", post=post.id)
            self._follow(post.chat_id or 0, moved.chat_id)

    def _follow(self, old: int, new: int) -> None:
        with self._store.write("group.moved", facility=self._offices.keys()) as db:
            groups.move(db, old, new)

    def _draw_plainly(self, db: Session, post: Post, username: str) -> Rendered:
        return render_plainly(db, post, self._offices[post.facility_id], self._clock(), username)

    def _draw(self, db: Session, post: Post, username: str) -> Rendered:
        return render(db, post, self._offices[post.facility_id], self._clock(), username)

    def _send(self, chat_id: int, drawn: Rendered) -> Placed:
        message = self._client.call(
            "sendMessage",
            text=drawn.text_html,
            link_preview_options={"is_disabled": True},
            reply_markup=markup(drawn.buttons) if drawn.buttons else None,
            **_how(chat_id, drawn),
        )
        return Placed(chat_id=chat_id, message_id=int(message["message_id"]))

    def _send_file(self, post: Post, chat_id: int, drawn: Rendered) -> Placed:
        """https://core.telegram.org/bots/api#sendphoto, or in words why there is no file."""
        if post.staff_id is None:
            raise Permanent(_NOT_HERE)
        office = self._offices[post.facility_id]
        how = _how(chat_id, drawn)
        sent = upload(self._store, self._client, office, post, drawn, how)
        if isinstance(sent, Rendered):
            return self._send(chat_id, sent)
        return Placed(chat_id=chat_id, message_id=int(sent["message_id"]))

    def _address(self, db: Session, post: Post) -> int:
        """Whose chat. Raises GroupGone without a group, NotStarted without an account."""
        if post.staff_id is None:
            group = db.get(Group, post.facility_id)
            if group is None:
                raise GroupGone(_NO_GROUP)
            return group.chat_id
        staff = db.get_one(Staff, post.staff_id)
        if not staff.active:
            raise Permanent(_LEFT)
        if staff.telegram_id is None:
            raise NotStarted
        return staff.telegram_id


def _how(chat_id: int, drawn: Rendered) -> dict[str, Any]:
    return {
        "chat_id": chat_id,
        "parse_mode": "HTML",
        "protect_content": drawn.protect,
        "disable_notification": drawn.silent,
    }
