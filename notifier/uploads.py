"""A citizen's file on its way into one private chat, out of reach of being passed on."""

import html
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from channels.errors import Transient
from notifier.cards import Rendered
from notifier.client import TelegramClient
from notifier.errors import Rejected
from notifier.file_view import DOCUMENT_BYTES, PHOTO_BYTES, is_picture, sending_name
from notifier.texts import language, say
from pipeline import files
from pipeline.files import NotFetched, TooLarge, Unreadable
from pipeline.ports import Office
from store import media
from store.engine import Store
from store.tables import Attachment, Post

_TRIES = 3
"""Uploads whose end nobody saw, after which a person is told instead."""


def upload(
    store: Store,
    client: TelegramClient,
    office: Office,
    post: Post,
    drawn: Rendered,
    chat: Mapping[str, Any],
) -> Rendered | dict[str, Any]:
    """Send the file with `drawn` as its caption; the Bot API's message.

    What cannot or must not be sent comes back as the message to send instead, which says why.
    `chat`: where to and how, in parameters of the Bot API. Raises as TelegramClient.call.
    """
    attachment_id = int(json.loads(post.params)["attachment_id"])
    with store.read() as db:
        attachment = db.get_one(Attachment, attachment_id)
    name = sending_name(attachment)
    # Of what lies at the gateway neither name nor type is known before it is fetched.
    if not name and attachment.fetch_state in ("", media.DONE):
        return _instead(office, drawn, "unsafe")
    if attachment.size > DOCUMENT_BYTES:
        return _instead(office, drawn, "too-large")
    if post.attempts > _TRIES and post.reason != Transient.__name__:
        return _instead(office, drawn, "refused")
    try:
        with files.opened(store, office, attachment_id, DOCUMENT_BYTES) as file:
            if not name:
                raise NotFetched  # it came just now: its name is known from the next time on
            return _hand_over(client, file, name, {**chat, "caption": drawn.text_html})
    except TooLarge:
        return _instead(office, drawn, "too-large")
    except NotFetched:
        return _instead(office, drawn, "not-fetched")
    except Unreadable:
        return _instead(office, drawn, "unreadable")
    except Rejected:
        return _instead(office, drawn, "refused")


def _hand_over(
    client: TelegramClient, file: BinaryIO, name: str, params: Mapping[str, Any]
) -> dict[str, Any]:
    """As a photo where it is one, else, or when Telegram cannot make a photo of it, as a file."""
    picture = is_picture(file.read(8)) and file.seek(0, os.SEEK_END) <= PHOTO_BYTES
    if picture:
        try:
            return client.upload("sendPhoto", "photo", file, name, **params)
        except Rejected:
            pass  # such as a panorama: more than twenty times as wide as high
    return client.upload("sendDocument", "document", file, name, **params)


def _instead(office: Office, drawn: Rendered, why: str) -> Rendered:
    words = say(language(office.settings.language), f"file.{why}")
    return replace(drawn, text_html=f"{drawn.text_html}\n{html.escape(words, quote=False)}")
