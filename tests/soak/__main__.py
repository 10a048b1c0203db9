"""`make soak`: the long fault run. Exit status 0 only when nothing was lost, doubled or missed."""

import argparse
import secrets
import signal
import sys
import tempfile
from pathlib import Path

from tests.faults.sabotage import SABOTAGE
from tests.soak.soak import SHORT, soak
from tests.soak.storm import Scale
from tests.soak.world import SHAPES


def main() -> int:
    """Read the words, run world after world, print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--burst", type=int, default=10_000)
    parser.add_argument("--world", choices=[*SHAPES, "all"], default="all")
    parser.add_argument("--answered", type=int, default=60, help="one case in so many")
    parser.add_argument("--minutes", type=float, default=6.0, help="of the storm, at least")
    parser.add_argument("--short", action="store_true", help="as in the suite")
    parser.add_argument("--without", choices=sorted(SABOTAGE), default="", help="a protection")
    parser.add_argument("--keep", type=Path, help="folder that keeps data and logs")
    words = parser.parse_args()
    # Asked to stop, it still takes its servers and disks away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    windows = max(2, round(words.minutes))
    scale = (
        SHORT
        if words.short
        else Scale(
            mails=words.mails,
            windows=windows,
            seconds=60 * words.minutes / windows,
            burst=words.burst,
            big=50 << 20,
            answered=words.answered,
        )
    )
    print(f"seed {words.seed}", flush=True)
    good = True
    for name in SHAPES if words.world == "all" else [words.world]:
        with tempfile.TemporaryDirectory(prefix="soak", ignore_cleanup_errors=True) as made:
            folder = (words.keep or Path(made)) / name
            folder.mkdir(parents=True)
            result = soak(
                name,
                folder,
                words.seed,
                scale,
                patience=90 if words.short else 1800,
                say=lambda line: print(line, flush=True),
                without=words.without,
                keep_journal=words.keep is not None,
            )
        print(
            *result.lines(), f"{name}: {'good' if result.good else 'DAMAGE'}", sep="\n", flush=True
        )
        good = good and result.good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
