"""The demo's mails and its counting, without playing it."""

from datetime import UTC, datetime

from channels.email import parse
from tanggap.demo import letter, secrecy, stories
from tanggap.demo.count import compare

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def test_the_letters_are_what_they_are_labelled() -> None:
    letters = [*stories.morning(NOW), *stories.later(NOW)]
    assert len(letters) > 35
    for each in letters:
        seen = parse(each.raw, own_addresses=(letter.DESK,), junk=each.folder == "Junk")
        wanted = "" if each.kind in (letter.HUMAN, letter.TWIN) else each.kind
        assert seen.automated == wanted, each.key
        assert seen.sender.address == each.sender, each.key


def test_no_letter_is_put_in_twice_by_mistake() -> None:
    letters = stories.morning(NOW)
    same = [it.key for it in letters if [other.raw for other in letters].count(it.raw) > 1]
    assert same == ["kia", "kia"]


def test_a_bounce_is_a_bounce() -> None:
    answer = stories.GONE.letter("x", NOW, "Re: Jam", "ya")
    report = letter.bounce("pantulan", NOW, answer.raw, "warsito@lama.example")
    assert parse(report.raw).automated == "bounce"
    assert answer.message_id in report.raw.decode()


def test_a_difference_is_named_with_its_side() -> None:
    [row] = compare({"surat": ["a", "a", "b"]}, {"surat": ["b", "a", "c"]})
    assert not row.agrees
    assert list(row.differences()) == ["hanya di gateway: a", "hanya di basis data: c"]


def test_a_label_that_one_side_lacks_is_a_difference() -> None:
    rows = compare({"surat": ["a"]}, {"balasan": []})
    assert [(row.label, row.agrees) for row in rows] == [("surat", False), ("balasan", True)]


def test_marks_are_names_addresses_numbers_and_sentences() -> None:
    mail = stories.FEE.letter("x", NOW, "BPJS", "ok\nknp ditarik 30rb, HP 0813-0000-9982")
    assert set(secrecy.marks([mail])) == {
        "Darsih Kemuning",
        "darsih.kemuning@surel.example",
        "0813-0000-9982",
        "knp ditarik 30rb, HP 0813-0000-9982",
    }
    assert secrecy.leaks(["Hubungi DARSIH kemuning"], secrecy.marks([mail])) == ["Darsih Kemuning"]
