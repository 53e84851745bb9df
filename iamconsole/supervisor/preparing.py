"""What comes before the first part, in processes of their own: the supervisor stays clean.

The database is brought up to date, the home account made, static files are published, all at the same time.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import Error as AnyDatabaseError
from django.db import OperationalError, connection, connections

from iamconsole import sealed, static_files
from iamconsole.ops import release
from iamconsole.ops.one_at_a_time import upgrading
from iamconsole.ops.parts import first_line

from .children import FORK, die_with_parent
from .errors import StartError
from .supervisor import Stop

PATIENCE_SECONDS = 60  # for a database that is not there yet
PAUSE_SECONDS = 1
WAITING = "The database does not answer yet. Trying again for {seconds} s. {why}\n"
AWAY = "The database cannot be used: {why}"
WENT = "The preparation of the start has failed. The lines above say where."


class Task:
    """A function that runs beside us. It is given ``say``; what it returns, or why it cannot, comes back."""

    def __init__(self, work: Callable[[Callable[[str], None]], Any]) -> None:
        self.work = work
        self.ours, theirs = FORK.Pipe(duplex=False)
        self.process = FORK.Process(target=self._run, args=(theirs,))
        self.process.start()
        theirs.close()

    def _run(self, pipe: Connection) -> None:
        os.setsid()  # the terminal's Ctrl-C is the supervisor's
        if arrange := die_with_parent(signal.SIGKILL):
            arrange()
        try:
            pipe.send(("result", self.work(lambda text: pipe.send(("say", text)))))
        except StartError as error:
            pipe.send(("error", str(error)))
        except Exception:
            traceback.print_exc()
            pipe.send(("error", WENT))
        connections.close_all()

    def result(self, stop: Stop, say: Callable[[str], None]) -> Any:
        """Wait for it. None where a stop was asked for meanwhile. Raises StartError."""
        while not stop.asked:
            if not self.ours.poll(0.1):
                continue
            try:
                kind, value = self.ours.recv()
            except EOFError:
                raise StartError(WENT) from None
            if kind == "say":
                say(value)
            elif kind == "error":
                raise StartError(value)
            else:
                self.process.join()
                return value
        return None

    def end(self) -> None:
        """However far it is: a migration that is interrupted is rolled back."""
        self.process.kill()
        self.process.join()


def database(first_run: Callable[[], Any], say: Callable[[str], None]) -> Any:
    """Bring the database up to date and make the home account by ``first_run``; what that returns.

    Raises StartError where it is newer than this release, has other keys, or does not answer for a minute.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    told = False
    while True:
        try:
            return up_to_date(first_run, say)
        except (release.OtherRelease, sealed.WrongKey, CommandError) as error:
            raise StartError(str(error)) from error
        except AnyDatabaseError as error:
            away = isinstance(error, OperationalError) and connection.vendor == "postgresql"
            if not away or time.monotonic() > deadline:
                raise StartError(AWAY.format(why=first_line(error))) from error
            if not told:
                say(WAITING.format(seconds=PATIENCE_SECONDS, why=first_line(error)))
            told = True
            connections.close_all()
            time.sleep(PAUSE_SECONDS)


def up_to_date(first_run: Callable[[], Any], say: Callable[[str], None]) -> Any:
    """The same without patience. Of two that start at once one does it, and the other waits."""
    with upgrading(connection, say):
        if warning := release.refuse_newer(connection):
            say(f"{warning}\n")
        call_command("migrate", verbosity=0, interactive=False, stdout=sys.stdout)
        sealed.ensure()
        return first_run()


def static(say: Callable[[str], None]) -> None:
    """Publish the static files. Raises StartError."""
    try:
        static_files.publish()
    except OSError as error:
        raise StartError(f"The static files cannot be written: {error.strerror}.") from error
