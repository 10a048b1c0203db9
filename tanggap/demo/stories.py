"""What the demo's citizens write. All of it is invented: people, addresses and troubles."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from tanggap.demo.letter import AUTOMATIC, JUNK, LIST, Letter, Writer, again, broken, vouched

QUEUE = Writer("Sumarni Lembayung", "sumarni.lembayung@surel.example")
MEDICINE = Writer("Mbah Karto Wening", "kartowening@pos.example")
FEE = Writer("Darsih Kemuning", "darsih.kemuning@surel.example")
TOILET = Writer("Jumadi Pelangi", "jumadi@kotak.example")
GONE = Writer("Warsito Embun", "warsito.embun@lama.example")
ATTITUDE = Writer("Ening Saraswarna", "ening@surel.example")
ROOM = Writer("Rukmini Selasih", "rukmini@kotak.example")

_PLAIN: Sequence[tuple[str, Writer, str, str]] = (
    (
        "gigi",
        Writer("Titis Ambarwangi", "titis@surel.example"),
        "jadwal poli gigi",
        "Assalamualaikum, mau nanya poli gigi hr sabtu buka ga? Nomor saya 0812-0000-4471",
    ),
    ("p", Writer("", "anonim77@kotak.example"), "P", "P"),
    (
        "sunda",
        Writer("Euis Purnamasih", "euis.p@pos.example"),
        "antrian",
        "Punten, abdi tos ngantri ti tabuh tujuh dugi ka tabuh sabelas teu acan disaur wae.",
    ),
    (
        "jawa-bidan",
        Writer("Yu Sarinem", "sarinem@surel.example"),
        "matur nuwun",
        "Matur nuwun sanget bu bidan, sabar lan grapyak. Mugi tansah sehat 🙏❤️",
    ),
    (
        "parkir",
        Writer("Gatot Merdusuara", "gatot.m@kotak.example"),
        "Parkir motor",
        "Parkirnya sempit, motor saya ditumpuk sampai spion patah. Tolong ditata.",
    ),
    (
        "rujukan",
        Writer("Lastri Melodia", "lastri@pos.example"),
        "Surat rujukan",
        "Saya minta rujukan ke RSUD kok disuruh balik lagi minggu depan? Ibu saya sudah 68 th.",
    ),
    (
        "posyandu",
        Writer("Kader Dukuh Asri", "kader.asri@kotak.example"),
        "Usul jadwal posyandu",
        "Usul: posyandu dukuh kami digeser ke hari Minggu supaya bapak-bapak bisa antar.",
    ),
    (
        "pungli",
        Writer("", "takut.disebut@surel.example"),
        "lapor",
        "knp surat sehat ditarik 30rb tanpa kuitansi? pdhl di papan tulisannya gratis",
    ),
    (
        "lab",
        Writer("Bagas Tirtasunyi", "bagas@pos.example"),
        "hasil lab",
        "Hasil lab sy dr hari senin blm keluar2, ditelpon ga diangkat.",
    ),
    (
        "ambulans",
        Writer("Painem Rahayuning", "painem@kotak.example"),
        "AMBULAN",
        "ambulan ga bs dihub, ada yg mau lahiran di RT 4!!",
    ),
    (
        "kapital",
        Writer("Suharjo Bintangtimur", "suharjo.b@surel.example"),
        "(tanpa judul)",
        "PETUGAS LOKET JGN JUDES SAMA ORANG TUA!!!",
    ),
)

_LATER: Sequence[tuple[str, Writer, str, str]] = (
    (
        "kipas",
        Writer("Murni Kencanasari", "murni@kotak.example"),
        "Ruang tunggu panas",
        "Kipas angin di ruang tunggu mati 2 minggu, anak-anak rewel semua.",
    ),
    (
        "imunisasi",
        Writer("Wulansari Jelita", "wulansari@pos.example"),
        "Vaksin anak",
        "Min, vaksin MR kosong terus ya? anak sy udah 10 bln blm imunisasi campak",
    ),
    (
        "sunda-obat",
        Writer("Kang Dadang Rimbun", "dadang.rimbun@surel.example"),
        "Obat",
        "Punten bade naros, obat darah tinggi teh naha teu aya? Saur petugas kedah meser di luar.",
    ),
    (
        "wartawan",
        Writer("Redaksi Kabar Dukuh", "redaksi@kabardukuh.example"),
        "Permohonan konfirmasi",
        "Kami dari Kabar Dukuh mohon konfirmasi soal antrean pasien sejak subuh.",
    ),
    (
        "kursi",
        Writer("Slamet Anggrekbulan", "slamet.ab@pos.example"),
        "Kursi roda",
        "Kursi rodanya cuma satu dan bannya kempes. Mohon ditambah.",
    ),
)


def morning(at: datetime) -> list[Letter]:
    """The first delivery: new mails of every kind, among them what nobody wrote."""
    return [*_answered(at), *_others(at), *_damaged(at), *_not_for_the_desk(at)]


def later(at: datetime) -> list[Letter]:
    """New mails of the second delivery."""
    return [writer.letter(key, at, subject, text) for key, writer, subject, text in _LATER]


def _answered(at: datetime) -> Iterator[Letter]:
    """Those that somebody in the play answers; they come first, so they get the first numbers."""
    queue = QUEUE.letter(
        "antre",
        at,
        "Antrean loket",
        "antri dr jam 7 smp 11 blm dipanggil 😡 yg dtg belakangan malah duluan",
        headers=vouched(QUEUE.address),
    )
    yield queue
    yield MEDICINE.letter(
        "obat",
        at,
        "obat",
        "nyuwun sewu, obate kok mboten wonten, dikon tuku njawi. kulo mboten gadah arto",
    )
    yield FEE.letter(
        "biaya",
        at,
        "BPJS",
        "knp ditarik biaya 30rb pdhl bpjs aktif? HP 0813-0000-9982",
        html="<html><body><p>knp ditarik <b>biaya 30rb</b> pdhl bpjs aktif?</p>"
        "<p>HP 0813-0000-9982</p></body></html>",
    )
    yield TOILET.letter("wc", at, "ini wc nya min", "wc nya kotor & bau min", photo="wc-kotor.png")
    yield GONE.letter(
        "jam", at, "Jam buka", "Di papan buka jam 7.30, loket baru buka 8.15. Mohon ditertibkan."
    )
    yield ATTITUDE.letter(
        "sikap",
        at,
        "Pelayanan loket",
        "Tadi pagi saya tanya ruang KIA dijawab ketus. Mohon lebih ramah.",
    )
    room = ROOM.letter("kia", at, "Ruang KIA", "Ruang KIA penuh, ibu hamil berdiri.")
    yield room
    # Nobody vouches for this one, so it is a complaint of its own until a person joins the two.
    yield ROOM.letter(
        "kia-susulan",
        at,
        "Re: Ruang KIA",
        "Susulan: tadi malah ada yang hampir pingsan, mohon kursinya ditambah.",
        answers=room.message_id,
    )
    yield room  # the provider delivered it twice, byte for byte
    # Some mail programs use an id again: other words are another mail.
    yield ROOM.letter(
        "kia-lain",
        at,
        "Timbangan bayi",
        "Timbangan bayi di posyandu rusak, angkanya loncat-loncat.",
        message_id=room.message_id,
    )
    yield QUEUE.letter(
        "antre-susulan",
        at,
        "Re: Antrean loket",
        "tambahan: nomor antrean saya A-117, sampai pulang tidak dipanggil",
        answers=queue.message_id,
        headers=vouched(QUEUE.address),
        joins=queue.message_id,
    )
    yield again(queue, "relay.surel.example")


def _others(at: datetime) -> Iterator[Letter]:
    for key, writer, subject, text in _PLAIN:
        yield writer.letter(key, at, subject, text)


def _damaged(at: datetime) -> Iterator[Letter]:
    yield broken(
        "mime-putus",
        b"From: Tukiyem Senjakala <tukiyem@pos.example>\n"
        b"To: aduan@puskesmas-melati.example\nSubject: =?utf-8?q?tolong_=e2=80=a6\n"
        b"Message-ID: <putus.tukiyem@pos.example>\n"
        b'Content-Type: multipart/mixed; boundary="ada"\n\n'
        b"--ada\nContent-Type: text/plain; charset=x-aneh\n"
        b"Content-Transfer-Encoding: base64\n\n!!!bukan base64!!!\n--tiada--\n",
        "tukiyem@pos.example",
        "Tukiyem Senjakala",
        "",
    )
    yield broken(
        "tanpa-id",
        b"From: Paijo Gerimis <paijo@kotak.example>\nSubject: lampu\n"
        b"Content-Type: text/plain; charset=windows-1252\n\n"
        b"Lampu lorong mati \x96 gelap sekali kalau malam.\n",
        "paijo@kotak.example",
        "Paijo Gerimis",
        "Lampu lorong mati",
    )
    yield broken(
        "tanpa-kepala",
        b"ini bukan surel, hanya tulisan yang terkirim apa adanya \xff\xfe\n\n",
        "",
        "",
        "ini bukan surel, hanya tulisan yang terkirim apa adanya",
    )


def _not_for_the_desk(at: datetime) -> Iterator[Letter]:
    yield Writer("Kantor Lurah", "lurah@kantor.example").letter(
        "cuti",
        at,
        "Balasan otomatis: sedang cuti",
        "Saya sedang cuti sampai hari Senin.",
        headers={"Auto-Submitted": "auto-replied"},
        kind=AUTOMATIC,
    )
    yield Writer("Pemberitahuan", "noreply@aplikasi.example").letter(
        "noreply", at, "Laporan mingguan", "Pesan ini dibuat oleh sistem.", kind=AUTOMATIC
    )
    yield Writer("Milis RW 05", "warga@milis.example").letter(
        "milis",
        at,
        "[rw05] kerja bakti",
        "Kerja bakti hari Minggu pukul 7.",
        headers={"List-Id": "<rw05.milis.example>"},
        kind=LIST,
    )
    for key, subject, text in (
        ("menang", "SELAMAT", "SELAMAT anda menang 50jt klik di sini"),
        ("spanduk", "promo", "promo spanduk murah kak, 20rb per meter"),
        ("pinjol", "Dana cair", "Butuh dana cepat? Cair 5 menit tanpa agunan"),
    ):
        yield Writer("Promo", f"{key}@obral.example").letter(
            f"spam-{key}", at, subject, text, kind=JUNK, folder="Junk"
        )
