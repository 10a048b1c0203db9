"""What the figures were measured on, and what Linux tells of a process.

https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
"""

import os
import platform
import sqlite3
import sys
from pathlib import Path
from typing import Any

_MEGA = 1024


def facts() -> dict[str, Any]:
    """Processor, memory and versions; nothing that names the machine."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": _number(Path("/proc/meminfo"), "MemTotal") // _MEGA,
        "load_before": round(os.getloadavg()[0], 2),
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
    }


def peak_mb(pid: int) -> float:
    """The most memory a process ever held at once (VmHWM), in MB."""
    return _number(Path(f"/proc/{pid}/status"), "VmHWM") / _MEGA


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its threads."""
    # After the name in brackets, which may hold spaces: state is field 3, utime 14, stime 15.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle_seconds() -> float:
    """What all cores together have spent with nothing to do, or waiting for a disk, since the
    machine started. https://man7.org/linux/man-pages/man5/proc_stat.5.html
    """
    total = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()
    return (int(total[4]) + int(total[5])) / os.sysconf("SC_CLK_TCK")


def _number(file: Path, key: str) -> int:
    for row in file.read_text(encoding="utf-8").splitlines():
        name, _, rest = row.partition(":")
        if name == key:
            return int(rest.split()[0])
    return 0


def _processor() -> str:
    for row in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, rest = row.partition(":")
        if name.strip() == "model name":
            return rest.strip()
    return platform.machine()
