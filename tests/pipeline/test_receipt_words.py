"""What a receipt says: every number, whole, and within an SMS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms import Encoding, encoding, segments
from pipeline.autoreplies import texts
from pipeline.autoreplies.receipts import MOST
from pipeline.triage.emergency import is_emergency

NUMBERS = st.lists(
    st.builds("ADU-{}-{:04d}".format, st.sampled_from([2026, 2027]), st.integers(1, 99_999)),
    min_size=1,
    max_size=MOST,
    unique=True,
).map(sorted)


def unfold(text: str) -> set[str]:
    """The numbers in a text, those in short form too."""
    found: set[str] = set()
    for word in text.replace(",", " ").replace(". ", " ").split():
        head, *more = word.rstrip(".").split("/")
        if head.startswith("ADU-"):
            found.add(head)
            found |= {f"{head.rpartition('-')[0]}-{it}" for it in more}
    return found


@given(NUMBERS, st.sampled_from(["", "Jum 27/11"]), st.sampled_from(["119", "0287-1234567"]))
def test_an_sms_keeps_every_number_in_one_segment(
    numbers: list[str], day: str, emergency: str
) -> None:
    text = texts.short_receipt(numbers, day, emergency)
    assert len(text) <= 160
    assert segments(text) == 1
    assert encoding(text) is Encoding.GSM7
    assert unfold(text) == set(numbers)
    assert emergency in text


def test_one_number_leaves_room_for_all_of_it() -> None:
    assert texts.short_receipt(["ADU-2026-0042"], "Jum 27/11", "119") == (
        "Aduan ADU-2026-0042 diterima. Dijawab paling lambat Jum 27/11. Gratis. "
        "Mohon tidak mengirim foto KTP. Darurat: telepon 119"
    )


def test_ten_numbers_of_a_year_keep_the_day_the_cost_and_the_card() -> None:
    numbers = [f"ADU-2026-{serial:04d}" for serial in range(42, 52)]
    text = texts.short_receipt(numbers, "Jum 27/11", "119")
    for words in ("Jum 27/11", "Gratis", "foto KTP", "Darurat 119"):
        assert words in text


def test_a_mail_names_the_case_in_its_subject() -> None:
    subject, text = texts.mail_receipt(["ADU-2026-0042"], "Jum 27/11", "119", "Puskesmas Uji")
    assert subject == "Aduan ADU-2026-0042 diterima"
    assert "paling lambat Jum 27/11" in text
    assert "gratis" in text
    assert "foto KTP" in text
    assert "119" in text


FIXED = (
    texts.emergency("119", "anak sy step"),
    texts.emergency("119", "pgn akhiri hidup"),
    texts.opted_out(),
    texts.opted_in(),
)


@pytest.mark.parametrize(
    "text",
    [
        *FIXED,
        texts.long_receipt(["ADU-2026-0042"], "Jum 27/11", "119"),
        texts.short_receipt(["ADU-2026-0042"], "Jum 27/11", "119"),
        "\n".join(texts.mail_receipt(["ADU-2026-0042"], "Jum 27/11", "119", "Puskesmas Uji")),
        texts.emergency_subject("119"),
    ],
)
def test_nothing_that_we_say_is_an_emergency_when_it_comes_back(text: str) -> None:
    assert not is_emergency(text)


@pytest.mark.parametrize("text", FIXED)
def test_every_fixed_text_is_one_sms(text: str) -> None:
    assert segments(text) == 1
    assert encoding(text) is Encoding.GSM7
