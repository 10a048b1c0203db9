"""Nobody's words in the log: not through our events, not through a library, not uncaught."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog

from tanggap.log import set_up

SECRET = "rahasia-warga"
_REPO = Path(__file__).parents[2]


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def fail() -> None:
    phone = SECRET
    raise ValueError(f"cannot parse {phone}")


def test_our_event_has_its_keys(capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    structlog.get_logger("pipeline.inbound").info("recorded", delivery=7)
    [line] = lines(capsys)
    assert line["event"] == "recorded"
    assert line["logger"] == "pipeline.inbound"
    assert line["delivery"] == 7


def test_of_an_exception_type_and_place_only(capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    try:
        fail()
    except ValueError:
        structlog.get_logger("pipeline").exception("record.failed")
        logging.getLogger("ingest").exception("account %s", "hotline")
        logging.getLogger("telegram").exception("Got %s", SECRET)
    found = lines(capsys)
    assert [line["error"] for line in found] == ["ValueError"] * 3
    assert all("test_log" in line["where"] for line in found)
    assert found[1]["event"] == "account hotline"
    assert SECRET not in json.dumps(found)


def test_a_library_keeps_its_sentence_and_loses_its_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up()
    logging.getLogger("telegram.ext").warning("No reply from %s", SECRET)
    logging.getLogger("telegram.ext").warning(f"No reply from {SECRET}")
    logging.getLogger("httpx").info("HTTP Request: POST https://x/bot%s", SECRET)
    sentences = [line["event"] for line in lines(capsys)]
    assert sentences == ["No reply from %s", "telegram.ext"]


@pytest.mark.parametrize("thread", [False, True])
def test_what_nobody_caught(thread: bool) -> None:
    call = "threading.Thread(target=fail).start()" if thread else "fail()"
    code = (
        "import threading\nfrom tanggap.log import set_up\nset_up()\n"
        f"def fail():\n    word = {SECRET!r}\n    raise RuntimeError(word)\n{call}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=_REPO, capture_output=True, text=True, check=False
    )
    line = json.loads(done.stderr)
    assert (line["event"], line["error"]) == ("uncaught", "RuntimeError")
    assert SECRET not in line["where"] + line["event"]
    assert done.returncode == (0 if thread else 1)
