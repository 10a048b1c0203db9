"""No identity or insurance number leaves the house; what only looks like one does not stop it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.desk import precheck
from pipeline.desk.refused import Refused
from store.tables import Account
from tests.pipeline.conftest import Desk


@pytest.mark.parametrize(
    "text",
    [
        "NIK Ibu 3305014101900001 sudah terdaftar.",
        "NIK: 3305 0141 0190 0001",
        "33.05.01.410190.0001",
        "33.05.01 410190 0001",
        "330501-410190-0001",
        "33 05 01 41 01 90 00 01",
        "3 3 0 5 0 1 4 1 0 1 9 0 0 0 0 1",
        "3.305.014.101.900.001",
        "3305–0141–0190–0001",
        "3305\u00a00141\u00a00190\u00a00001",
        "3305\u200b014101900001",
        "３３０５０１４１０１９００００１",
        "(3305011712850003)",
        "NIK3305011712850003",
        "RT 05 RW 02, 3174095508990002.",
        "0005 3305 0141 0190 0001",
        "1. 3305014101900001\n2. 3305011712850003",
        "No.1.3305014101900001",
        "buka 07.00-14.00 3305014101900001",
        "3305014101900001 08.00",
    ],
)
def test_an_identity_number_is_found(text: str) -> None:
    found = list(precheck.cards(text))
    assert found
    assert {it.kind for it in found} == {"nik"}


@pytest.mark.parametrize(
    "text",
    [
        "Kartu 0001234567890 aktif.",
        "0001 2345 6789 0",
        "0002-3456-78901",
        "no bpjs 1234567890123",
        "Nomor kartu JKN Bapak: 1234567890123",
        "bpjs0001234567890",
    ],
)
def test_an_insurance_number_is_found(text: str) -> None:
    assert [it.kind for it in precheck.cards(text)] == ["bpjs"]


@pytest.mark.parametrize(
    "text",
    [
        "Mohon maaf atas antreannya, Bapak/Ibu.",
        "Aduan ADU-2026-0042 sudah selesai.",
        "ADU-2026-0042 ADU-2026-0043 ADU-2026-1144",
        "ADU-2026-0142 2026-11-24",
        "Tarif Rp 1.500.000, denda Rp1.250.000.000.000",
        "Rp 500.000 1.500.000",
        "1.250.000.000 350.000",
        "Buka 07.00-14.00, Jumat 07.00-11.00",
        "Buka 11.30-14.30 11.15-12.45",
        "Buka 07.00 - 14.00 08.00 - 12.00",
        "Senin 11-11-2026 12-11-2026",
        "12-11-2026 08.00-12.00",
        "24/11/2026 07.00-14.00",
        "nomor antrean 12, 13, 14, 15, 16, 17, 18, 19",
        "nomor antrean 12 13 14 15 16 17 18 19",
        "Hubungi 0812-3456-7890",
        "Hubungi 081234567890123",
        "WA 6281234567890",
        "WA 0812345678901",
        "WA +62 812 3411 0590 119",
        "0812-3411-0590 0813-1101-1212",
        "(0287) 551234, 119",
        "021-5551234 119",
        "VA 8888801234567890",
        "33050141019000012",
        "330501410190000",
        "3305017601900001",
        "3305014113900001",
        "1 2 3 4 5 6 7 8 9 10 11 12 13",
        "resi 12345678901234567890",
        "suhu 36.5 36.7 36.8 37.0 36.9 36.4 36.6 36.5",
    ],
)
def test_what_is_none_passes(text: str) -> None:
    assert list(precheck.cards(text)) == []
    precheck.check(text)


def test_the_refusal_names_kind_and_place_and_no_more() -> None:
    with pytest.raises(Refused) as caught:
        precheck.check("Data Ibu: 3305014101900001, sudah kami perbaiki.")
    assert caught.value.key == "has-nik"
    assert caught.value.params == {"hint": "33…01"}
    assert "0141" not in repr(caught.value.params) + str(caught.value)
    with pytest.raises(Refused, match="has-bpjs"):
        precheck.check("Kartu 0001234567890")


@pytest.mark.parametrize(("text", "key"), [(" \n", "empty-text"), ("a" * 3001, "too-long")])
def test_nothing_and_too_much(text: str, key: str) -> None:
    with pytest.raises(Refused, match=key):
        precheck.check(text)


@given(
    st.integers(11, 97),
    st.integers(1, 99),
    st.integers(1, 99),
    st.integers(1, 31),
    st.booleans(),
    st.integers(1, 12),
    st.integers(0, 99),
    st.integers(1, 9999),
    st.sampled_from(["", " ", ".", "-", " - "]),
    st.sampled_from([(2,) * 8, (4,) * 4, (6, 6, 4), (2, 2, 2, 6, 4), (16,)]),
)
def test_every_identity_number_in_every_grouping(
    province: int,
    regency: int,
    district: int,
    day: int,
    woman: bool,
    month: int,
    year: int,
    serial: int,
    between: str,
    groups: tuple[int, ...],
) -> None:
    day += 40 if woman else 0
    nik = f"{province:02}{regency:02}{district:02}{day:02}{month:02}{year:02}{serial:04}"
    pieces, at = [], 0
    for size in groups:
        pieces.append(nik[at : at + size])
        at += size
    text = f"Nomor {between.join(pieces)}, terima kasih."
    assert [it.hint for it in precheck.cards(text)] == [f"{nik[:2]}…{nik[-2:]}"]


def contacts(desk: Desk, text: str) -> list[tuple[str, str]]:
    with desk.store.read() as db:
        return [(it.kind, it.hint) for it in precheck.contacts(db, desk.office, text)]


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        ("Hubungi 0812-3456-7890 ya", [("phone", "08…90")]),
        ("WA +62 812 3456 7890 atau wa.me/6281234567890", [("phone", "62…90")]),
        ("Kirim ke bu.siti@contoh.id", [("email", "bu…@contoh.id")]),
        ("(0287) 551999", [("phone", "02…99")]),
        ("(0287) 551234 atau 0287-551234, +62287551234", []),
        ("aduan@uji.example dan ADUAN@uji.example", []),
        ("Darurat: 119. Halo Kemkes 1500-567, BPJS 165.", []),
        ("Tarif 1.500.000, Rp 0812.345.678", []),
        ("Buka 07.00-14.00, Jumat 07.00-11.00, mulai 24-11-2026", []),
        ("Aduan ADU-2026-0042, antrean 12 13 14", []),
    ],
)
def test_a_number_or_address_of_somebody_is_pointed_out(
    desk_of_one: Desk, text: str, hints: list[tuple[str, str]]
) -> None:
    desk_of_one.office = replace(desk_of_one.office, phones=("0287-551234",))
    with desk_of_one.store.write("test.own", facility=desk_of_one.office.id) as db:
        account = db.get_one(Account, desk_of_one.office.accounts["hotline"])
        account.address = "aduan@uji.example"
    assert contacts(desk_of_one, text) == hints
