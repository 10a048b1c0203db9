"""Starts Tanggap over and over without paying for its imports each time.

Reads lines from standard input; each is a start. The child is a fork of this process, which has
imported everything and started nothing, and runs the very command line it was given. For each
start two lines go out: the child's process id, and, when it has died, its status.

    python -m tests.faults.launcher MODULE run --config FILE
"""

import os
import runpy
import sys

import telegram
import telegram.request

# ruff: noqa: F401  (imported so that the children need not)
import notifier.client
import tanggap.runtime


def main(module: str, words: list[str]) -> None:
    """Serve starts until the input ends."""
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            os.close(0)
            os.dup2(2, 1)
            sys.argv = [module, *words]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            os._exit(0)
        print(child, flush=True)
        print(os.waitpid(child, 0)[1], flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
