"""The processes of a running console: which there are, what they hold in memory."""

import re
from pathlib import Path


def below(process: int) -> list[int]:
    """All processes that a process has started, and theirs."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [one for child in map(int, children) for one in (child, *below(child))]


def command_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def named(process: int, name: str) -> list[int]:
    """The processes below one that are called so: what ``up`` names its parts, else the path of a program."""
    return [one for one in below(process) if re.search(name, command_of(one))]


def megabytes(process: int) -> float:
    """The proportional share of memory (PSS) of a process and all below it."""
    return sum(_kilobytes(one) for one in (process, *below(process))) / 1024


def _kilobytes(process: int) -> int:
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    share = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
    return int(share[1]) if share else 0
