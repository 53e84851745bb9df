"""A second installation of this console as AWS: a process of its own, whose clock the first one moves.

    python -m tests.snapshots.second FOLDER

prints its address and the key of its administrator as a line of JSON, then answers one request after the
other. A number on its standard input is seconds that pass; it says "passed" when they have.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent


class SharedClock:
    """The first installation's clock; the second's goes with it, as signatures have a time."""

    def __init__(self, own: Any, process: Any) -> None:
        self.own, self.process = own, process

    def pass_by(self, **time: float) -> None:
        self.own.pass_by(**time)
        self.process.stdin.write(f"{timedelta(**time).total_seconds()}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "passed\n", "the second installation has ended"


@contextmanager
def second_installation(work: Path, own: Any) -> Iterator[tuple[dict[str, Any], SharedClock]]:
    """Where it is with the key of its administrator, and the clock of both."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.snapshots.second", str(work)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield json.loads(process.stdout.readline()), SharedClock(own, process)
    finally:
        process.kill()
        process.wait()


def main(work: Path) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from tests.snapshots import stage

    with stage.standing_clock() as clock:
        stage.new_database(work / "second.sqlite3")
        serve(clock)


def serve(clock: Any) -> None:
    import io
    import logging
    import threading
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    from celery import current_app
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    from tests.snapshots import stage
    from tests.sync.conftest import AWS_ACCOUNT

    class Quiet(WSGIRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    logging.disable(logging.ERROR)
    current_app.conf.task_always_eager = True  # its credential report is made while it is asked for
    stage.home_with_alice(clock)
    made = io.StringIO()
    stage.chance.seed("the second installation")
    call_command("create_account", "--account-id", AWS_ACCOUNT, "--json", stdout=made)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)

    def listen() -> None:
        for line in sys.stdin:
            clock.pass_by(seconds=float(line))
            print("passed", flush=True)

    threading.Thread(target=listen, daemon=True).start()
    print(
        json.dumps({"Url": f"http://127.0.0.1:{server.server_port}", **json.loads(made.getvalue())}),
        flush=True,
    )
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
