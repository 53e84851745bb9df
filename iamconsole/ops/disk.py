"""The disk on which this machine writes."""

import shutil
import tempfile
from pathlib import Path

from django.conf import settings


def folder() -> Path:
    """The data folder, else the folder for temporary files: a role of several machines has no data folder."""
    return settings.DATA_DIR if settings.DATA_DIR.is_dir() else Path(tempfile.gettempdir())


def usage() -> shutil._ntuple_diskusage:
    """Bytes of that disk: total, used and free."""
    return shutil.disk_usage(folder())
