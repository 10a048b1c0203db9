"""The Bot API's methods, each with the parameters it takes: https://core.telegram.org/bots/api

Stricter than the real server in one thing: an unknown parameter, which the real one ignores, is
refused with 400, since it is a slip of ours. Of the real parameters those are known that the
double obeys; the others are refused too, rather than ignored in silence.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from simulator.telegram.args import Args
from simulator.telegram.content import caption_of, markup_of, reply_of, text_of
from simulator.telegram.errors import ApiError, bad
from simulator.telegram.model import Message
from simulator.telegram.state import State, member_json

_DELETABLE = timedelta(hours=48)
_QUERY_LIFE = timedelta(minutes=15)
_LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Method:
    """A method's name as documented, what it takes, and what it does."""

    name: str
    takes: frozenset[str]
    run: Callable[[State, Args], Any]


METHODS: dict[str, Method] = {}
"""By name in lower case: the real server does not mind the case."""


def _method(
    name: str, takes: str = ""
) -> Callable[[Callable[[State, Args], Any]], Callable[[State, Args], Any]]:
    def keep(run: Callable[[State, Args], Any]) -> Callable[[State, Args], Any]:
        METHODS[name.lower()] = Method(name, frozenset(takes.split()), run)
        return run

    return keep


_SENDING = "chat_id parse_mode reply_markup reply_parameters disable_notification protect_content "


@_method("getMe")
def _get_me(state: State, args: Args) -> Any:
    return state.bot.json() | {
        "can_join_groups": True,
        "can_read_all_group_messages": state.sees_all,
        "supports_inline_queries": False,
    }


@_method("deleteWebhook", "drop_pending_updates")
def _delete_webhook(state: State, args: Args) -> Any:
    if args.flag("drop_pending_updates"):
        state.updates.clear()
    return True


@_method("getWebhookInfo")
def _get_webhook_info(state: State, args: Args) -> Any:
    return {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": state.updates.pending(),
    }


@_method("getUpdates", "offset limit timeout allowed_updates")
def _get_updates(state: State, args: Args) -> Any:
    limit = args.integer("limit", 100)
    return state.updates.fetch(
        args.integer("offset"),
        limit if 1 <= limit <= 100 else 100,
        min(max(args.integer("timeout"), 0), 50),
        args.structure("allowed_updates"),
    )


@_method("sendMessage", _SENDING + "text link_preview_options")
def _send_message(state: State, args: Args) -> Any:
    chat = state.reachable(args.chat_id())
    text, entities = text_of(args)
    return _send(state, args, text=text, entities=entities, chat=chat)


@_method("sendDocument", _SENDING + "document caption")
def _send_document(state: State, args: Args) -> Any:
    return _send_file(state, args, "document")


@_method("sendPhoto", _SENDING + "photo caption")
def _send_photo(state: State, args: Args) -> Any:
    return _send_file(state, args, "photo")


def _send_file(state: State, args: Args, kind: str) -> Any:
    chat = state.reachable(args.chat_id())
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


def _send(state: State, args: Args, *, chat: Any, **fields: Any) -> Any:
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


def _own(state: State, args: Args) -> tuple[Any, Message]:
    chat = state.reachable(args.chat_id())
    message = state.message(chat, args.integer("message_id"), "message to edit not found")
    if message.sender is not state.bot:
        raise bad("message can't be edited")
    return chat, message


@_method("editMessageText", "chat_id message_id text parse_mode link_preview_options reply_markup")
def _edit_text(state: State, args: Args) -> Any:
    text, entities = text_of(args)
    chat, message = _own(state, args)
    if message.file is not None:
        raise bad("there is no text in the message to edit")
    return _edit(state, args, chat, message, text, entities)


@_method("editMessageReplyMarkup", "chat_id message_id reply_markup")
def _edit_markup(state: State, args: Args) -> Any:
    chat, message = _own(state, args)
    return _edit(state, args, chat, message, message.text, message.entities)


def _edit(state: State, args: Args, chat: Any, message: Message, text: str, entities: Any) -> Any:
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


@_method("deleteMessage", "chat_id message_id")
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


@_method("answerCallbackQuery", "callback_query_id text show_alert url cache_time")
def _answer_query(state: State, args: Args) -> Any:
    query = state.queries.get(args.text("callback_query_id"))
    if query is None or state.clock() - query.at > _QUERY_LIFE:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if len(args.text("text")) > 200:
        raise bad("MESSAGE_TOO_LONG")
    query.answers.append({"text": args.text("text"), "alert": args.flag("show_alert")})
    state.changed.notify_all()
    return True


@_method("getChat", "chat_id")
def _get_chat(state: State, args: Args) -> Any:
    chat = state.reachable(args.chat_id())
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    accepts = dict.fromkeys((*gifts, "gifts_from_channels"), False)
    return chat.json() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": accepts,
    }


@_method("getChatMember", "chat_id user_id")
def _get_chat_member(state: State, args: Args) -> Any:
    chat = state.reachable(args.chat_id())
    user = state.users.get(args.integer("user_id"))
    if user is None:
        raise bad("PARTICIPANT_ID_INVALID")
    if chat.kind == "private":
        return member_json(user, "member" if user.id in (chat.id, state.bot.id) else "left")
    return member_json(user, chat.members.get(user.id, "left"))


@_method("leaveChat", "chat_id")
def _leave_chat(state: State, args: Args) -> Any:
    chat = state.reachable(args.chat_id())
    if chat.kind == "private":
        raise bad("chat member status can't be changed in private chats")
    state.member_changed(chat, state.bot, state.bot, "left")
    return True


@_method("setMyCommands", "commands scope language_code")
def _set_commands(state: State, args: Args) -> Any:
    commands = args.structure("commands") or []
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command.get("command", "")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    state.commands[_scope(args)] = commands
    return True


@_method("getMyCommands", "scope language_code")
def _get_commands(state: State, args: Args) -> Any:
    return state.commands.get(_scope(args), [])


def _scope(args: Args) -> str:
    scope = args.structure("scope") or {"type": "default"}
    return f"{scope['type']}:{scope.get('chat_id', '')}:{args.text('language_code')}"


@_method("getFile", "file_id")
def _get_file(state: State, args: Args) -> Any:
    file = state.files.get(args.text("file_id"))
    if file is None:
        raise bad("invalid file_id")
    if len(file.data) > _LARGEST:
        raise bad("file is too big")
    about = {"file_id": file.id, "file_unique_id": f"u{file.id}", "file_size": len(file.data)}
    return about | {"file_path": f"{file.kind}s/{file.id}"}


def call(state: State, name: str, args: Args, given: set[str]) -> Any:
    """Run a method; its `result`. Raises ApiError."""
    method = METHODS.get(name.lower())
    if method is None:
        raise ApiError(404, "Not Found: method not found")
    # A file that `attach://` refers to may bear any name.
    unknown = sorted(given - method.takes)
    if unknown:
        raise bad(f"unknown parameter {', '.join(unknown)} (only this double refuses it)")
    with state.changed:
        return method.run(state, args)
