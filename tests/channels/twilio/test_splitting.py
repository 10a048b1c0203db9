"""Long answers in parts: in order, whole, within the limit, each with its reference."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.twilio.splitting import LIMIT, split, units

REFERENCE = "ADU-2026-0042/2"
_END = re.compile(r"\n\n\(ADU-2026-0042/2(?: (\d+)/(\d+))?\)\Z")


def bodies(parts: list[str]) -> list[str]:
    """The words of each part, its last line checked."""
    found = []
    for number, part in enumerate(parts, 1):
        match = _END.search(part)
        assert match is not None
        if len(parts) > 1:
            assert match.groups() == (str(number), str(len(parts)))
        found.append(part[: match.start()])
    return found


def test_a_short_answer_is_one_part() -> None:
    assert split("Sudah kami perbaiki.\n", REFERENCE) == [
        "Sudah kami perbaiki.\n\n(ADU-2026-0042/2)"
    ]


def test_it_is_cut_between_paragraphs_first() -> None:
    paragraphs = [f"Paragraf {n}. " + "Kami mohon maaf. " * 40 for n in range(6)]
    text = "\n\n".join(it.strip() for it in paragraphs)

    parts = bodies(split(text, REFERENCE))

    assert "\n\n".join(parts) == text
    assert all(part.startswith("Paragraf") for part in parts)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Kami mohon maaf atas antrean itu. " * 120, "."),
        ("tanpa titik sama sekali " * 160, ["sekali", "tanpa", "titik", "sama"]),
    ],
)
def test_then_between_sentences_then_words(text: str, ends: str | list[str]) -> None:
    parts = bodies(split(text, REFERENCE))

    assert " ".join(parts) == text.strip()
    assert all(part.endswith(tuple(ends)) for part in parts)


def test_an_endless_word_is_cut_but_no_character_is() -> None:
    family = "👨‍👩‍👧"
    parts = bodies(split(family * 400, REFERENCE))

    assert "".join(parts) == family * 400
    assert all(part.startswith("👨") for part in parts)


def test_exactly_the_limit_is_one_part_and_one_more_is_two() -> None:
    room = LIMIT - len("\n\n(ADU-2026-0042/2)")

    assert len(split("a" * room, REFERENCE)) == 1
    assert len(split("a" * (room + 1), REFERENCE)) == 2


@given(st.text(alphabet=st.sampled_from("ab é. \n👍🏽\u0301\u200d!"), max_size=6_000))
def test_nothing_but_blanks_is_lost_and_no_part_is_too_long(text: str) -> None:
    parts = split(text, REFERENCE)

    assert all(units(part) <= LIMIT for part in parts)
    assert "".join("".join(bodies(parts)).split()) == "".join(text.split())
    assert parts == split(text, REFERENCE)
