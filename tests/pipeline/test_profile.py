"""Profiles say what the procedures say, and `deadline` answers in the words of the command."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.profile import CLOCKS, Clock, deadline, load, names

SLUGS = ("arjuno", "ayah", "majenang", "opi", "permenpanrb-62-2018", "puring")


def test_the_profiles_that_ship() -> None:
    assert names() == SLUGS


@pytest.mark.parametrize("slug", SLUGS)
def test_every_profile_answers_for_every_clock(slug: str) -> None:
    profile = load(slug)
    assert profile.slug == slug
    assert tuple(profile.clocks)[: len(CLOCKS)] == CLOCKS
    assert profile.calendar().zone.key == "Asia/Jakarta"
    assert profile.approval in ("coordinator", "coordinator+head")
    for text in (profile.title, profile.document_title):
        assert text.strip()


def test_what_the_procedures_promise() -> None:
    promised = {
        (slug, name): (clock.amount, clock.unit, clock.mode)
        for slug in SLUGS
        for name, clock in load(slug).clocks.items()
        if clock
    }
    assert promised == {
        ("arjuno", "alert"): (24, "hours", "working"),
        ("arjuno", "feedback"): (72, "hours", "working"),
        ("arjuno", "feedback-alt"): (72, "hours", "calendar"),
        ("majenang", "feedback"): (1, "days", "working"),
        ("majenang", "box"): (1, "months", "calendar"),
        ("opi", "first-response"): (1, "days", "calendar"),
        ("opi", "escalation"): (30, "days", "calendar"),
        ("permenpanrb-62-2018", "first-response"): (3, "days", "working"),
        ("permenpanrb-62-2018", "feedback"): (14, "days", "working"),
        ("permenpanrb-62-2018", "feedback-information"): (5, "days", "working"),
        ("permenpanrb-62-2018", "feedback-oversight"): (60, "days", "working"),
        ("puring", "box"): (1, "months", "calendar"),
    }


def test_who_approves_and_what_it_costs() -> None:
    with_head = {slug for slug in SLUGS if load(slug).approval == "coordinator+head"}
    free = {slug for slug in SLUGS if load(slug).free_of_charge}
    assert with_head == {"arjuno", "majenang", "opi"}
    assert free == {"majenang", "opi", "permenpanrb-62-2018"}


@pytest.mark.parametrize(
    ("start", "clock", "profile", "due"),
    [
        ("2026-11-20T15:00", "alert", "arjuno", "2026-11-23T15:00+07:00"),
        ("2026-11-20T15:00", "feedback", "arjuno", "2026-11-25T15:00+07:00"),
        ("2026-11-20T15:00", "feedback-alt", "arjuno", "2026-11-23T15:00+07:00"),
        ("2026-11-21T10:00", "alert", "arjuno", "2026-11-24T00:00+07:00"),
        ("2026-11-20T08:00Z", "alert", "arjuno", "2026-11-23T15:00+07:00"),
        ("2026-11-20T17:00+09:00", "alert", "arjuno", "2026-11-23T15:00+07:00"),
        ("2026-11-20T15:00:59.9", "alert", "arjuno", "2026-11-23T15:00+07:00"),
        ("2026-11-20", "alert", "arjuno", "2026-11-21T00:00+07:00"),
        ("2026-11-20T15:00", "first-response", "opi", "2026-11-21T15:00+07:00"),
        ("2026-11-20T15:00", "escalation", "opi", "2026-12-20T15:00+07:00"),
        ("2026-11-20T15:00", "feedback", "majenang", "2026-11-23T15:00+07:00"),
        ("2027-01-31T09:00", "box", "majenang", "2027-02-28T09:00+07:00"),
        ("2026-12-05T09:00", "box", "puring", "2027-01-05T09:00+07:00"),
        ("2026-11-02T09:00", "feedback", "permenpanrb-62-2018", "2026-11-20T09:00+07:00"),
    ],
)
def test_deadline(start: str, clock: str, profile: str, due: str) -> None:
    assert deadline(start, clock, profile).isoformat(timespec="minutes") == due


def test_the_facility_s_settings_win(tmp_path: Path) -> None:
    start = "2026-11-20T15:00"
    six = deadline(start, "alert", "arjuno", workdays="mon-sat")
    assert six.isoformat() == "2026-11-21T15:00:00+07:00"
    east = deadline(start, "alert", "arjuno", zone="Asia/Jayapura")
    assert east.isoformat() == "2026-11-23T15:00:00+09:00"
    file = tmp_path / "libur.toml"
    file.write_text("[[day]]\ndate = 2026-11-23\noff = true\n", encoding="utf-8")
    later = deadline(start, "alert", "arjuno", overrides=file)
    assert later.isoformat() == "2026-11-24T15:00:00+07:00"


@pytest.mark.parametrize(
    ("start", "clock", "profile", "said"),
    [
        ("2026-11-20T15:00", "alert", "arjuna", "pilih salah satu: arjuno, ayah, majenang"),
        ("2026-11-20T15:00", "alert", "../arjuno", "tidak dikenal"),
        ("2026-11-20T15:00", "alarm", "arjuno", "alert, first-response, feedback, escalation, box"),
        ("2026-11-20T15:00", "alert", "ayah", "tidak menetapkan tenggat “alert”.*: tidak ada"),
        ("2026-11-20T15:00", "alert", "opi", "ditetapkan: first-response, escalation"),
        ("kemarin", "alert", "arjuno", "2026-11-20T15:00"),
        ("", "alert", "arjuno", "tidak dapat dibaca"),
        ("0001-01-01T00:00+14:00", "alert", "arjuno", "antara 2000 dan 2099"),
        ("9999-12-31T23:59", "alert", "arjuno", "antara 2000 dan 2099"),
    ],
)
def test_a_mistake_is_answered_in_indonesian(
    start: str, clock: str, profile: str, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        deadline(start, clock, profile)


def test_a_wrong_week_and_a_wrong_zone() -> None:
    with pytest.raises(UserError, match="mon-fri atau mon-sat"):
        deadline("2026-11-20", "alert", "arjuno", workdays="sun-thu")
    with pytest.raises(UserError, match="WIB"):
        deadline("2026-11-20", "alert", "arjuno", zone="Jakarta")


def test_a_clock_that_means_nothing() -> None:
    with pytest.raises(ValueError, match="not a clock"):
        Clock(amount=0, unit="hours", mode="working")
    with pytest.raises(ValueError, match="months"):
        Clock(amount=1, unit="months", mode="working")


def test_a_card_s_due_time_comes_from_the_same_clock() -> None:
    profile = load("arjuno")
    received = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    due = profile.clock("alert").due(received, profile.calendar())
    assert due.isoformat() == "2026-11-23T15:00:00+07:00"
