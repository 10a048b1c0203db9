"""HTML bodies, the ordinary and the hostile."""

from time import process_time

import pytest

from channels.email.html import html_texts
from channels.email.quotes import strip_quotes


def test_quotations_leave_a_mark_that_new_text_understands() -> None:
    full, marked = html_texts(
        "<div>baru</div><div>Pada 5 Jan 2026 P &lt;a@b.example&gt; menulis:</div>"
        "<blockquote>lama<blockquote>lebih lama</blockquote></blockquote><div>lagi</div>"
    )
    assert "lebih lama" in full
    assert strip_quotes(marked) == "baru\n\nlagi"


def test_gmails_indentation_is_no_quotation() -> None:
    html = '<blockquote style="margin:0 0 0 40px;border:none;padding:0px">isi</blockquote>'
    assert html_texts(html) == ("isi", "isi")


def test_style_script_and_comments_are_no_text() -> None:
    html = "<style>p{}</style><script>x()</script><!-- y --><title>z</title><p>a&nbsp;b</p>"
    assert html_texts(html)[0] == "a b"


def test_lists_and_tables_stay_readable() -> None:
    full, _ = html_texts("<ul><li>satu<li>dua</ul><table><tr><td>a</td><td>b</td></tr></table>")
    assert full == "* satu\n* dua\na  b"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 20_000 + "halo" + "</div>" * 20_000,
        "<div>" * 3_000 + "halo" + "</div>" * 3_000,
        "<blockquote>halo" * 50_000,
        "<dl><dt>halo" * 30_000,
        "<table><tr><td>halo" * 20_000,
        "<p>halo" * 100_000,
        "halo" + "<" * 1_000_000,
        "<b>halo\0\ud800",
    ],
    ids=lambda html: html[:12],
)
def test_hostile_html_still_says_what_it_says(html: str) -> None:
    begun = process_time()
    full, marked = html_texts(html)
    assert "halo" in full
    assert marked
    assert process_time() - begun < 5


def test_nothing_gives_nothing() -> None:
    assert html_texts("") == ("", "")
