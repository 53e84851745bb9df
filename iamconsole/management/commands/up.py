"""``manage.py up``: start the whole console (README, docs/operations.md)."""

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from credentials.root.first_run import ensure_home_account
from iamconsole.errors import IamError
from iamconsole.ops import roles
from iamconsole.supervisor import data_folder, preparing
from iamconsole.supervisor.children import Child
from iamconsole.supervisor.errors import StartError
from iamconsole.supervisor.frame import frame
from iamconsole.supervisor.parts import parts
from iamconsole.supervisor.supervisor import Stop, Supervisor, check_port


class Command(BaseCommand):
    help = "Starts the web server, worker, scheduler and broker together, and stops them together."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, help="the port to listen on (environment PORT, default 8000)")
        parser.add_argument("--data", help="the data folder (environment IAMCONSOLE_DATA, default data/)")
        parser.add_argument("--demo", action="store_true", help="first fill an empty data folder with a demo")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._run(options["port"], options["data"], demo=options["demo"])
        except StartError as error:
            self.stderr.write(str(error))
            sys.exit(1)

    def _run(self, port: int | None, data: str | None, *, demo: bool) -> None:
        self._choose(port, data)
        stop = Stop()
        bind = settings.BIND
        os.umask(0o077)  # the database and logs are nobody else's business
        if data_folder.prepare(settings.DATA_DIR) and not os.environ.get("SECRET_KEY"):
            start_over({})
        with data_folder.lock(settings.DATA_DIR) as held:
            check_port(bind, settings.PORT)
            refuse_wrong_settings()
            if demo and not settings.DEMO:
                self._say(
                    "Creating the demo: two years of an invented company. This takes about a minute ...\n"
                )
                fill_demo()
                start_over({})
            self._supervise(parts(bind, settings.PORT, held), stop, lambda: check_port(bind, settings.PORT))

    def _supervise(self, children: list[Child], stop: Stop, check: Callable[[], None]) -> None:
        """Prepare while the broker starts and the console is loaded, then start the roles and watch."""
        connections.close_all()
        supervisor = Supervisor(children, stop, self._say)
        tasks = [
            preparing.Task(partial(preparing.database, ensure_home_account)),
            preparing.Task(preparing.static),
        ]
        try:
            if children[0].name == "broker":
                supervisor.begin(children[0])
            roles.load()
            first, _ = [task.result(stop, self._say) for task in tasks]
            if not stop.asked:
                supervisor.run(check, lambda: self._say(ready(first)))
        finally:
            for task in tasks:
                task.end()
            supervisor.end()

    def _say(self, text: str) -> None:
        """At once, also into a pipe: somebody waits for it."""
        self.stdout.write(text)
        self.stdout.flush()

    @staticmethod
    def _choose(port: int | None, data: str | None) -> None:
        """Options become environment, and the settings are read again with it."""
        chosen = {
            "PORT": str(port) if port else "",
            "IAMCONSOLE_DATA": str(Path(data).resolve()) if data else "",
        }
        changed = {name: value for name, value in chosen.items() if value and os.environ.get(name) != value}
        if changed:
            start_over(changed)


def refuse_wrong_settings() -> None:
    """Raises StartError with a sentence, and what to do, for each wrong setting (``iamconsole.checks``)."""
    problems = [problem for problem in run_checks() if problem.is_serious() and not problem.is_silenced()]
    if problems:
        raise StartError("\n".join(f"{problem.msg} {problem.hint or ''}".strip() for problem in problems))


def start_over(environment: dict[str, str]) -> None:
    """Run this command again in the same process, so that settings see the new keys or choices."""
    os.environ.update(environment)
    os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606  (ourselves, with our own arguments)


def fill_demo() -> None:
    """Play the demo's story into an empty installation. Raises StartError."""
    from iamconsole.demo.production import make_demo

    call_command("migrate", verbosity=0, interactive=False)
    try:
        make_demo()
    except IamError as error:
        raise StartError(error.message) from error


def ready(first: Any) -> str:
    """The frame; the one-time password is in it on the first start only."""
    rows = [("Address", settings.BASE_URL), ("Data folder", str(settings.DATA_DIR))]
    notes = ["Ctrl-C stops everything."]
    if settings.DEMO:
        rows += [
            ("Account", settings.DEMO["account"]),
            ("User name", settings.DEMO["user_name"]),
            ("Password", settings.DEMO["password"]),
        ]
        notes.insert(0, "This is a demo: everybody in it is invented.")
    if first:
        rows += [
            ("Account ID", first.account_id),
            ("Root e-mail", first.email),
            ("One-time root password", first.password),
        ]
        notes.insert(0, "Sign in as root with this password. You then choose a new one.")
    return frame("IAM Console is ready", rows, notes, sys.stdout.encoding)
