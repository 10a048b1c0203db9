"""python-telegram-bot itself against the double: same shapes, same errors as from the real one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from telegram import (
    Bot,
    BotCommand,
    ChatMemberRestricted,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from simulator.faults import DROP_AFTER_COMMIT, DROP_BEFORE_COMMIT, Refuse, Silence, TooMany
from simulator.telegram import Telegram
from tests.simulator.conftest import Desk


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK warns on every RetryAfter until it is told that a timedelta is understood."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


def run(desk: Desk, act: Callable[[Bot], Awaitable[Any]]) -> Any:
    """Let a real Bot do something on a loop of its own."""

    async def whole() -> Any:
        bot = Bot(
            desk.telegram.token,
            base_url=desk.telegram.base_url,
            base_file_url=desk.telegram.base_file_url,
            request=HTTPXRequest(httpx_kwargs={"trust_env": False}, read_timeout=2),
            get_updates_request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
        )
        async with bot:
            return await act(bot)

    return asyncio.run(whole())


def test_a_card_goes_out_is_tapped_and_edited(desk: Desk) -> None:
    keys = InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton("Saya tangani", callback_data="take:42:1"),
                InlineKeyboardButton("Buka bot", url="https://t.me/tanggap_bot?start=KODE7"),
            ]
        ]
    )

    async def act(bot: Bot) -> None:
        card = await bot.send_message(
            desk.group.id,
            "<b>ADU-2026-0042</b> · Waktu tunggu &amp; antre",
            parse_mode="HTML",
            reply_markup=keys,
            disable_notification=True,
            protect_content=True,
        )
        assert card.chat.title == "Tim Aduan"
        assert [it.type for it in card.entities] == ["bold"]
        query_id = desk.ani.tap(desk.group, card.message_id, "Saya tangani")
        [update] = await bot.get_updates(timeout=2)
        tap = update.callback_query
        assert tap is not None
        assert (tap.id, tap.data, tap.from_user.id) == (query_id, "take:42:1", 501)
        assert tap.message is not None
        assert tap.message.message_id == card.message_id
        await tap.answer("Baik")
        done = await bot.edit_message_text(
            "Ditangani Ani", chat_id=desk.group.id, message_id=card.message_id
        )
        assert not isinstance(done, bool)
        assert done.edit_date is not None
        desk.ani.say(desk.ani.private, "sementara")
        reply = await bot.send_message(
            desk.ani.id,
            "Silakan tulis",
            reply_parameters=ReplyParameters(desk.ani.private.last().id),
        )
        assert reply.reply_to_message is not None
        assert reply.reply_to_message.text == "sementara"

    run(desk, act)
    [card] = desk.group.messages()
    assert (card.text, card.buttons, card.silent) == ("Ditangani Ani", (), True)
    assert card.history == ("ADU-2026-0042 · Waktu tunggu & antre",)
    assert card.protected
    assert next(iter(desk.telegram.world.queries.values())).answers == [
        {"text": "Baik", "alert": False}
    ]


def test_a_link_with_a_code_presses_start(desk: Desk) -> None:
    link = InlineKeyboardButton("Buka", url="https://t.me/tanggap_bot?start=K7")
    keys = InlineKeyboardMarkup([[link]])
    budi = desk.telegram.world.user(502, "Budi")
    desk.group.join(budi)

    async def act(bot: Bot) -> None:
        card = await bot.send_message(desk.group.id, "kartu", reply_markup=keys)
        with pytest.raises(Forbidden):
            await bot.send_message(budi.id, "halo")
        assert budi.tap(desk.group, card.message_id, "Buka") == ""
        [update] = await bot.get_updates()
        assert update.message is not None
        assert update.message.text == "/start K7"
        assert update.message.parse_entities() == {update.message.entities[0]: "/start"}
        await bot.send_message(budi.id, "halo")

    run(desk, act)
    assert budi.private.last().text == "halo"


def test_offsets_confirm_and_what_is_confirmed_never_comes_back(desk: Desk) -> None:
    async def act(bot: Bot) -> None:
        for word in ("satu", "dua", "tiga"):
            desk.ani.say(desk.ani.private, word)
        first = await bot.get_updates()
        again = await bot.get_updates(limit=2)
        assert [it.update_id for it in again] == [it.update_id for it in first][:2]
        rest = await bot.get_updates(offset=first[0].update_id + 1)
        assert [it.update_id for it in rest] == [it.update_id for it in first][1:]
        assert len(await bot.get_updates()) == 2
        [last] = await bot.get_updates(offset=-1)
        assert last.update_id == first[2].update_id
        assert len(await bot.get_updates()) == 1
        assert await bot.get_updates(offset=last.update_id + 1) == ()

    run(desk, act)


def test_a_long_poll_ends_when_something_happens(desk: Desk) -> None:
    async def act(bot: Bot) -> Any:
        poll = asyncio.create_task(bot.get_updates(timeout=30))
        await asyncio.to_thread(
            desk.telegram.journal.wait, lambda entry: entry.method == "getUpdates"
        )
        desk.ani.say(desk.ani.private, "halo 😡 /bantuan@tanggap_bot")
        return await asyncio.wait_for(poll, 10)

    [update] = run(desk, act)
    assert list(update.message.parse_entities().values()) == ["/bantuan@tanggap_bot"]


def test_updates_are_dropped_after_a_day_and_ids_start_anew_after_a_quiet_week(desk: Desk) -> None:
    async def act(bot: Bot) -> None:
        desk.ani.say(desk.ani.private, "lama")
        [old] = await bot.get_updates()
        desk.clock.forward(hours=24)
        assert await bot.get_updates() == ()
        desk.clock.forward(days=7)
        desk.ani.say(desk.ani.private, "baru")
        [new] = await bot.get_updates()
        assert new.update_id < old.update_id

    run(desk, act)


def test_allowed_updates_are_remembered(desk: Desk) -> None:
    async def act(bot: Bot) -> None:
        await bot.get_updates(allowed_updates=["message"])
        theirs = desk.ani.say(desk.ani.private, "satu")
        desk.ani.edit(desk.ani.private, theirs, "dua")
        [update] = await bot.get_updates()
        assert update.message is not None
        assert update.message.text == "satu"
        await bot.get_updates(allowed_updates=[])
        desk.ani.edit(desk.ani.private, theirs, "tiga")
        assert (await bot.get_updates())[-1].edited_message is not None

    run(desk, act)


def test_the_group_tells_of_members_anonymous_admins_and_migration(desk: Desk) -> None:
    async def act(bot: Bot) -> None:
        old = desk.telegram.world.group("Lama", [desk.ani], bot=True, kind="group")
        [added] = await bot.get_updates()
        assert added.my_chat_member is not None
        assert added.my_chat_member.new_chat_member.status == "member"
        new = old.migrate()
        updates = await bot.get_updates(offset=added.update_id + 1)
        moved, came = (it.message for it in updates)
        assert moved is not None
        assert came is not None
        assert (moved.chat.id, moved.migrate_to_chat_id) == (old.id, new.id)
        assert (came.chat.id, came.migrate_from_chat_id) == (new.id, old.id)
        with pytest.raises(ChatMigrated) as raised:
            await bot.send_message(old.id, "halo")
        assert raised.value.new_chat_id == new.id
        new.say_anonymously("/setujui 0042")
        ghost = (await bot.get_updates(offset=updates[-1].update_id + 1))[0].message
        assert ghost is not None
        assert ghost.from_user is not None
        assert ghost.sender_chat is not None
        assert (ghost.from_user.id, ghost.sender_chat.id) == (1087968824, new.id)
        assert (await bot.get_chat(new.id)).title == "Lama"
        assert (await bot.get_chat_member(new.id, bot.id)).status == "member"
        new.add_bot(desk.ani, status="administrator")
        assert (await bot.get_chat_member(new.id, bot.id)).status == "administrator"
        assert (await bot.get_chat_member(new.id, 501)).status == "creator"
        assert await bot.leave_chat(new.id)
        with pytest.raises(Forbidden):
            await bot.get_chat(new.id)

    run(desk, act)


def test_files_go_both_ways(desk: Desk) -> None:
    async def act(bot: Bot) -> None:
        sent = await bot.send_document(
            desk.ani.id, InputFile(b"\x00\r\n--a\r\n", "raw.eml"), caption="aslinya"
        )
        assert sent.document is not None
        assert (sent.document.file_name, sent.caption) == ("raw.eml", "aslinya")
        await bot.send_photo(desk.ani.id, b"jpeg")
        desk.ani.send_file(desk.ani.private, b"foto wc", caption="ini wc nya min")
        message = (await bot.get_updates())[0].message
        assert message is not None
        file = await bot.get_file(message.photo[-1].file_id)
        assert bytes(await file.download_as_bytearray()) == b"foto wc"
        await bot.set_my_commands([BotCommand("daftar", "Aduan yang belum selesai")])
        assert [it.command for it in await bot.get_my_commands()] == ["daftar"]
        assert await bot.delete_webhook()
        assert (await bot.get_webhook_info()).url == ""

    run(desk, act)
    document, photo, _ = desk.ani.private.messages()[1:]
    assert (document.file_name, document.data) == ("raw.eml", b"\x00\r\n--a\r\n")
    assert photo.data == b"jpeg"


async def too_long(bot: Bot, desk: Desk) -> None:
    await bot.send_message(desk.ani.id, "x" * 4097)


async def flooded(bot: Bot, desk: Desk) -> None:
    for n in range(21):
        await bot.send_message(desk.group.id, str(n))


async def two_pollers(bot: Bot, desk: Desk) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    while not first.done():
        await bot.get_updates(timeout=0)
    await first


async def wrong_token(bot: Bot, desk: Desk) -> None:
    other = Bot(
        "1:wrong",
        base_url=desk.telegram.base_url,
        request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
    )
    async with other:
        await other.get_me()


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (too_long, BadRequest),
        (flooded, RetryAfter),
        (two_pollers, Conflict),
        (wrong_token, InvalidToken),
    ],
)
def test_refusals_are_the_sdks_own_errors(
    desk: Desk, act: Callable[[Bot, Desk], Awaitable[None]], error: type[TelegramError]
) -> None:
    with pytest.raises(error):
        run(desk, lambda bot: act(bot, desk))


@pytest.mark.parametrize(
    ("action", "error", "arrived"),
    [
        (Refuse(500, "Internal Server Error"), NetworkError, 0),
        (Refuse(502), NetworkError, 0),
        (TooMany(7), RetryAfter, 0),
        (Silence(0.2), NetworkError, 0),
        (DROP_BEFORE_COMMIT, NetworkError, 0),
        (DROP_AFTER_COMMIT, NetworkError, 1),
    ],
)
def test_faults_reach_the_sdk_as_the_real_ones_do(
    desk: Desk, action: Any, error: type[TelegramError], arrived: int
) -> None:
    desk.telegram.faults.add(action, gateway="telegram", method="sendMessage")

    async def act(bot: Bot) -> None:
        with pytest.raises(error):
            await bot.send_message(desk.group.id, "kartu")
        assert len(desk.group.messages()) == arrived
        await bot.send_message(desk.group.id, "lagi")

    run(desk, act)
    first, second = desk.telegram.journal.entries("telegram", "sendMessage")
    assert first.outcome.startswith("fault: ")
    assert first.committed is bool(arrived)
    assert (second.outcome, second.committed) == ("ok", True)


def test_the_library_reads_what_a_group_does_to_the_bot() -> None:
    with Telegram() as double:
        owner = double.world.user(1, "Orang")
        group = double.world.group("Tim", [owner], bot=True)
        group.restrict_bot(owner)
        group.say_as_channel("/daftar")
        group.say_as_channel("kabar", forwarded=True)
        owner.say_via_bot(group, "/daftar")
        group.rename(owner, "Tim lain")
        group.delete()
        raw = double.world.updates.fetch(0, 100, 0, None)
    read = [Update.de_json(update, None) for update in raw]
    assert [update.api_kwargs for update in read] == [{}] * len(read)
    members = [update.my_chat_member for update in read if update.my_chat_member]
    assert [member.new_chat_member.status for member in members] == [
        "member",
        "restricted",
        "left",
    ]
    restricted = members[1].new_chat_member
    assert isinstance(restricted, ChatMemberRestricted)
    assert restricted.can_send_messages is False
    said = [update.message for update in read if update.message]
    assert [message.sender_chat is not None for message in said] == [True, True, False, False]
    assert said[1].is_automatic_forward
    assert said[2].via_bot is not None
    assert said[3].new_chat_title == "Tim lain"
