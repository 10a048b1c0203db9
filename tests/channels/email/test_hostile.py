"""Mails made to eat memory: each is parsed in a process of its own, whose peak is measured.

Linux only reads its own high-water mark from /proc; `ru_maxrss` would be the parent's.
"""

import subprocess
import sys
import zipfile
from base64 import encodebytes
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

BOUND_MB = 80
"""What parsing may take beside the program itself; a 50 MB mail in the standard library: 438."""

_PARSE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from channels.email import sorting
from channels.message import Delivery, Message

def peak():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024

def one(raw):
    return sorting.events(
        Delivery(account="k", stream="s", transport_id="1", received_at=datetime.now(UTC),
                 raw=raw, size=1, meta={"role": "inbox"}),
        own_addresses=("p@pkm.example",), key=b"k", authserv_ids=())

one(b"From: a@b.example\\n\\nhalo")
before = peak()
[event] = one(Path(sys.argv[1]))
assert isinstance(event, Message), event
print(peak() - before, event.unreadable, event.truncated)
"""

_HEAD = b"From: a@b.example\r\nMessage-ID: <1@b.example>\r\nMIME-Version: 1.0\r\n"


def _deep() -> bytes:
    levels = [
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(10_000)
    ]
    return _HEAD + b"".join(levels) + b"Content-Type: text/plain\r\n\r\nisi"


def _messages() -> bytes:
    return _HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 10_000 + b"\r\nisi"


def _headers() -> bytes:
    return _HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(1_000_000)) + b"\r\nisi"


def _parts() -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nisi\r\n"
    return _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 100_000 + b"--b--"


def _line() -> bytes:
    return _HEAD + b"Content-Type: text/html\r\n\r\n" + b"<b>a" * (50 << 18)


def _bomb() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(2):
            archive.writestr(f"{number}", b"\0" * (200 << 20))
    return (
        _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nisi\r\n--b\r\n"
        b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + encodebytes(file.getvalue())
        + b"--b--\r\n"
    )


@pytest.mark.parametrize("make", [_deep, _messages, _headers, _parts, _line, _bomb])
def test_its_memory_is_bounded(make: Callable[[], bytes], tmp_path: Path) -> None:
    file = tmp_path / "mail"
    file.write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", _PARSE, str(file)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) < BOUND_MB, done.stdout
