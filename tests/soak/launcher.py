"""Starts the desk's processes over and over without paying for their imports each time.

Reads JSON lines from standard input, each a start: {"slot", "module", "words", "environment",
"log"}. A child is a fork of this process, which has imported everything and started nothing, and
runs the very command line it was given. Lines go out: {"slot", "pid"} for each start, and
{"slot", "pid", "status"} when it has died.
"""

import json
import os
import runpy
import select
import sys
from typing import Any

# ruff: noqa: F401  (imported so that the children need not)
import psycopg
import redis
import telegram
import telegram.request

import notifier.client
import notifier.listener
import tanggap.runtime

_LOOK = 0.02
"""Seconds between two looks at who has died."""


def main() -> None:
    """Serve until the input ends, then end what still runs."""
    children: dict[int, str] = {}
    waiting = b""
    while True:
        ready, _, _ = select.select([0], [], [], _LOOK)
        if ready:
            read = os.read(0, 65536)
            if not read:
                break
            *lines, waiting = (waiting + read).split(b"\n")
            for line in lines:
                start = json.loads(line)
                pid = _start(start)
                children[pid] = start["slot"]
                _say(slot=start["slot"], pid=pid)
        while children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            _say(slot=children.pop(pid), pid=pid, status=status)
    for pid in children:
        os.kill(pid, 9)


def _start(start: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    log = os.open(start["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.update(start["environment"])
    sys.argv = [start["module"], *start["words"]]
    try:
        runpy.run_module(start["module"], run_name="__main__", alter_sys=True)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)


def _say(**words: object) -> None:
    print(json.dumps(words), flush=True)


if __name__ == "__main__":
    main()
