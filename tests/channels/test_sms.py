"""Lengths by the alphabet, and parts that lose nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms import Encoding, encoding, plain, segments, split

REFERENCE = "ADU-2026-0042"
MARK = re.compile(rf"(?: |\A)\({REFERENCE}(?: (\d+)/(\d+))?\)\Z")
WORDS = st.text(
    st.sampled_from("abcde KLM.,!?\n 0123{}€[]ñé–’“…😀ꦲ界\t\u00a0"), max_size=2_500
) | st.text(max_size=600)


@pytest.mark.parametrize(
    ("text", "kind", "count"),
    [
        ("", Encoding.GSM7, 1),
        ("a" * 160, Encoding.GSM7, 1),
        ("a" * 161, Encoding.GSM7, 2),
        ("a" * 306, Encoding.GSM7, 2),
        ("a" * 307, Encoding.GSM7, 3),
        ("€" * 80, Encoding.GSM7, 1),
        ("€" * 81, Encoding.GSM7, 2),
        ("€" * 152, Encoding.GSM7, 2),  # 153 places hold 76 of two, one stays empty
        ("€" * 153, Encoding.GSM7, 3),
        ("a" * 152 + "€" + "a" * 151, Encoding.GSM7, 2),
        ("a" * 152 + "€" + "a" * 152, Encoding.GSM7, 3),
        ("{[]}\\^~|\f\n\r@ÄÖÑÜäöñüàèéùìòßΩ§¿¡", Encoding.GSM7, 1),
        ("ꦲ" * 70, Encoding.UCS2, 1),
        ("ꦲ" * 71, Encoding.UCS2, 2),
        ("ꦲ" * 134, Encoding.UCS2, 2),
        ("ꦲ" * 135, Encoding.UCS2, 3),
        ("😀" * 35, Encoding.UCS2, 1),
        ("😀" * 36, Encoding.UCS2, 2),
        ("😀" * 66, Encoding.UCS2, 2),  # 67 units hold 33 pairs
        ("😀" * 67, Encoding.UCS2, 3),
        ("a" * 70 + "–", Encoding.UCS2, 2),
        ("tab\t", Encoding.UCS2, 1),
        ("`", Encoding.UCS2, 1),
    ],
)
def test_what_a_text_weighs(text: str, kind: Encoding, count: int) -> None:
    assert encoding(text) is kind
    assert segments(text) == count


def test_typographic_marks_do_not_cost_half_of_the_room() -> None:
    text = "Bapak/Ibu – terima kasih… “loket” buka\u00a007.30 • jum’at\r\n"
    assert plain(text) == 'Bapak/Ibu - terima kasih... "loket" buka 07.30 - jum\'at\n'
    assert encoding(plain(text)) is Encoding.GSM7
    assert plain("Kê 😀") == "Kê 😀"
    assert plain("cafe\u0301") == "café"


def test_one_part_names_the_case_once() -> None:
    assert split("Loket sudah dibuka.", REFERENCE) == [f"Loket sudah dibuka. ({REFERENCE})"]
    named = f"Aduan {REFERENCE} selesai."
    assert split(named, REFERENCE) == [named]


def test_parts_end_with_a_sentence() -> None:
    text = "Terima kasih atas aduan Bapak. " * 12
    parts = split(text, REFERENCE, limit_segments=1)

    assert parts == [
        f"{' '.join(['Terima kasih atas aduan Bapak.'] * 4)} ({REFERENCE} {n}/3)" for n in (1, 2, 3)
    ]


def test_parts_end_with_a_line_where_that_leaves_little_unused() -> None:
    text = "Jadwal poli gigi\n" * 20
    first = split(text, REFERENCE, limit_segments=1)[0]
    assert first.startswith("Jadwal poli gigi\nJadwal")
    assert first.endswith(f"gigi ({REFERENCE} 1/3)")


def test_an_endless_word_is_cut_where_the_room_ends() -> None:
    parts = split("a" * 2_000, REFERENCE, limit_segments=2)
    assert [segments(part) for part in parts] == [2] * len(parts)
    assert all(len(part) > 300 for part in parts[:-1])


@pytest.mark.parametrize("letter", ["ꦏꦺ", "👩🏽\u200d🌾", "x\u0328"])
def test_no_letter_is_taken_apart(letter: str) -> None:
    for before in range(4):
        parts = split("a" * before + letter * 300, REFERENCE, limit_segments=1)
        words = [MARK.sub("", part).lstrip("a") for part in parts]
        assert all(word == letter * (len(word) // len(letter)) for word in words)


def test_a_hundred_parts_are_counted_too() -> None:
    parts = split("aduan " * 2_600, REFERENCE, limit_segments=1)
    assert len(parts) > 100
    assert parts[-1].endswith(f" {len(parts)}/{len(parts)})")
    assert {segments(part) for part in parts} == {1}


@pytest.mark.parametrize("reference", ["A" * 41, "ADU–1"])
def test_a_reference_is_short_and_plain(reference: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        split("Halo", reference)


@given(text=WORDS, limit=st.integers(1, 6))
def test_splitting_loses_nothing_keeps_the_limit_and_the_order(text: str, limit: int) -> None:
    parts = split(text, REFERENCE, limit)

    assert parts == split(text, REFERENCE, limit)
    assert all(segments(part) <= limit for part in parts)
    assert all(REFERENCE in part for part in parts)
    marks = [MARK.search(part) for part in parts]
    if len(parts) > 1:
        numbers = [(mark[1], mark[2]) for mark in marks if mark]
        assert numbers == [(str(n), str(len(parts))) for n in range(1, len(parts) + 1)]
    words = "".join(MARK.sub("", part) for part in parts)
    assert _solid(words) == _solid(plain(text))


@given(text=WORDS)
def test_more_text_never_weighs_less(text: str) -> None:
    weights = [segments(text[:n]) for n in range(0, len(text) + 1, 7)]
    assert weights == sorted(weights)


@given(text=WORDS)
def test_plain_twice_is_plain_once(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def _solid(text: str) -> str:
    return "".join(text.split())
