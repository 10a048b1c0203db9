"""What a bot may put into a message: text, keyboard and the message it answers, each checked."""

from typing import Any
from urllib.parse import urlsplit

from simulator.telegram.args import Args
from simulator.telegram.entities import Entities, parse, units
from simulator.telegram.errors import bad
from simulator.telegram.model import Chat
from simulator.telegram.state import State

TEXT = 4096
CAPTION = 1024
"""Longest message and caption, in UTF-16 units after the entities are parsed."""


def text_of(args: Args) -> tuple[str, Entities]:
    """`text` with its style. Raises ApiError: empty, too long, can't parse entities."""
    text, entities = parse(args.text("text"), args.text("parse_mode"))
    if not text:
        raise bad("message text is empty")
    if units(text) > TEXT:
        raise bad("message is too long")
    return text, entities


def caption_of(args: Args) -> tuple[str, Entities]:
    """`caption` with its style; may be empty."""
    text, entities = parse(args.text("caption"), args.text("parse_mode"))
    if units(text) > CAPTION:
        raise bad("message caption is too long")
    return text, entities


def markup_of(args: Args) -> dict[str, Any] | None:
    """`reply_markup`: inline keyboard, force reply or removal; the rest is not simulated.

    https://core.telegram.org/bots/api#inlinekeyboardmarkup
    """
    markup = args.structure("reply_markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = markup["inline_keyboard"]
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise bad('field "inline_keyboard" must be an array of arrays')
        clean = [[_button(button) for button in row] for row in rows if row]
        return {"inline_keyboard": clean} if clean else None
    if "force_reply" in markup or "remove_keyboard" in markup:
        return markup
    raise bad("reply markup is not simulated")


def _button(button: Any) -> dict[str, str]:
    if not isinstance(button, dict) or not button.get("text"):
        raise bad('can\'t parse inline keyboard button: field "text" must be non-empty')
    match sorted(set(button) - {"text"}):
        case []:
            raise bad("text buttons are unallowed in the inline keyboard")
        case ["callback_data"]:
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                raise bad("BUTTON_DATA_INVALID")
        case ["url"]:
            link = urlsplit(button["url"])
            if link.scheme not in ("http", "https", "tg") or not link.netloc:
                raise bad(f"inline keyboard button URL '{button['url']}' is invalid")
        case others:
            raise bad(f"inline keyboard button fields {', '.join(others)} are not simulated")
    return dict(button)


def reply_of(state: State, chat: Chat, args: Args) -> int | None:
    """`reply_parameters`: the id of a message of this chat that still stands."""
    wanted = args.structure("reply_parameters")
    if wanted is None:
        return None
    if set(wanted) - {"message_id", "chat_id", "allow_sending_without_reply"}:
        raise bad("reply parameters are not simulated")
    if int(wanted.get("chat_id", chat.id)) != chat.id:
        raise bad("replies to other chats are not simulated")
    message = chat.messages.get(int(wanted["message_id"]))
    if message is not None and not message.deleted:
        return message.id
    if wanted.get("allow_sending_without_reply"):
        return None
    raise bad("message to be replied not found")
