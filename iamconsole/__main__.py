"""``iamconsole COMMAND``: Django's commands with the settings of an installation, found by itself.

Where the environment does not name one already, the settings are those of the environment file of a service,
or of the data folder beside ``manage.py``. Run as root, a command becomes the user that the files belong to:
what it writes must stay readable to the service.
"""

import os
import pwd
import shlex
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = (Path("/etc/iamconsole/iamconsole.env"), Path("/etc/iamconsole.env"))
FILE_VARIABLE = "IAMCONSOLE_ENVIRONMENT_FILE"
SERVICE_USER = "iamconsole"
# An environment with one of these belongs to an installation.
NAMED_BY = ("IAMCONSOLE_DATA", "DATABASE_URL", "DATABASE_URL_FILE")
OPTIONS = {"--data": "IAMCONSOLE_DATA", "--environment-file": FILE_VARIABLE}
USAGE = """usage: iamconsole [--environment-file FILE | --data FOLDER] COMMAND ...

The installation is the one that the environment names, else that of /etc/iamconsole/iamconsole.env or
/etc/iamconsole.env, else the data folder data/ of the checkout. `iamconsole help` lists the commands."""


def main() -> None:
    """Run the command. Exits with a sentence where the installation cannot be found or read."""
    arguments = chosen(sys.argv[1:])
    if not arguments:
        sys.exit(USAGE)
    file = environment_file()
    if file is not None:
        os.environ.update(read(file))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iamconsole.settings")
    become_owner()
    from iamconsole.management import command_line

    command_line.run("iamconsole", arguments)


def chosen(arguments: list[str]) -> list[str]:
    """The arguments without the options that choose an installation, which become environment."""
    while arguments and arguments[0].partition("=")[0] in OPTIONS:
        option, equals, value = arguments.pop(0).partition("=")
        if not equals:
            value = arguments.pop(0) if arguments else ""
        if not value:
            sys.exit(USAGE)
        os.environ[OPTIONS[option]] = str(Path(value).resolve())
    return arguments


def environment_file() -> Path | None:
    """The file of the service whose settings count, None where the environment has them already."""
    if named := os.environ.pop(FILE_VARIABLE, ""):
        return Path(named)
    if any(os.environ.get(name) for name in NAMED_BY):
        return None
    return next((file for file in FILES if file.exists()), None)


def read(file: Path) -> dict[str, str]:
    """The variables of an environment file, as systemd reads them: no shell, so no $ and no commands."""
    try:
        lines = file.read_text().splitlines()
    except OSError as error:
        sys.exit(
            f"The settings in {file} cannot be read: {error.strerror}. Run this command as root, or as the "
            "user of the service."
        )
    assignments = (line.strip() for line in lines if line.strip() and line.strip()[0] not in "#;")
    pairs = (line.partition("=") for line in assignments)
    return {name.strip(): unquoted(value.strip()) for name, equals, value in pairs if equals}


def unquoted(value: str) -> str:
    """A value without the quotes around it."""
    if value[:1] not in ("'", '"'):
        return value
    try:
        return "".join(shlex.split(value))
    except ValueError:
        return value


def become_owner() -> None:
    """As root, go on as the owner of the data folder, or as the user of the service where there is none."""
    if os.getuid() != 0:
        return
    folder = Path(os.environ.get("IAMCONSOLE_DATA") or ROOT / "data")
    try:
        user = pwd.getpwuid(folder.stat().st_uid) if folder.exists() else pwd.getpwnam(SERVICE_USER)
    except KeyError:
        return
    if user.pw_uid == 0:
        return
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.environ["HOME"] = user.pw_dir


if __name__ == "__main__":
    main()
