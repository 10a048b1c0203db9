"""The webhook: what listens is called, and what is to be called listens."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from channels.base import Finding
from tanggap.checks.exam import Exam
from tanggap.webhook import targets


def webhook(exam: Exam) -> Iterator[Finding]:
    """The two settings that only work together name the same path."""
    listen = exam.settings.webhook.listen
    paths = {
        (one.office.slug, one.account): path for path, one in targets(exam.ctx.offices).items()
    }
    called = [one for one in exam.settings.twilio if one.webhook_url]
    if listen and not called:
        yield Finding(
            ok=False,
            what=f"Webhook: mendengarkan di {listen}, tetapi tidak ada akun yang memakainya",
            fix="Isi webhook_url di [[twilio]], atau hapus listen di bagian [webhook].",
        )
    for account in called:
        path = paths[exam.settings.home(account).key, account.name]
        if not listen:
            yield Finding(
                ok=False,
                what=f"Webhook: akun {account.name} punya webhook_url, tetapi tidak ada yang "
                "mendengarkan",
                fix='Isi listen = "127.0.0.1:8088" di bagian [webhook], atau hapus webhook_url; '
                "tanpa webhook pesan tetap diambil.",
            )
        else:
            leads = urlsplit(account.webhook_url).path.endswith(path)
            yield Finding(
                ok=leads,
                what=f"Webhook: akun {account.name} dipanggil di {path}",
                fix=f"webhook_url harus berakhir dengan {path}, sama dengan di konsol penyedia.",
            )
