"""Our own Message-IDs prove themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import email
from channels.email import ids

KEY = b"kunci"
DOMAIN = "melati.example"


@given(st.integers(1, 10**18), st.binary(min_size=1, max_size=40))
def test_what_was_made_is_verified(part: int, key: bytes) -> None:
    made = ids.make(part, key, DOMAIN)
    assert ids.verify(made, key) == part
    assert ids.verify(made.strip("<>").upper(), key) == part
    assert ids.verify(made, key + b"x") is None


@pytest.mark.parametrize(
    "other",
    [
        "",
        "<a@b>",
        ids.make(7, KEY, DOMAIN).replace("reply-7", "reply-8"),
        ids.make(7, KEY, DOMAIN).replace("melati", "mawar"),
        ids.make(7, KEY, DOMAIN).replace("reply-7", "reply-07"),
        ids.make(7, KEY, DOMAIN) + "x",
        f"<reply-7.{'0' * 32}@{DOMAIN}>",
        f"<reply-٧.{'0' * 32}@{DOMAIN}>",
    ],
)
def test_nothing_else_is(other: str) -> None:
    assert ids.verify(other, KEY) is None


def test_without_a_key_nothing_is_ours() -> None:
    assert ids.verify(ids.make(7, b"", DOMAIN), b"") is None


def test_short_enough_that_no_header_folds_it() -> None:
    assert len(ids.make(10**6, KEY, DOMAIN)) < 76


@pytest.mark.parametrize("field", ["In-Reply-To", "References"])
def test_an_answer_names_the_part_it_answers(field: str) -> None:
    ours = ids.make(41, KEY, DOMAIN)
    raw = f"From: w@x.example\n{field}: <lain@x.example>\n {ours}\n\nisi".encode()
    assert email.parse(raw, key=KEY).answers_part == 41
    assert email.parse(raw, key=b"lain").answers_part is None


def test_the_newest_of_several_counts() -> None:
    old, new = ids.make(1, KEY, DOMAIN), ids.make(2, KEY, DOMAIN)
    raw = f"From: w@x.example\nReferences: {old} {new} <x@y>\n\nisi".encode()
    assert email.parse(raw, key=KEY).answers_part == 2
