"""A file taken out of the raw is capped, and gone when nobody needs it any more."""

import time
from dataclasses import replace
from typing import BinaryIO

import pytest
from sqlmodel import select

from channels.message import Attachment as Wanted
from channels.message import Delivery
from pipeline import posting, posts
from pipeline.files import TooLarge, Unreadable, opened
from pipeline.posts import View
from store.tables import Lease, Post
from tests.doubles import LetterChannel
from tests.pipeline.conftest import Desk


class Sack(LetterChannel):
    """A channel whose attachments are as long as their size says, and one byte if asked for."""

    def fetch(self, delivery: Delivery, attachment: Wanted, into: BinaryIO) -> None:
        assert delivery.transport_id == "letter-1"
        assert attachment.name == "a.bin"
        for _ in range(attachment.size):
            into.write(b"x")


@pytest.fixture
def desk(desk_of_one: Desk) -> Desk:
    assert isinstance(desk_of_one.office.channels, dict)
    desk_of_one.office.channels["hotline"] = Sack()
    kind = "application/octet-stream"
    desk_of_one.arrive("ada", attachments=[{"name": "a.bin", "content_type": kind, "size": 9}])
    desk_of_one.settle()
    return desk_of_one


def test_the_bytes_stand_in_a_file_for_the_length_of_the_block(desk: Desk) -> None:
    with opened(desk.store, desk.office, 1, 9) as file:
        assert file.read() == b"x" * 9
    assert file.closed
    assert list(desk.store.blobs.spool.iterdir()) == []


def test_one_byte_too_many_ends_it(desk: Desk) -> None:
    with pytest.raises(TooLarge), opened(desk.store, desk.office, 1, 8):
        pass
    assert list(desk.store.blobs.spool.iterdir()) == []


def test_a_channel_that_has_no_files_is_no_error_of_the_reader(desk: Desk) -> None:
    assert isinstance(desk.office.channels, dict)
    desk.office.channels["hotline"] = LetterChannel()
    with pytest.raises(Unreadable), opened(desk.store, desk.office, 1, 9):
        pass


def test_an_upload_that_outlasts_the_lease_keeps_it(desk_of_one: Desk) -> None:
    one = desk_of_one
    one.ctx = replace(one.ctx, settings=replace(one.ctx.settings, lease_seconds=0.3))
    renewed = []

    def expires() -> float:
        with one.store.read() as db:
            return db.exec(select(Lease.expires)).one()

    def slow(_post: Post) -> None:
        begun, end = expires(), time.monotonic() + 10
        while expires() <= begun and time.monotonic() < end:
            time.sleep(0.01)
        renewed.append(expires() > begun)

    one.chat.fault = slow
    with one.store.write("test") as db:
        clerk = one.staff["clerk"].id
        posts.ask(db, View.FILE, facility_id=one.office.id, now=one.clock.now, staff_id=clerk)
    posting.post_due(one.ctx)
    assert renewed == [True]
    assert one.chat.views(clerk) == [View.FILE]
