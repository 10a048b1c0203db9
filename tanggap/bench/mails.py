"""Mails as citizens send them: a short letter, a photo, the trail of the servers between."""

import random
from email.message import EmailMessage

PHOTO = 12_000
"""Bytes of the photo in a usual mail, which makes some 18 KB of it."""


def mail(number: int, rng: random.Random, photo: int = PHOTO) -> bytes:
    """The mail of that number from a citizen of that number, with one photo of so many bytes."""
    written = EmailMessage()
    for hop in range(6):
        written["Received"] = (
            f"from mx{hop}.contoh.example by mx{hop + 1}.contoh.example with ESMTPS id "
            f"{rng.getrandbits(64):x}; Tue, 24 Nov 2026 09:00:0{hop} +0700"
        )
    written["From"] = f"Warga {number} <warga{number}@contoh.example>"
    written["To"] = "aduan@puskesmas.example"
    written["Subject"] = f"Antrean lama di loket nomor {number} – mohon perhatian"
    written["Message-ID"] = f"<{number}.{rng.getrandbits(64):x}@contoh.example>"
    written["Date"] = "Tue, 24 Nov 2026 09:00:00 +0700"
    sentence = "Assalamualaikum, antrean dari jam 7 sampai 11 belum juga dipanggil.\n"
    written.set_content(sentence * 8 + f"Mohon penjelasan. Warga {number}")
    written.add_attachment(
        rng.randbytes(photo), maintype="image", subtype="jpeg", filename="foto.jpg"
    )
    return written.as_bytes()
