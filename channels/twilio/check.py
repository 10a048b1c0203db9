"""What `tanggap doctor` says about a Twilio account, each finding with its cure."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from channels.base import Finding
from channels.errors import ChannelError
from channels.twilio.client import TwilioClient
from channels.twilio.config import TwilioConfig
from channels.twilio.sending import TwilioSender

_E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_TEMPLATE = re.compile(r"HX[0-9a-fA-F]{32}\Z")
_CURES = {
    "pending": "tunggu persetujuan WhatsApp, biasanya sehari; sampai itu pengadu ditelepon",
    "rejected": "baca alasannya di Twilio Console, ubah templat, lalu ajukan lagi",
    "paused": "WhatsApp menghentikannya sementara karena keluhan penerima; tunggu atau ajukan baru",
    "disabled": "WhatsApp mematikannya; ajukan templat baru dan ganti template di konfigurasi",
    "missing": "buat dan ajukan templat di Twilio Console (Content Template Builder), lalu isi"
    ' template = "HX..."',
}


def check(client: TwilioClient, sender: TwilioSender) -> Iterator[Finding]:
    """Log in, look at senders and template. Sends and changes nothing."""
    config = client.config
    name = config.name
    yield from _settings(config)
    try:
        status = client.account_status()
    except ChannelError as error:
        yield Finding(ok=False, what=f"{name}: masuk ke Twilio", fix=error.text)
        return
    active = status == "active"
    fix = "" if active else "akun Twilio tidak aktif; periksa tagihan dan pesan di Twilio Console"
    yield Finding(ok=active, what=f"{name}: akun Twilio dapat dipakai", fix=fix)
    for stream, address in config.senders.items():
        yield from _readable(client, stream, address)
    if config.whatsapp:
        yield from _template(sender, config)


def _settings(config: TwilioConfig) -> Iterator[Finding]:
    name = config.name
    if not config.senders:
        yield Finding(
            ok=False,
            what=f"{name}: tidak ada nomor",
            fix="isi whatsapp atau sms di konfigurasi [[twilio]]",
        )
    for word, number in (("whatsapp", config.whatsapp), ("sms", config.sms)):
        if number and not _E164.match(number):
            yield Finding(
                ok=False,
                what=f"{name}: {word} bukan nomor internasional",
                fix=f'tulis {word} dengan kode negara tanpa spasi, misalnya "+62811000110"',
            )
    if config.whatsapp:
        yield Finding(
            ok=True,
            what=f"{name}: nomor yang dipindahkan ke Twilio tidak dapat lagi dipakai di aplikasi"
            " WhatsApp di ponsel; pakai nomor kedua bila petugas masih memakai aplikasi itu",
        )
    if config.sms.startswith("+62"):
        yield Finding(
            ok=False,
            what=f"{name}: Twilio tidak melayani SMS dua arah di Indonesia",
            fix="pakai modem GSM ([[gammu]]) atau ponsel Android ([[android]]) untuk SMS",
        )
    if config.webhook_url and urlsplit(config.webhook_url).scheme != "https":
        yield Finding(
            ok=False, what=f"{name}: webhook tanpa enkripsi", fix="pakai https di webhook_url"
        )


def _readable(client: TwilioClient, stream: str, address: str) -> Iterator[Finding]:
    try:
        next(client.messages(To=address), None)
    except ChannelError as error:
        yield Finding(ok=False, what=f"{client.config.name}: membaca {stream}", fix=error.text)
    else:
        yield Finding(ok=True, what=f"{client.config.name}: kotak masuk {stream} dapat dibaca")


def _template(sender: TwilioSender, config: TwilioConfig) -> Iterator[Finding]:
    what = f"{config.name}: templat untuk jawaban setelah 24 jam"
    if config.template and not _TEMPLATE.match(config.template):
        yield Finding(ok=False, what=what, fix='template adalah Content SID: "HX" dan 32 karakter')
        return
    try:
        state = sender.template_state()
    except ChannelError as error:
        yield Finding(ok=False, what=what, fix=error.text)
        return
    if state == "approved":
        yield Finding(ok=True, what=f"{what} disetujui WhatsApp")
    else:
        fix = _CURES.get(state, "periksa templat itu di Twilio Console")
        yield Finding(ok=False, what=f"{what}: {state}", fix=fix)
