"""An answer that has to be told by telephone, settled at the PC."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import desk
from store import waiting
from store.states import Status
from tanggap.checks import work
from tanggap.checks.exam import Exam
from tanggap.settings import Settings
from tests.pipeline.window_desk import WindowDesk, make_windowed
from tests.tanggap.desk.conftest import at, choice


@pytest.fixture
def shut_out(tmp_path: Path) -> Iterator[WindowDesk]:
    """Approved when the window had closed, without a template."""
    made = make_windowed(tmp_path, template=False)
    made.writes()
    made.later(hours=25)
    made.approved("Loket sudah ditambah.")
    yield made
    made.desk.store.close()


def test_the_number_is_on_the_screen_and_the_call_is_settled_there(shut_out: WindowDesk) -> None:
    counter = at(shut_out.desk)
    seen = counter.sit("clerk", "1")
    assert "Telepon pengadu ADU-2026-0001" in seen
    assert "+62 812-3456-7890" in seen
    assert "Jendela WA sudah tutup" in seen
    counter.sit("clerk", "1", choice(seen, "Sudah ditelepon"))
    assert counter.status() is Status.ANSWERED
    assert "Disampaikan lewat telepon" in counter.sit("clerk", "1")


def test_the_same_in_one_command(shut_out: WindowDesk) -> None:
    assert shut_out.part().waits_for == waiting.CALL
    assert at(shut_out.desk).once("clerk", "sent", "1", "1")
    assert shut_out.case().status is Status.ANSWERED


def test_the_doctor_counts_who_is_to_be_called(shut_out: WindowDesk) -> None:
    exam = Exam(Settings(), shut_out.desk.ctx, shut_out.now())
    [found] = [it for it in work.replies(exam) if "lewat telepon" in it.what]
    assert (found.ok, found.what.split(": ")[1].split()[0]) == (False, "1")
    assert "[Sudah ditelepon]" in found.fix
    shut_out.desk.decide(desk.mark_sent, "clerk", shut_out.part().id)
    assert all(it.ok for it in work.replies(exam))
