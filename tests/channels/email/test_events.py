"""What a delivery becomes, by the folder it lay in; attachments fetched; large mail."""

import base64
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from channels import email
from channels.email import ids
from channels.message import Attachment, Message, OwnEcho
from tests.channels.email.mails import CORPUS_NAMES, KEY, OWN, corpus, delivery

OURS = ids.make(9, KEY, "melati.example")


def test_our_own_reply_in_the_inbox_is_an_echo() -> None:
    raw = f"From: {OWN}\nTo: w@x.example\nMessage-ID: {OURS}\n\nisi".encode()
    (event,) = email.events(delivery(raw), own_addresses=[OWN], key=KEY)
    assert isinstance(event, OwnEcho)
    assert (event.part, event.recipients) == (9, ("w@x.example",))


def test_a_stranger_with_our_id_is_no_echo() -> None:
    raw = f"From: w@x.example\nTo: {OWN}\nMessage-ID: {OURS}\n\nisi".encode()
    (event,) = email.events(delivery(raw), own_addresses=[OWN], key=KEY)
    assert isinstance(event, Message)
    assert event.automated == ""


def test_shorter_than_at_the_gateway_is_truncated() -> None:
    raw = b"From: w@x.example\n\nisi"
    (whole,) = email.events(delivery(raw))
    (cut,) = email.events(delivery(raw, size=len(raw) + 1))
    assert isinstance(whole, Message)
    assert isinstance(cut, Message)
    assert (whole.truncated, cut.truncated) == (False, True)


@pytest.mark.parametrize("name", CORPUS_NAMES)
def test_every_listed_attachment_can_be_fetched(name: str, tmp_path: Path) -> None:
    mail = next(mail for mail in corpus() if mail.name == name)
    for attachment in email.parse(mail.raw).attachments:
        from_memory, from_file = BytesIO(), BytesIO()
        email.fetch(delivery(mail.raw), attachment, from_memory)
        email.fetch(delivery(mail.path), attachment, from_file)
        assert from_memory.getvalue() == from_file.getvalue()
        assert len(from_memory.getvalue()) == attachment.size


def test_fetches_the_bytes_that_were_attached() -> None:
    data = bytes(range(256)) * 9
    raw = (
        b"From: w@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nisi\n--b\n"
        b"Content-Type: image/png\nContent-Transfer-Encoding: BASE64\n\n"
        + base64.encodebytes(data)
        + b"--b--\n"
    )
    (attachment,) = email.parse(raw).attachments
    into = BytesIO()
    email.fetch(delivery(raw), attachment, into)
    assert into.getvalue() == data
    gone = Attachment(name="x", content_type="image/png", size=1, part="7")
    with pytest.raises(LookupError):
        email.fetch(delivery(raw), gone, into)


_MEASURE = """
import sys
from io import BytesIO
from pathlib import Path
from channels import email
from tests.channels.email.mails import delivery

def peak():
    # Not ru_maxrss: a child begins with its parent's.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])

def run(path):
    (message,) = email.events(delivery(Path(path)))
    email.fetch(delivery(Path(path)), message.attachments[0], Sink())
    return message

class Sink(BytesIO):
    def write(self, data):
        return len(data)

run(sys.argv[1])
before = peak()
message = run(sys.argv[2])
print(peak() - before, message.attachments[0].size, len(message.text))
"""


def test_fifty_megabytes_cost_little_memory(tmp_path: Path) -> None:
    text, line = "Foto terlampir. " * 5_000, base64.encodebytes(bytes(57)).replace(b"\n", b"\r\n")
    lines = 50_000_000 // len(line)

    def write(name: str, count: int) -> Path:
        path = tmp_path / name
        with path.open("wb") as file:
            file.write(b"From: w@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n")
            file.write(b"--b\r\nContent-Type: text/html\r\n\r\n<p>" + text.encode() + b"</p>\r\n")
            file.write(b"--b\r\nContent-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\n")
            file.write(b"Content-Disposition: attachment; filename=a.mp4\r\n\r\n")
            for _ in range(count):
                file.write(line)
            file.write(b"\r\n--b--\r\n")
        return path

    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, write("kecil.eml", 10), write("besar.eml", lines)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    more_kilobytes, size, length = map(int, done.stdout.split())
    assert more_kilobytes < 20_000
    assert size == 57 * lines
    assert length == len(text.strip())
