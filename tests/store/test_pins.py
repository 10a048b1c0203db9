import pytest

from store import pins


@pytest.mark.parametrize("pin", ["12345", "", "abcdef", "1234567a", "12 456", "١٢٣٤٥٦", "9" * 33])
def test_a_pin_is_six_digits_or_more(pin: str) -> None:
    assert pins.fault(pin) == "digits"


@pytest.mark.parametrize(
    "pin", ["123456", "000000", "111111", "987654", "456789", "890123", "121212", "123123"]
)
def test_what_everybody_tries_first_is_no_pin(pin: str) -> None:
    assert pins.fault(pin) == "weak"


@pytest.mark.parametrize("pin", ["271828", "900417", "1357912", "112233"])
def test_others_are(pin: str) -> None:
    assert pins.fault(pin) == ""


def test_only_a_salted_hash_is_kept() -> None:
    one, other = pins.hashed("271828"), pins.hashed("271828")
    assert one != other
    assert "271828" not in one + other
    assert pins.matches(one, "271828")
    assert pins.matches(other, "271828")
    assert not pins.matches(one, "271829")
    assert not pins.matches(one, "\udcff")
    assert not pins.matches("", "271828")
