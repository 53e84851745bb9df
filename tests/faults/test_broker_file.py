"""The file of the broker that ``up`` starts is broken: it is set aside, and jobs run."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from signal import SIGKILL

import pytest

from iamconsole.supervisor import parts
from iamconsole.supervisor.supervisor import Watched
from tests.faults.machine import ROOT, free_port, wait_until
from tests.faults.workers import REPORT
from tests.start.test_up import frame_of, get, start, stop

SYSTEM = """
from iamconsole.ops import broker_file
print(broker_file.lines()[broker_file.TITLE])
"""


def shell(data: Path, code: str) -> str:
    environment = {"PATH": "/usr/bin:/bin", "IAMCONSOLE_DATA": str(data)}
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def states(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "iamconsole.sqlite3", timeout=20)) as database:
        return [state for (state,) in database.execute("SELECT state FROM iamconsole_job")]


def tail(folder: Path) -> None:
    """Half of a message and what the disk had there before."""
    with next(folder.glob("*.incr.aof")).open("ab") as file:
        file.write(bytes(4096))


def manifest(folder: Path) -> None:
    next(folder.glob("*.manifest")).write_bytes(b"")


def base(folder: Path) -> None:
    file = next(folder.glob("*.base.*"))
    file.write_bytes(file.read_bytes()[:20])


def no_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_bytes(b"")


def lost(folder: Path) -> None:
    next(folder.glob("*.incr.aof")).unlink()


def aside(data: Path) -> list[Path]:
    return sorted(data.glob("valkey/appendonlydir.broken-*"))


def test_it_is_set_aside_and_the_jobs_in_it_run(tmp_path):
    data, port = tmp_path / "data", free_port()
    first = start(data, port)
    frame_of(first)
    assert stop(first) == 0
    shell(data, REPORT)
    assert states(data) == ["waiting"]
    folder = data / "valkey" / "appendonlydir"
    tail(folder)
    was = {file.name: file.read_bytes() for file in folder.iterdir()}

    again = start(data, port, IAMCONSOLE_JOB_STALE_SECONDS="3", IAMCONSOLE_JOB_SWEEP_SECONDS="1")
    said, kept = frame_of(again), aside(data)[0]
    assert {file.name: file.read_bytes() for file in kept.iterdir()} == was, "nothing of it is lost"
    for told in (said, (data / "logs" / "broker.log").read_text(), shell(data, SYSTEM)):
        assert kept.name in told
    assert wait_until(lambda: states(data) == ["done"], 60)

    assert get(port, "/readyz") == (200, "ok")
    assert stop(again) == 0


@pytest.fixture
def broker(tmp_path, settings) -> Iterator[Watched]:
    """The broker as ``up`` watches it."""
    settings.DATA_DIR, settings.VALKEY_SOCKET = tmp_path, tmp_path / "valkey.sock"
    (tmp_path / "valkey").mkdir()
    watched = Watched(parts.broker(tmp_path))
    watched.start()
    yield watched
    watched.child.kill()


def comes_back(broker: Watched) -> str:
    """What is said until it answers again."""
    said: list[str] = []

    def answers() -> bool:
        said.append(broker.look())
        broker.again = 0.0  # without its pause
        return broker.child.alive and parts.broker_answers()

    assert wait_until(answers), said
    return " ".join(said)


def test_whatever_breaks_in_it_the_broker_starts(tmp_path, broker):
    """Each time once: what breaks later is set aside too."""
    comes_back(broker)
    for number, breaks in enumerate((tail, manifest, base, lost, no_folder), start=1):
        breaks(tmp_path / "valkey" / "appendonlydir")
        os.kill(broker.child.pid, SIGKILL)
        assert broker.child.wait(20)
        said = comes_back(broker)
        assert len(aside(tmp_path)) == number, breaks
        assert aside(tmp_path)[-1].name in said
        time.sleep(1.1)  # their names have the second


def test_where_the_file_is_not_the_reason_it_is_set_aside_once(tmp_path, broker):
    comes_back(broker)
    broker.child.command.append("--nonsense")
    os.kill(broker.child.pid, SIGKILL)
    deaths = broker.deaths
    assert wait_until(lambda: [broker.look(), setattr(broker, "again", 0.0)] and broker.deaths > deaths + 4)
    assert len(aside(tmp_path)) == 1
