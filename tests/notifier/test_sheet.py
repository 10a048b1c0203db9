import html
import re

from hypothesis import given
from hypothesis import strategies as st

from notifier.sheet import LIMIT, Sheet, cut, units
from simulator.telegram.entities import parse


def seen(sheet: Sheet) -> str:
    return parse(sheet.html(), "HTML")[0]


def test_citizens_words_are_escaped_after_they_are_cut() -> None:
    sheet = Sheet("…")
    sheet.quote("Aduan: {quote}", "<b>&" * 3000)
    text = seen(sheet)
    assert text.startswith('Aduan: "<b>&<b>&')
    assert units(text) <= LIMIT


def test_an_emoji_is_two_units_and_never_halved() -> None:
    assert units("😡") == 2
    assert cut("😡😡", 3, "…") == "😡…"
    assert cut("😡😡", 2, "…") == "…"
    assert cut("abc", 0, "…") == ""


def test_what_must_be_whole_leaves_the_rest_to_the_others() -> None:
    sheet = Sheet(" (dipotong)")
    sheet.quote("A: {quote}", "a" * 5000)
    sheet.quote("B: {quote}", "pendek")
    sheet.whole("x" * 3000)
    text = seen(sheet)
    assert units(text) == LIMIT
    assert "x" * 3000 in text
    assert '"pendek"' in text
    assert 'a (dipotong)"' in text


def test_a_sheet_knows_when_it_cannot_show_everything() -> None:
    sheet = Sheet("…")
    sheet.whole("x" * (LIMIT + 1))
    assert sheet.overflows
    assert units(seen(sheet)) <= LIMIT


@given(st.lists(st.text(max_size=3000), max_size=6), st.text(max_size=4500))
def test_no_text_is_refused_for_its_length_or_its_style(words: list[str], whole: str) -> None:
    sheet = Sheet("… (dipotong)")
    sheet.line("Aduan")
    for text in words:
        sheet.quote("{quote}", text)
    sheet.whole(whole)
    text, _ = parse(sheet.html(), "HTML")
    assert units(text) <= LIMIT


def test_html_is_nothing_but_our_own_tags() -> None:
    sheet = Sheet("…")
    sheet.line("<i>a</i>")
    sheet.whole("</pre>", "pre")
    assert re.findall("<[^>]*>", sheet.html()) == ["<pre>", "</pre>"]
    assert html.unescape(sheet.html()) == "<i>a</i>\n<pre></pre></pre>"
