import pytest

from notifier.buttons import Button, Tap, Verb, data, markup, read


@pytest.mark.parametrize("verb", list(Verb))
def test_a_button_says_what_was_put_behind_it_in_64_bytes(verb: Verb) -> None:
    behind = data(verb, 10**9 - 1, "f" * 64)
    assert len(behind.encode()) <= 64
    assert read(behind) == Tap(verb, 10**9 - 1, "f" * 16)
    assert read(data(verb, 7)) == Tap(verb, 7)


@pytest.mark.parametrize(
    "nonsense",
    ["", "take", "take:", "take:x", "take:9999999999", "take:١", "nope:1", "take:1:A B", "é:1"],
)
def test_what_is_none_of_ours_is_no_tap(nonsense: str) -> None:
    assert read(nonsense) is None


def test_a_keyboard_without_buttons_takes_the_old_ones_away() -> None:
    assert markup(()) == {"inline_keyboard": []}
    assert markup(((Button("Buka", url="https://t.me/x"),), ())) == {
        "inline_keyboard": [[{"text": "Buka", "url": "https://t.me/x"}]]
    }
