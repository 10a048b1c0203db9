"""The bot's messages: sent, edited, deleted. https://core.telegram.org/bots/api#sendmessage"""

from datetime import timedelta
from typing import Any

from simulator.telegram.args import Args
from simulator.telegram.content import caption_of, markup_of, reply_of, text_of
from simulator.telegram.entities import Entities
from simulator.telegram.errors import bad
from simulator.telegram.model import Chat, Message
from simulator.telegram.registry import method
from simulator.telegram.state import State

_DELETABLE = timedelta(hours=48)
_SENDING = "chat_id parse_mode reply_markup reply_parameters disable_notification protect_content "


@method("sendMessage", _SENDING + "text link_preview_options")
def _send_message(state: State, args: Args) -> Any:
    chat = state.writable(args.chat_id())
    text, entities = text_of(args)
    return _send(state, args, text=text, entities=entities, chat=chat)


@method("sendDocument", _SENDING + "document caption")
def _send_document(state: State, args: Args) -> Any:
    return _send_file(state, args, "document")


@method("sendPhoto", _SENDING + "photo caption")
def _send_photo(state: State, args: Args) -> Any:
    return _send_file(state, args, "photo")


def _send_file(state: State, args: Args, kind: str) -> Any:
    chat = state.writable(args.chat_id())
    text, entities = caption_of(args)
    upload = args.upload(kind)
    if upload is not None:
        if not upload.data:
            raise bad("file must be non-empty")
        file = state.keep(kind, upload.filename, upload.content_type, upload.data)
    elif args.text(kind) in state.files:
        file = state.files[args.text(kind)]
    else:
        raise bad(f"there is no {kind} in the request")
    return _send(state, args, chat=chat, text=text, entities=entities, file=file)


def _send(state: State, args: Args, *, chat: Chat, **fields: Any) -> Any:
    markup = markup_of(args)
    reply_to = reply_of(state, chat, args)
    state.flood.admit(chat.id, state.clock())
    message = state.post(
        chat,
        state.bot,
        markup=markup,
        reply_to=reply_to,
        protected=args.flag("protect_content"),
        silent=args.flag("disable_notification"),
        **fields,
    )
    return chat.message_json(message)


def _own(state: State, args: Args) -> tuple[Chat, Message]:
    chat = state.reachable(args.chat_id())
    message = state.message(chat, args.integer("message_id"), "message to edit not found")
    if message.sender is not state.bot:
        raise bad("message can't be edited")
    return chat, message


@method("editMessageText", "chat_id message_id text parse_mode link_preview_options reply_markup")
def _edit_text(state: State, args: Args) -> Any:
    text, entities = text_of(args)
    chat, message = _own(state, args)
    if message.file is not None:
        raise bad("there is no text in the message to edit")
    return _edit(state, args, chat, message, text, entities)


@method("editMessageReplyMarkup", "chat_id message_id reply_markup")
def _edit_markup(state: State, args: Args) -> Any:
    chat, message = _own(state, args)
    return _edit(state, args, chat, message, message.text, message.entities)


def _edit(
    state: State, args: Args, chat: Chat, message: Message, text: str, entities: Entities
) -> Any:
    markup = markup_of(args)
    if (text, entities, markup) == (message.text, message.entities, message.markup):
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )
    state.flood.admit(chat.id, state.clock())
    if text != message.text:
        message.history.append(message.text)
    message.text, message.entities, message.markup = text, entities, markup
    message.edited = state.clock()
    state.changed.notify_all()
    return chat.message_json(message)


@method("deleteMessage", "chat_id message_id")
def _delete_message(state: State, args: Args) -> Any:
    chat = state.reachable(args.chat_id())
    message = state.message(chat, args.integer("message_id"), "message to delete not found")
    mine = message.sender is state.bot or chat.kind == "private"
    if not mine and chat.members[state.bot.id] != "administrator":
        raise bad("message can't be deleted")
    if state.clock() - message.date > _DELETABLE:
        raise bad("message can't be deleted for everyone")
    message.deleted = True
    state.changed.notify_all()
    return True
