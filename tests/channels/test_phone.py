"""Numbers as one key, names as none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.phone import e164, later_ids, outgoing_id


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("081200000001", "+6281200000001"),
        ("+6281200000001", "+6281200000001"),
        ("6281200000001", "+6281200000001"),
        ("0812-0000-0001", "+6281200000001"),
        ("(0281) 635123", "+62281635123"),
        ("+1 650 253 0000", "+16502530000"),
        ("TELKOMSEL", ""),
        ("3636", ""),
        ("112", ""),
        ("+62", ""),
        ("", ""),
        ("081200000001x", ""),
        ("12345678901234567890", ""),
    ],
)
def test_one_key_for_one_number(text: str, number: str) -> None:
    assert e164(text) == number


@given(text=st.text(max_size=30) | st.text("+0123456789 ()-.", max_size=30))
def test_a_number_stays_what_it_is(text: str) -> None:
    number = e164(text)
    assert e164(number) == number


def test_ids_are_of_one_installation_one_account_one_part_and_one_kind() -> None:
    made = {
        outgoing_id(key, account, part, automatic=automatic)
        for key in (b"a", b"b")
        for account in ("sms", "sms2")
        for part in (1, 2)
        for automatic in (False, True)
    }
    assert len(made) == 16
    assert outgoing_id(b"a", "sms", 1, automatic=False) in made


def test_later_ids_are_the_same_from_whichever() -> None:
    first = outgoing_id(b"a", "sms", 10**10 - 1, automatic=True)
    later = later_ids(first)
    assert later[0] == first
    assert len(later) == len(set(later)) == 9
    assert all(later_ids(each) == later and len(each) <= 36 for each in later)
