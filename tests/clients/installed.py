"""Installs the clients of ``pins.toml``, each in a folder of its own below ``.clients``, and says which are there.

``python -m tests.clients.installed [--required] [CLIENT ...]``; without names: all. A client that cannot be
installed is named in one line; with ``--required`` the exit code is 1 then.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.browser.conftest import ROOT

FOLDER = ROOT / ".clients"
# Debian's. npm trusts only the authorities that it brings along, unless it is told of the machine's.
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
PINS: dict[str, dict[str, list[str]]] = tomllib.loads((Path(__file__).parent / "pins.toml").read_text())
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
NPM = (
    "install",
    "--loglevel",
    "error",
    "--no-save",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
)


class NotInstalled(Exception):
    """A client is not there; the message says why."""


def folder(client: str) -> Path:
    return FOLDER / client


def is_installed(client: str) -> bool:
    """Whether the pinned versions are there."""
    stamp = folder(client) / "installed"
    return stamp.exists() and stamp.read_text() == pinned(client)


def pinned(client: str) -> str:
    return " ".join(version for versions in PINS[client].values() for version in versions)


def install(client: str) -> None:
    """Make the client's folder anew unless the pinned versions are in it. Raises NotInstalled."""
    if is_installed(client):
        return
    shutil.rmtree(folder(client), ignore_errors=True)
    folder(client).mkdir(parents=True)
    if "pip" in PINS[client]:
        venv.create(folder(client), with_pip=True)
        run(str(folder(client) / "bin" / "python"), *PIP, *PINS[client]["pip"])
    else:
        npm = shutil.which("npm") or ""
        if not (npm and shutil.which("node")):
            raise NotInstalled("there is no node with npm; Debian has both: apt-get install nodejs npm")
        run(npm, *NPM, "--prefix", str(folder(client)), *PINS[client]["npm"])
    (folder(client) / "installed").write_text(pinned(client))


def run(*command: str) -> None:
    """Raises NotInstalled with the first line in which the installer speaks of an error."""
    trusted = {"NODE_EXTRA_CA_CERTS": str(AUTHORITIES)} if AUTHORITIES.exists() else {}
    env = {**trusted, **os.environ}
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=env)
    if done.returncode:
        said = (line.strip() for line in (done.stdout + done.stderr).splitlines() if "error" in line.lower())
        raise NotInstalled(next(said, f"{command[0]} failed"))


def attempt(client: str) -> tuple[str, bool]:
    """What is said of the client in one line, and whether it is there."""
    try:
        install(client)
    except NotInstalled as reason:
        return f"{client} is not installed: {reason}", False
    return f"{client} is installed: {pinned(client)}", True


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("clients", nargs="*", metavar="client", default=[])
    arguments.add_argument("--required", action="store_true")
    chosen = arguments.parse_args()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(attempt, chosen.clients or PINS))
    print(*(text for text, _ in answers), sep="\n")
    return int(chosen.required and not all(there for _, there in answers))


if __name__ == "__main__":
    sys.exit(main())
