from typing import Any

import pytest

from notifier.incoming import read

PERSON, CHAT = {"id": 11}, {"id": 11, "type": "private"}


def message(**fields: Any) -> dict[str, Any]:
    return {"message": {"message_id": 1, "from": PERSON, "chat": CHAT, "text": "ya", **fields}}


def test_what_no_database_takes_is_left_out() -> None:
    update = message(text="Su\0dah\ud800", reply_to_message={"message_id": 2, "text": "ADU\0-2026"})
    incoming = read(update, 1)
    assert incoming is not None
    assert (incoming.text, incoming.replied_text) == ("Sudah", "ADU-2026")


@pytest.mark.parametrize(
    "update",
    [
        message(message_id=2**63),
        message(chat={"id": -(2**63) - 1, "type": "private"}),
        message(**{"from": {"id": 2**64}}),
        {"callback_query": {"id": "1", "from": {"id": 2**64}}},
        {"my_chat_member": {"from": PERSON, "chat": {"id": 2**64}, "new_chat_member": {}}},
    ],
)
def test_an_id_that_no_column_holds_is_nobody_s(update: dict[str, Any]) -> None:
    assert read(update, 1) is None
