"""The three roles of an installation, each in the foreground of the process that calls it.

``manage.py serve`` runs one; ``manage.py up`` forks a process for each. SIGTERM ends every one of them with
status 0 within STOP_SECONDS.
"""

import gc
import logging
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings
from django.urls import get_resolver
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from iamconsole.celery import app
from iamconsole.queues import THREADS

from . import management_port, pulse

STOP_SECONDS = 25  # a supervisor that kills after 30 s never has to
GRACE_SECONDS = 15  # what the web server gives requests that it has begun
log = logging.getLogger(__name__)


class Web(BaseApplication):
    """gunicorn with the console's settings and no command line of its own."""

    def __init__(self, bind: str, port: int) -> None:
        self.bind, self.port = bind, port
        super().__init__()

    def load_config(self) -> None:
        host = f"[{self.bind}]" if ":" in self.bind else self.bind
        options = {
            "bind": f"{host}:{self.port}",
            "worker_class": "iamconsole.server.worker.BufferedWorker",
            "workers": settings.WEB_PROCESSES,
            "threads": settings.WEB_THREADS,
            "preload_app": True,
            "graceful_timeout": GRACE_SECONDS,
            "timeout": 60,
            "control_socket_disable": True,
            "worker_tmp_dir": heartbeat_folder(),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from iamconsole.wsgi import application

        return application


def load() -> None:
    """Load what all roles need, before they are forked: they share it as long as nobody writes to it."""
    from iamconsole.server import worker  # noqa: F401  (it is what gunicorn loads by its name)

    app.loader.import_default_modules()
    app.finalize()
    for pattern in get_resolver().url_patterns:
        getattr(pattern, "url_patterns", None)
    gc.collect()
    gc.freeze()


def heartbeat_folder() -> str:
    """Where gunicorn's processes have a file each, open and without a name.

    It is in memory where that is possible, so that neither a full disk nor a removed folder ends them.
    """
    return next(
        (folder for folder in ("/dev/shm", tempfile.gettempdir()) if os.access(folder, os.W_OK)),  # noqa: S108
        str(settings.RUN_DIR),
    )


def web(bind: str, port: int) -> None:
    """Serve pages and API."""
    management_port.listen("web", os.environ)
    Arbiter(Web(bind, port)).run()


def worker(queues: str = "") -> None:
    """Do jobs. Threads in one process: tasks wait for AWS and the database, and one kill ends them all."""
    management_port.listen("worker", os.environ)
    management_port.serve()
    worker_ready.connect(lambda **_: pulse.OWN.start(), weak=False)
    worker_shutting_down.connect(end_in_time, weak=False)
    made = app.Worker(
        hostname=f"console-{os.getpid()}@{socket.gethostname()}",
        pool_cls="threads",
        concurrency=THREADS,
        without_gossip=True,
        without_mingle=True,
        queues=queues or None,
        loglevel="INFO",
        quiet=True,
    )
    made.start()
    sys.exit(made.exitcode or 0)


def end_in_time(**_: Any) -> None:
    """What a worker has not ended in time goes on elsewhere: its message is not acknowledged."""

    def end() -> None:
        log.warning("The worker ends although tasks are running. They go on in another worker.")
        os._exit(0)

    timer = threading.Timer(STOP_SECONDS, end)
    timer.daemon = True
    timer.start()


def scheduler() -> None:
    """Send what runs by the clock."""
    management_port.listen("scheduler", os.environ)
    management_port.serve()
    app.Beat(
        scheduler_cls="iamconsole.ops.scheduler:Scheduler",
        loglevel="WARNING",
        quiet=True,
        socket_timeout=0,
    ).run()


def run(role: str, *, bind: str = "", port: int = 0, queues: str = "") -> None:
    """Run the role. Ends with SystemExit, or returns, when it was told to stop."""
    roles: dict[str, Callable[[], None]] = {
        "web": lambda: web(bind, port),
        "worker": lambda: worker(queues),
        "scheduler": scheduler,
    }
    roles[role]()
