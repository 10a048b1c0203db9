"""Everything but messages: the bot itself, updates, taps, chats, commands, files.

https://core.telegram.org/bots/api#available-methods
"""

import re
from datetime import timedelta
from typing import Any

from simulator.telegram.args import Args
from simulator.telegram.errors import bad
from simulator.telegram.registry import method
from simulator.telegram.state import State, member_json

_QUERY_LIFE = timedelta(minutes=15)
_LARGEST = 20 * 1024 * 1024


@method("getMe")
def _get_me(state: State, args: Args) -> Any:
    return state.bot.json() | {
        "can_join_groups": True,
        "can_read_all_group_messages": state.sees_all,
        "supports_inline_queries": False,
    }


@method("deleteWebhook", "drop_pending_updates")
def _delete_webhook(state: State, args: Args) -> Any:
    if args.flag("drop_pending_updates"):
        state.updates.clear()
    return True


@method("getWebhookInfo")
def _get_webhook_info(state: State, args: Args) -> Any:
    return {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": state.updates.pending(),
    }


@method("getUpdates", "offset limit timeout allowed_updates")
def _get_updates(state: State, args: Args) -> Any:
    limit = args.integer("limit", 100)
    return state.updates.fetch(
        args.integer("offset"),
        limit if 1 <= limit <= 100 else 100,
        min(max(args.integer("timeout"), 0), 50),
        args.structure("allowed_updates"),
    )


@method("answerCallbackQuery", "callback_query_id text show_alert url cache_time")
def _answer_query(state: State, args: Args) -> Any:
    query = state.queries.get(args.text("callback_query_id"))
    if query is None or state.clock() - query.at > _QUERY_LIFE:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if len(args.text("text")) > 200:
        raise bad("MESSAGE_TOO_LONG")
    query.answers.append({"text": args.text("text"), "alert": args.flag("show_alert")})
    state.changed.notify_all()
    return True


@method("getChat", "chat_id")
def _get_chat(state: State, args: Args) -> Any:
    chat = state.reachable(args.chat_id())
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    accepts = dict.fromkeys((*gifts, "gifts_from_channels"), False)
    return chat.json() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": accepts,
    }


@method("getChatMember", "chat_id user_id")
def _get_chat_member(state: State, args: Args) -> Any:
    chat = state.reachable(args.chat_id())
    user = state.users.get(args.integer("user_id"))
    if user is None:
        raise bad("PARTICIPANT_ID_INVALID")
    if chat.kind == "private":
        return member_json(user, "member" if user.id in (chat.id, state.bot.id) else "left")
    return member_json(user, chat.members.get(user.id, "left"))


@method("leaveChat", "chat_id")
def _leave_chat(state: State, args: Args) -> Any:
    chat = state.reachable(args.chat_id())
    if chat.kind == "private":
        raise bad("chat member status can't be changed in private chats")
    state.member_changed(chat, state.bot, state.bot, "left")
    return True


@method("setMyCommands", "commands scope language_code")
def _set_commands(state: State, args: Args) -> Any:
    commands = args.structure("commands") or []
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command.get("command", "")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    state.commands[_scope(args)] = commands
    return True


@method("getMyCommands", "scope language_code")
def _get_commands(state: State, args: Args) -> Any:
    return state.commands.get(_scope(args), [])


def _scope(args: Args) -> str:
    scope = args.structure("scope") or {"type": "default"}
    return f"{scope['type']}:{scope.get('chat_id', '')}:{args.text('language_code')}"


@method("getFile", "file_id")
def _get_file(state: State, args: Args) -> Any:
    file = state.files.get(args.text("file_id"))
    if file is None:
        raise bad("invalid file_id")
    if len(file.data) > _LARGEST:
        raise bad("file is too big")
    about = {"file_id": file.id, "file_unique_id": f"u{file.id}", "file_size": len(file.data)}
    return about | {"file_path": f"{file.kind}s/{file.id}"}
