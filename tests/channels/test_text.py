from channels.text import clean, key, one_line


def test_controls_and_lone_surrogates_go() -> None:
    assert clean("a\0b\x1b\ud800c\r\nd\re\u2028f\ufeff\u202e") == "abc\nd\ne\nf"
    assert clean("👨‍👩‍👧\tok") == "👨‍👩‍👧\tok"
    assert one_line(" a\n\t b\0 ", 3) == "a b"


def test_a_long_key_is_cut_and_still_its_own() -> None:
    assert key(" satu\0@contoh.id\ud800 ") == "satu@contoh.id"
    assert key("a" * 900) == "a" * 900
    one, other = key("好" * 5_000), key("好" * 5_001)
    assert one != other
    assert one == key("好" * 5_000)
    assert max(len(it.encode()) for it in (one, other)) <= 900
