"""The append-only file of the broker of ``manage.py up``: set aside where the broker does not start on it.

The table of jobs is the truth, so nothing but messages goes with it, and the sweep sends those again. What
was set aside is kept until an operator deletes it, and the System page names it.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from iamconsole.words import plural

from .own_parts import FULL_BYTES
from .status import Line, Lines

# Valkey's own name (appenddirname), and ours for what it did not start on.
NAME, BROKEN = "appendonlydir", "appendonlydir.broken-{at:%Y%m%dT%H%M%SZ}"
TITLE = "Files of the broker"
NEW = (
    "It did not start on what it had written, which is kept as {name}, and begins anew. Jobs are in the "
    "database and are sent again."
)
TOLD = "The broker did not start on {name}, so that was set aside. Jobs were sent again from the database."
LOOK = (
    "Check the disk of {folder}: such a file breaks where a disk fails, is full, or the power goes. Then "
    "delete what was set aside. This console does not need it."
)


def folder() -> Path:
    return Path(settings.DATA_DIR) / "valkey"


def set_aside() -> str:
    """Give the file another name, so that the broker begins anew. A sentence that says so; "" where there is
    none, where it cannot be renamed, and where the disk is full, which no new file changes.
    """
    target = folder() / BROKEN.format(at=datetime.now(UTC))
    try:
        if shutil.disk_usage(folder()).free < FULL_BYTES or target.exists():
            return ""
        (folder() / NAME).rename(target)
    except OSError:
        return ""
    return NEW.format(name=target)


def lines() -> Lines:
    """What is set aside on this machine; no line where nothing is."""
    names = sorted(path.name for path in folder().glob(f"{NAME}.broken-*"))
    if not names:
        return {}
    told = TOLD.format(name=" and ".join(names))
    return {
        TITLE: Line("warning", f"{plural(len(names), 'file')} set aside", told, LOOK.format(folder=folder()))
    }
