"""A demo that cannot go well says so, ends, and tells nothing of anybody."""

import signal
from email.message import EmailMessage
from pathlib import Path

import pytest

from tanggap.demo import secrecy, witness
from tests.tanggap.demo_run import DemoRun, alive_below, left_behind, play, start

pytestmark = pytest.mark.slow

NAME, TEXT = "Zubaidahwati Tandakhusus", "kalimatbertanda tentang penyakitxyz saya"
PHONE, ADDRESS = "0857-1111-7788", "tandakhusus77@rumahbertanda.example"
PLANTED = (NAME, TEXT, PHONE, ADDRESS, "lampiran-bertanda")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("telegram-500", ("bot tidak menjawab", "Periksa internet dan base_url")),
        ("imap-password", ("menolak login akun aduan", "periksa user dan password")),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    tmp_path: Path, fault: str, words: tuple[str, ...]
) -> None:
    done = play(tmp_path, "--fault", fault)
    assert done.status == 1
    _says(done, *words)


def test_words_of_citizens_stay_private_when_all_goes_well(tmp_path: Path) -> None:
    done = play(tmp_path / "play", str(_planted(tmp_path / "mails")))
    assert done.ended_well(), done.out[-2000:]
    assert _leaks(done) == []


def test_words_of_citizens_stay_private_when_no_answer_can_leave(tmp_path: Path) -> None:
    mails = _planted(tmp_path / "mails")
    done = play(tmp_path / "play", str(mails), "--fault", "smtp-refuses")
    assert done.status == 1
    _says(done, "server SMTP menolak surat", "554 5.7.1", "periksa smtp_host")
    assert _leaks(done) == []
    stopped = done.out[done.out.index("Peragaan berhenti") :]
    assert secrecy.leaks([stopped], PLANTED) == []


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "kosong").mkdir()
    done = play(tmp_path / "play", str(tmp_path / "kosong"))
    assert done.status == 1
    _says(done, "tidak ada surat")


def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    # Somebody sits at this terminal: a suite in the background ignores the signal, and whatever
    # it starts inherits that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = start(tmp_path)
    signal.signal(signal.SIGINT, before)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if "Pagi:" in line:
                break
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(60) == 130
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert "Peragaan dihentikan" in rest
    assert "Traceback" not in rest
    assert alive_below(left_behind(tmp_path)) == []


def _says(done: DemoRun, *words: str) -> None:
    said = " ".join(done.out[done.out.index("Peragaan berhenti") :].split())
    for word in words:
        assert word in said
    assert "Traceback" not in done.out
    assert alive_below(done.folder) == []


def _planted(folder: Path) -> Path:
    """Mails full of marks: whole, with a file, broken, and from an address no mail can reach."""
    folder.mkdir()
    for number in range(4):
        mail = EmailMessage()
        mail["From"] = f"{NAME} <{ADDRESS}>"
        mail["Subject"] = f"{TEXT} {number}"
        mail["Message-ID"] = f"<{number}-{ADDRESS}>"
        mail.set_content(f"{TEXT}\nHubungi {PHONE}, surat {number}\n")
        if number == 1:
            mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=PLANTED[4])
        (folder / f"{number}.eml").write_bytes(mail.as_bytes())
    broken = (
        f"From: {NAME} <{ADDRESS}\nSubject: =?x-{NAME}?q?{TEXT}\n"
        f"Content-Type: multipart/mixed; boundary={PHONE}\n\n--{PHONE}\n"
        f"Content-Type: text/plain; charset={ADDRESS}\nContent-Transfer-Encoding: {TEXT}\n\n{TEXT}"
    )
    (folder / "9-rusak.eml").write_text(broken, encoding="utf-8")
    return folder


def _leaks(done: DemoRun) -> list[str]:
    """What stands in the log, in what the process printed, or in the group."""
    group = witness.group_texts(done.folder)
    assert group
    printed = [(done.folder / name).read_text(encoding="utf-8") for name in ("run.log", "run.out")]
    return secrecy.leaks([*group, *printed], PLANTED)
