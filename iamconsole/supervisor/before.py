"""What ``manage.py up`` does before Django reads the settings: its options become environment, keys are made.

Nothing here reads a setting: they would be of another folder, and the command would have to begin again.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import data_folder
from .errors import StartError


def settings_are_read(arguments: Sequence[str]) -> None:
    """Choose port and data folder; make the folder. Ends the process with a sentence where it cannot."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--port", default="")
    parser.add_argument("--data", default="")
    options, _ = parser.parse_known_args(arguments)
    if {"-h", "--help"} & set(arguments):
        return
    if options.port:
        os.environ["PORT"] = options.port
    if options.data:
        os.environ["IAMCONSOLE_DATA"] = str(Path(options.data).resolve())
    os.umask(0o077)  # the database and logs are nobody else's business
    try:
        data_folder.prepare(data_dir())
    except StartError as error:
        sys.exit(str(error))


def data_dir() -> Path:
    """As the settings have it."""
    default = Path(__file__).resolve().parent.parent.parent / "data"
    return Path(os.environ.get("IAMCONSOLE_DATA") or default).resolve()
