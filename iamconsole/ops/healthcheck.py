"""``manage.py healthcheck web|worker|scheduler``: whether a role on this machine lives, for supervisors.

Without Django, as it is asked every few seconds. Status 0 and "ok", or 1 and one sentence.
"""

import argparse
import http.client
import os
import sys
import time
from collections.abc import Mapping, Sequence

from .management_port import ROLES, address

SECONDS = 5
NAMES = {"web": "web server", "worker": "worker", "scheduler": "scheduler"}
ANY = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (compared, not bound)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("--ready", action="store_true", help="also ask what the role depends on")
    parser.add_argument("--wait", type=int, default=0, metavar="SECONDS", help="ask again until then")


def ask(role: str, path: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """Status and text of a page of the role's management port. Raises OSError or HTTPException."""
    bind, port = address(role, environment)
    connection = http.client.HTTPConnection(ANY.get(bind, bind), port, timeout=SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(10_000).decode("utf-8", "replace").strip()
    finally:
        connection.close()


def look(role: str, *, ready: bool, environment: Mapping[str, str]) -> tuple[int, str]:
    """The exit status and what to print."""
    try:
        status, text = ask(role, "/readyz" if ready else "/healthz", environment)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return (
            1,
            f"The {NAMES[role]} does not answer on its management port: {error or type(error).__name__}.",
        )
    if status == 200:
        return 0, text
    return 1, f"The {NAMES[role]} is not well: " + text.replace("\n", " ")


def look_until_well(role: str, *, ready: bool, wait: int, environment: Mapping[str, str]) -> tuple[int, str]:
    """As ``look``, asked each second for ``wait`` seconds while the answer is no: after a start."""
    end = time.monotonic() + wait
    while True:
        status, text = look(role, ready=ready, environment=environment)
        if status == 0 or time.monotonic() >= end:
            return status, text
        time.sleep(1)


def main(arguments: Sequence[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser("manage.py healthcheck", description=__doc__.splitlines()[0])
    add_arguments(parser)
    options = parser.parse_args(arguments)
    status, text = look_until_well(
        options.role, ready=options.ready, wait=options.wait, environment=os.environ
    )
    print(text, file=sys.stderr if status else sys.stdout)
    return status
