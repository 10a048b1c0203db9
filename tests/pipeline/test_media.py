"""What lies at the gateway is fetched once, below a cap, and shown to whoever works on the case."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from channels.errors import AuthFailed, Permanent, Transient
from notifier import part_views
from notifier.scene import Scene
from pipeline import media, replying
from pipeline.files import NotFetched, TooLarge, Unreadable, opened
from pipeline.posts import View
from store import cleanup
from store.tables import Attachment, Post
from tests.pipeline.chat_desk import chat_desk, gateway
from tests.pipeline.conftest import Desk

PHOTO = b"\xff\xd8\xff" + bytes(range(256)) * 20


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Desk]:
    """A photo has been recorded and not been fetched yet."""
    with chat_desk(tmp_path) as made:
        gateway(made).files["m1"] = PHOTO
        remote = {"name": "", "content_type": "", "size": 0, "part": "m1", "remote": True}
        made.arrive("lihat ini", attachments=[remote])
        made.settle_but_replies()
        yield made


def file(one: Desk) -> Attachment:
    [found] = one.all(Attachment)
    assert isinstance(found, Attachment)
    return found


def lines(one: Desk) -> list[str]:
    post = one.all(Post)[0]
    with one.store.read() as db:
        scene = Scene(db=db, post=post, office=one.office, now=one.clock.now, username="bot")
        return part_views.fetching(scene, [file(one)])


def test_it_is_fetched_once_and_read_from_its_own_file(chat: Desk) -> None:
    assert lines(chat) == ["⏳ 1 lampiran masih diambil dari gateway."]
    with pytest.raises(NotFetched), opened(chat.store, chat.office, 1, 1 << 20):
        pass
    chat.settle()
    row = file(chat)
    assert (row.fetch_state, row.name, row.content_type) == ("done", "foto.jpg", "image/jpeg")
    assert (row.size, row.due_at, row.attempts) == (len(PHOTO), None, 1)
    assert lines(chat) == []
    gateway(chat).files.clear()
    with opened(chat.store, chat.office, 1, 1 << 20) as found:
        assert found.read() == PHOTO
    with pytest.raises(TooLarge), opened(chat.store, chat.office, 1, 100):
        pass
    assert list(chat.store.blobs.spool.iterdir()) == []
    assert replying.reply_due(chat.ctx) is None


def test_the_case_is_drawn_anew_when_it_is_there(chat: Desk) -> None:
    with chat.store.write("test", facility=chat.office.id) as db:
        shown = Post(
            facility_id=chat.office.id,
            staff_id=chat.staff["clerk"].id,
            kind=View.CASE,
            complaint_id=1,
            params="{}",
            due_at=chat.clock.now,
            created_at=chat.clock.now,
        )
        db.add(shown)
    before = {post.kind: post.wanted for post in chat.all(Post)}
    replying.reply_due(chat.ctx)
    after = {post.kind: post.wanted for post in chat.all(Post)}
    assert after[View.CASE] == before[View.CASE] + 1
    assert after[View.CARD] == before[View.CARD]


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        (LookupError("gone"), media.GONE),
        (Permanent("x", detail="404"), media.REFUSED),
        (b"x" * (media.MOST + 1), media.TOO_LARGE),
        (b"", media.GONE),
    ],
)
def test_one_that_is_not_to_be_had_is_said_to_be_so(
    chat: Desk, says: bytes | Exception, reason: str
) -> None:
    gateway(chat).files["m1"] = says
    chat.settle()
    row = file(chat)
    assert (row.fetch_state, row.reason, row.blob) == ("failed", reason, None)
    assert lines(chat) == ["⚠ 1 lampiran tidak bisa diambil dari gateway."]
    expected = TooLarge if reason == media.TOO_LARGE else Unreadable
    with pytest.raises(expected), opened(chat.store, chat.office, 1, 1 << 20):
        pass
    assert list(chat.store.blobs.spool.iterdir()) == []


@pytest.mark.parametrize("error", [Transient("nanti"), AuthFailed("sandi"), ValueError("a bug")])
def test_a_gateway_that_is_down_is_tried_later_and_given_up(chat: Desk, error: Exception) -> None:
    gateway(chat).files["m1"] = error
    waits = []
    for _ in range(3):
        chat.settle()
        due = file(chat).due_at
        assert due is not None
        waits.append((due - chat.clock.now).total_seconds())
        chat.clock.now = due
    assert waits == [60, 120, 240]
    for _ in range(12):
        chat.later(3600)
    assert (file(chat).fetch_state, file(chat).reason) == ("failed", media.GIVEN_UP)
    assert file(chat).attempts == media.MAX_TRIES


def test_a_crash_while_fetching_costs_ten_minutes(chat: Desk) -> None:
    class PowerCut(BaseException):
        pass

    plain = gateway(chat).fetch

    def cut(*_: object) -> object:
        raise PowerCut

    gateway(chat).fetch = cut  # type: ignore[assignment,method-assign]
    with pytest.raises(PowerCut):
        replying.reply_due(chat.ctx)
    gateway(chat).fetch = plain  # type: ignore[method-assign]
    chat.settle()
    assert file(chat).fetch_state == "pending"
    chat.later(media.ONE_TRY.total_seconds())
    assert (file(chat).fetch_state, file(chat).attempts) == ("done", 2)


def test_what_was_fetched_is_never_swept(chat: Desk, tmp_path: Path) -> None:
    chat.settle()
    spool = chat.store.blobs.spool / "lain"
    spool.write_bytes(b"nobody's")
    stray = chat.store.blobs.adopt(spool)
    old = time.time() - timedelta(days=3).total_seconds()
    key = file(chat).blob
    assert key is not None
    if chat.store.is_sqlite:
        for name in (key, stray):
            os.utime(chat.store.blobs.path(name), (old, old))
    else:
        with chat.store.write("test") as db:
            db.connection().exec_driver_sql("UPDATE blob SET adopted = 1")
    assert cleanup.forget_blobs(chat.store) == 1
    assert chat.store.blobs.path(key).read_bytes() == PHOTO
    with pytest.raises(FileNotFoundError):
        chat.store.blobs.path(stray)
