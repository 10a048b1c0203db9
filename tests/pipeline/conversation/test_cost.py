"""A batch of chat messages costs one query more than a batch of letters, however large."""

from pathlib import Path

from sqlalchemy import Connection, event

from pipeline import inbound
from tests.pipeline.conftest import Desk, make_desk
from tests.pipeline.conversation.talks import chat_desk


def reads(desk: Desk, texts: list[str]) -> int:
    """Queries of one recording that name a conversation's tables together."""
    seen: list[str] = []

    def note(_c: Connection, _k: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    for number, text in enumerate(texts):
        desk.arrive(text, f"+62811{number:07}")
    event.listen(desk.store.writer, "before_cursor_execute", note)
    inbound.record_due(desk.ctx)
    event.remove(desk.store.writer, "before_cursor_execute", note)
    return sum("UNION ALL" in statement for statement in seen)


def test_one_query_a_batch_and_none_for_letters(tmp_path: Path) -> None:
    texts = [f"keluhan ke {number}" for number in range(30)]
    with chat_desk(tmp_path / "chat") as chats:
        assert reads(chats, texts) == 1
    letters = make_desk(tmp_path / "letters")
    assert reads(letters, texts) == 0
    letters.store.close()
