"""``manage.py up`` while what it stands on, or a part of it, goes away: the web stays."""

import base64
import os
import shutil
import time
from pathlib import Path
from signal import SIGKILL

from tests.faults.machine import free_port, wait_until
from tests.start.test_up import frame_of, get, pids_of, processes_of, start, stop


def sweeps(data: Path) -> int:
    """How often the worker has done what the scheduler sends every second."""
    log = (data / "logs" / "worker.log").read_text()
    return sum("sweep_jobs" in line and "succeeded" in line for line in log.splitlines())


def test_the_broker_dies_five_times_while_tasks_run(tmp_path, postgres):
    data, port = tmp_path / "data", free_port()
    process = start(data, port, DATABASE_URL=postgres.url, IAMCONSOLE_JOB_SWEEP_SECONDS="1")
    assert "IAM Console is ready" in frame_of(process)
    first = pids_of(data, "iamconsole worker")
    pauses = ["It is started again.", *(f"It is started again in {pause} s." for pause in (1, 2, 5, 10))]
    for pause in pauses:
        before = sweeps(data)
        assert wait_until(lambda: sweeps(data) > before, 60)  # noqa: B023
        postgres.freeze()
        time.sleep(1.5)  # tasks begin, and hang
        os.kill(pids_of(data, "valkey.sock")[0], SIGKILL)
        postgres.thaw()
        assert process.stdout.readline().startswith(f"The broker has stopped (SIGKILL). {pause}")
        assert get(port, "/healthz") == (200, "ok")
        assert get(port, "/signin/")[0] == 200
    before = sweeps(data)
    assert wait_until(lambda: sweeps(data) > before, 60)
    assert pids_of(data, "iamconsole worker") == first
    assert stop(process) == 0
    assert wait_until(lambda: not processes_of(data), 3)


def test_the_data_folder_is_removed(tmp_path):
    data, port = tmp_path / "data", free_port()
    process = start(data, port)
    frame_of(process)
    # Its parts write meanwhile, so a folder may fill again while it is removed.
    assert wait_until(lambda: shutil.rmtree(data, ignore_errors=True) or not data.exists())
    os.kill(pids_of(data, "iamconsole scheduler")[0], SIGKILL)
    assert process.stdout.readline().startswith("The scheduler has stopped (SIGKILL). It is started again.")
    time.sleep(5)
    assert get(port, "/healthz") == (200, "ok")
    assert pids_of(data, "iamconsole scheduler")
    assert stop(process) == 0
    assert process.stdout.read() == ""


def test_two_first_starts_on_one_folder(tmp_path):
    data = tmp_path / "data"
    both = [start(data, free_port()) for _ in range(2)]
    wait_until(lambda: any(process.poll() is not None for process in both), 60)
    refused = next(process for process in both if process.poll() is not None)
    other = next(process for process in both if process is not refused)
    assert refused.stdout.read().strip() == f"This console is already running with the data folder {data}."
    assert "One-time root password" in frame_of(other)
    assert stop(other) == 0


def test_two_first_starts_on_one_database(tmp_path, postgres):
    keys = {
        "SECRET_KEY": "both-" + "0123456789abcdef" * 4,
        "IAMCONSOLE_FIELD_KEYS": "k1:" + base64.b64encode(b"\x07" * 32).decode(),
    }
    both = [start(tmp_path / name, free_port(), DATABASE_URL=postgres.url, **keys) for name in ("one", "two")]
    texts = [frame_of(process) for process in both]
    assert all("IAM Console is ready" in text for text in texts)
    assert sum("One-time root password" in text for text in texts) == 1
    assert sum("Waiting for it ..." in text for text in texts) == 1
    assert "Traceback" not in "".join(texts)
    assert [stop(process) for process in both] == [0, 0]
