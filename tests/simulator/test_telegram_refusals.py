"""What the real Bot API refuses, the double refuses: one row a refusal."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.conftest import Desk

Answer = tuple[int, dict[str, Any]]


def send(desk: Desk, **params: Any) -> Answer:
    return desk.call("sendMessage", **{"chat_id": desk.ani.id, "text": "halo", **params})


def keyboard(**button: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Saya tangani", **button}]]}


def html(text: str) -> Callable[[Desk], Answer]:
    return lambda desk: send(desk, text=text, parse_mode="HTML")


def caption(desk: Desk) -> Answer:
    desk.ani.send_file(desk.ani.private, b"jpeg")
    [photo] = desk.telegram.world.files
    return desk.call("sendPhoto", chat_id=desk.ani.id, photo=photo, caption="x" * 1025)


def twenty_first(desk: Desk) -> Answer:
    for n in range(20):
        desk.ok("sendMessage", chat_id=desk.group.id, text=str(n))
        desk.clock.forward(seconds=1)
    return send(desk, chat_id=desk.group.id)


def twenty_first_is_an_edit(desk: Desk) -> Answer:
    card = desk.ok("sendMessage", chat_id=desk.group.id, text="kartu")["message_id"]
    for n in range(19):
        desk.ok("editMessageText", chat_id=desk.group.id, message_id=card, text=str(n))
    return desk.call("editMessageText", chat_id=desk.group.id, message_id=card, text="selesai")


def thirty_first_in_a_second(desk: Desk) -> Answer:
    for n in range(30):
        desk.ok("sendMessage", chat_id=desk.ani.id, text=str(n))
    return send(desk)


def before_start(desk: Desk) -> Answer:
    return send(desk, chat_id=desk.telegram.world.user(502, "Budi").id)


def blocked(desk: Desk) -> Answer:
    desk.ani.block()
    return send(desk)


def kicked(desk: Desk) -> Answer:
    desk.group.kick_bot(desk.ani)
    return send(desk, chat_id=desk.group.id)


def left(desk: Desk) -> Answer:
    desk.ok("leaveChat", chat_id=desk.group.id)
    return send(desk, chat_id=desk.group.id)


def migrated(desk: Desk) -> Answer:
    desk.group.migrate()
    return send(desk, chat_id=desk.group.id)


def second_poller(desk: Desk) -> Answer:
    answers: list[Answer] = []
    first = threading.Thread(target=lambda: answers.append(desk.call("getUpdates", timeout=20)))
    first.start()
    desk.telegram.journal.wait(lambda entry: entry.method == "getUpdates")
    while first.is_alive():  # the first may be journalled a moment before it waits
        assert desk.call("getUpdates", timeout=0)[0] == 200
    return answers[0]


def edit_unchanged(desk: Desk) -> Answer:
    card = desk.ok("sendMessage", chat_id=desk.ani.id, text="<b>kartu</b>", parse_mode="HTML")
    return desk.call(
        "editMessageText",
        chat_id=desk.ani.id,
        message_id=card["message_id"],
        text=" <strong>kartu</strong> ",
        parse_mode="HTML",
    )


def edit_keyboard_unchanged(desk: Desk) -> Answer:
    where = {"chat_id": desk.ani.id, "reply_markup": keyboard(callback_data="t:1")}
    card = desk.ok("sendMessage", text="kartu", **where)
    return desk.call("editMessageReplyMarkup", message_id=card["message_id"], **where)


def edit_of_a_persons_message(desk: Desk) -> Answer:
    theirs = desk.ani.say(desk.ani.private, "aduan")
    return desk.call("editMessageText", chat_id=desk.ani.id, message_id=theirs, text="lain")


def edit_of_a_deleted_message(desk: Desk) -> Answer:
    where = {"chat_id": desk.ani.id}
    where["message_id"] = desk.ok("sendMessage", text="kartu", **where)["message_id"]
    desk.ok("deleteMessage", **where)
    return desk.call("editMessageText", text="lain", **where)


def delete_after_48_hours(desk: Desk) -> Answer:
    card = desk.ok("sendMessage", chat_id=desk.ani.id, text="kartu")
    desk.clock.forward(hours=48, seconds=1)
    return desk.call("deleteMessage", chat_id=desk.ani.id, message_id=card["message_id"])


def delete_a_members_message(desk: Desk) -> Answer:
    theirs = desk.ani.say(desk.group, "aduan")
    return desk.call("deleteMessage", chat_id=desk.group.id, message_id=theirs)


def late_tap(desk: Desk) -> Answer:
    card = desk.ok(
        "sendMessage", chat_id=desk.ani.id, text="x", reply_markup=keyboard(callback_data="t")
    )
    query = desk.ani.tap(desk.ani.private, card["message_id"], "Saya tangani")
    desk.clock.forward(minutes=16)
    return desk.call("answerCallbackQuery", callback_query_id=query)


OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
SAME = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)
PARSE = "Bad Request: can't parse entities: "
REFUSALS: dict[str, tuple[Callable[[Desk], Answer], int, str]] = {
    "bad token": (lambda d: d.call("getMe", "123456:wrong"), 401, "Unauthorized"),
    "no token at all": (lambda d: d.call("getMe", "x"), 404, "Not Found"),
    "unknown method": (lambda d: d.call("sendMesage"), 404, "Not Found: method not found"),
    "unknown parameter": (
        lambda d: send(d, silent=True),
        400,
        "Bad Request: unknown parameter silent (only this double refuses it)",
    ),
    "4,097 characters": (
        lambda d: send(d, text="x" * 4097),
        400,
        "Bad Request: message is too long",
    ),
    "2,049 emojis": (lambda d: send(d, text="😡" * 2049), 400, "Bad Request: message is too long"),
    "caption of 1,025": (caption, 400, "Bad Request: message caption is too long"),
    "no text": (lambda d: send(d, text=" \n "), 400, "Bad Request: message text is empty"),
    "only tags": (html("<b></b>"), 400, "Bad Request: message text is empty"),
    "65 bytes": (
        lambda d: send(d, reply_markup=keyboard(callback_data="x" * 65)),
        400,
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    "33 two-byte letters": (
        lambda d: send(d, reply_markup=keyboard(callback_data="é" * 33)),
        400,
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    "no data": (
        lambda d: send(d, reply_markup=keyboard(callback_data="")),
        400,
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    "button without use": (
        lambda d: send(d, reply_markup=keyboard()),
        400,
        "Bad Request: text buttons are unallowed in the inline keyboard",
    ),
    "unknown tag": (
        html("a <br> b"),
        400,
        PARSE + 'Unsupported start tag "br" at byte offset 2',
    ),
    "lone angle bracket": (
        html("é < b"),
        400,
        PARSE + 'Unsupported start tag "" at byte offset 3',
    ),
    "unclosed tag": (
        html("<b>tebal"),
        400,
        PARSE + 'Can\'t find end tag corresponding to start tag "b"',
    ),
    "crossed tags": (
        html("<b><i>x</b></i>"),
        400,
        PARSE + 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
    ),
    "end without start": (html("x</b>"), 400, PARSE + "Unexpected end tag at byte offset 1"),
    "half a tag": (html("<b"), 400, PARSE + "Unclosed start tag at byte offset 0"),
    "unknown parse mode": (
        lambda d: send(d, parse_mode="RTF"),
        400,
        "Bad Request: unsupported parse_mode",
    ),
    "answer to nothing": (
        lambda d: send(d, reply_parameters={"message_id": 999}),
        400,
        "Bad Request: message to be replied not found",
    ),
    "unknown chat": (lambda d: send(d, chat_id=77), 400, "Bad Request: chat not found"),
    "before Start": (
        before_start,
        403,
        "Forbidden: bot can't initiate conversation with a user",
    ),
    "blocked": (blocked, 403, "Forbidden: bot was blocked by the user"),
    "kicked": (kicked, 403, "Forbidden: bot was kicked from the supergroup chat"),
    "left": (left, 403, "Forbidden: bot is not a member of the supergroup chat"),
    "migrated": (
        migrated,
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
    ),
    "21st message in a minute": (twenty_first, 429, "Too Many Requests: retry after 40"),
    "21st is an edit": (twenty_first_is_an_edit, 429, "Too Many Requests: retry after 60"),
    "31st in a second": (thirty_first_in_a_second, 429, "Too Many Requests: retry after 1"),
    "second poller": (
        second_poller,
        409,
        "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running",
    ),
    "edit unchanged": (edit_unchanged, 400, SAME),
    "keyboard unchanged": (edit_keyboard_unchanged, 400, SAME),
    "edit of a person's": (
        edit_of_a_persons_message,
        400,
        "Bad Request: message can't be edited",
    ),
    "edit of a deleted": (
        edit_of_a_deleted_message,
        400,
        "Bad Request: message to edit not found",
    ),
    "delete too late": (
        delete_after_48_hours,
        400,
        "Bad Request: message can't be deleted for everyone",
    ),
    "delete a member's": (
        delete_a_members_message,
        400,
        "Bad Request: message can't be deleted",
    ),
    "unknown tap": (lambda d: d.call("answerCallbackQuery", callback_query_id="1"), 400, OLD),
    "late tap": (late_tap, 400, OLD),
    "bad command": (
        lambda d: d.call("setMyCommands", commands=[{"command": "Daftar", "description": "x"}]),
        400,
        "Bad Request: BOT_COMMAND_INVALID",
    ),
    "unknown file": (
        lambda d: d.call("getFile", file_id="F9"),
        400,
        "Bad Request: invalid file_id",
    ),
}


@pytest.mark.parametrize("row", REFUSALS.values(), ids=REFUSALS.keys())
def test_refuses_what_the_real_one_refuses(
    desk: Desk, row: tuple[Callable[[Desk], Answer], int, str]
) -> None:
    act, code, description = row
    status, answer = act(desk)
    assert (status, answer["ok"], answer["error_code"]) == (code, False, code)
    assert answer["description"] == description
    told = [it for it in desk.telegram.journal.entries() if it.outcome == f"refused: {description}"]
    assert len(told) == 1
    assert not told[0].committed


def test_refusals_carry_what_the_sender_needs_next(desk: Desk) -> None:
    _, answer = twenty_first(desk)
    assert answer["parameters"] == {"retry_after": 40}
    desk.clock.forward(seconds=40)
    assert send(desk, chat_id=desk.group.id)[0] == 200
    new = desk.group.migrate()
    _, answer = send(desk, chat_id=desk.group.id)
    assert answer["parameters"] == {"migrate_to_chat_id": new.id}
    assert send(desk, chat_id=new.id)[0] == 200


LIMITS: dict[str, dict[str, Any]] = {
    "4,096 characters": {"text": "x" * 4096},
    "4,096 after parsing": {"text": "<b>" + "&lt;" * 4096 + "</b>", "parse_mode": "HTML"},
    "64 bytes": {"reply_markup": keyboard(callback_data="x" * 64)},
    "nested style": {
        "text": '<b>b <i>c</i></b> <a href="https://example.org/?a=1&amp;b=2">d</a> &#38; &x;',
        "parse_mode": "HTML",
    },
}


@pytest.mark.parametrize("params", LIMITS.values(), ids=LIMITS.keys())
def test_takes_what_just_fits(desk: Desk, params: dict[str, Any]) -> None:
    status, answer = send(desk, **params)
    assert status == 200, answer
    assert desk.ani.private.last().id == answer["result"]["message_id"]
