"""One code out of what servers say."""

import pytest

from channels.email.reasons import basic_reply, code_in, reason


@pytest.mark.parametrize(
    ("code", "words", "kept"),
    [
        ("5.1.1", "", "5.1.1"),
        ("5.0.0", "smtp; 550 5.2.2 over quota", "5.2.2"),
        ("5.0.0", "smtp; 550 Mailbox full", "5.2.2"),
        ("5.0.0", "", "5.0.0"),
        ("", "The email account that you tried to reach does not exist", "5.1.1"),
        ("", "Sorry, I couldn't find any host named lama.example", "5.1.2"),
        ("", "552 message size exceeds limit", "5.3.4"),
        ("", "Unrouteable address", "5.1.1"),
        ("", "account has been disabled", "5.2.1"),
        ("", "retry timeout exceeded", "5.4.7"),
        ("", "554 rejected", "554"),
        ("", "Kotak surat penerima penuh", "5.2.2"),
        ("5.7.1", "smtp; 550 5.7.1 blocked, see our reputation page", "5.7.1 spam"),
        ("", "Message rejected as spam", "5.7.1 spam"),
        ("5.1.1", "user unknown; spam is not welcome either", "5.1.1"),
        ("", "entah", ""),
    ],
)
def test_what_is_kept(code: str, words: str, kept: str) -> None:
    assert reason(code, words) == kept


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(#5.1.1)", "5.1.1"),
        ("550-5.1.1 The", "5.1.1"),
        ("gagal 5.0.0, lalu 5.4.4.", "5.4.4"),
        ("host 5.9.12.34 said", ""),
        ("versi 15.1.1 dan 5.1.1234", ""),
        ("5.9.1", ""),
    ],
)
def test_a_code_is_no_piece_of_something_else(text: str, code: str) -> None:
    assert code_in(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("said: 550 User", "550"), ("(554-blocked", "554"), ("nomor 550.000", ""), ("jam 450:00", "")],
)
def test_a_basic_reply_stands_before_words(text: str, code: str) -> None:
    assert basic_reply(text) == code
