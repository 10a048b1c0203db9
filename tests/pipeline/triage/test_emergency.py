"""Words of danger, as they are written, and the same words where nobody is in danger."""

import pytest

from pipeline.triage.emergency import is_emergency

ALARMS = """
Ibu saya pingsan di ruang tunggu tidak ditangani!!
anak sy step
anak saya umur 2 th step, badannya panas
ANAK SAYA KEJANG KEJANG TOLONG
kejang2 min
ambulan ga bs dihub, ada yg mau lahiran
ambulans gak datang datang
ambulance nya ngga bisa di hubungi
butuh ambulan cepat
ada yg mau lahiran
istri mau melahirkan ketuban sudah pecah
capek sakit terus, pgn akhiri hidup
pengen mati aja
saya mau bunuh diri
udah ga mau hidup lagi
bapak tidak sadar
kakek gak sadarkan diri
mbah kulo semaput teng pasar
bapak kula mboten eling
pun bapa kapiuhan di bumi
ibu sesak napas
sesek nafas parah
gak bisa napas
anak abdi teu tiasa napas
perdarahan habis melahirkan
darahnya ga berhenti
muntah darah
ada kecelakaan di depan puskesmas
tabrakan motor depan pasar
adik digigit ular
dipatuk ular hijau
anakku dicokot ulo
pun adi kapacok oray
bapak nyeri dada
serangan jantung
tolong darurat
anak jatuh dari pohon
keracunan makanan sekampung
pingsaaaan min
tahun lalu pingsan, sekarang pingsan lagi
tidak ada yang menolong ibu saya pingsan
ibu tidak ditangani, pingsan
bayinya badannya biru
""".strip().splitlines()

CALM = """
tahun lalu pingsan
2 tahun lalu ibu saya kecelakaan
dulu anak saya pernah kejang
ambulans bagus
ambulansnya bersih, makasih
tidak pingsan
untung tidak sampai pingsan
bukan kecelakaan
step by step daftarnya gimana?
step 1 isi formulir
obat kejang kosong ya?
petugas tidak sadar kalau antrian panjang
ruang gawat darurat kotor
jadwal persalinan
mau lahiran bulan depan, biaya brp?
mau lahiran bulan depan biaya brp
penyuluhan pencegahan bunuh diri kapan?
alhamdulillah sudah sembuh dari kecelakaan
antri dr jam 7 smp 11 blm dipanggil 😡
mau nanya poli gigi hr ini buka ga?
PETUGAS LOKET JGN JUDES SAMA ORANG TUA!!!
ini wc nya min
nyuwun sewu, obate kok mboten wonten, dikon tuku njawi
knp ditarik 30rb pdhl bpjs aktif?
Makasih bu bidan sabar bgt 🙏❤️
SELAMAT anda menang 50jt klik
laporan sy no 0042 gmn?
jawabannya muter2
ok mksh 👍
Assalamualaikum
P
""".strip().splitlines()


@pytest.mark.parametrize("text", ALARMS)
def test_danger_is_heard(text: str) -> None:
    assert is_emergency(text)


@pytest.mark.parametrize("text", CALM)
def test_no_alarm_without_danger(text: str) -> None:
    assert not is_emergency(text)


def test_a_long_text_is_looked_at_from_its_beginning() -> None:
    assert is_emergency("pingsan " + "x " * 50_000)
    assert not is_emergency("baik " * 50_000)
