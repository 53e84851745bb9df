"""``manage.py up`` as a newcomer meets it: real processes, a real terminal's output."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = [pytest.mark.processes]
ROOT = Path(__file__).parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(data: Path, port: int, **environment: str) -> subprocess.Popen:
    clean = {"PATH": os.environ["PATH"], "HOME": str(data.parent), "PORT": str(port)}
    clean |= {"IAMCONSOLE_DATA": str(data), "PYTHONIOENCODING": "utf-8", **environment}
    return subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=clean,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def frame_of(process: subprocess.Popen) -> str:
    lines = []
    while line := process.stdout.readline():
        lines.append(line)
        if line.startswith("╰"):
            break
    return "".join(lines)


def processes_of(data: Path) -> list[str]:
    """Command lines of living processes that know the data folder."""
    return [line for _, line in living(data)]


def living(data: Path) -> list[tuple[int, str]]:
    found = []
    for proc in Path("/proc").glob("[0-9]*"):
        try:
            known = (proc / "environ").read_bytes() + (proc / "cmdline").read_bytes()
            state = (proc / "stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            continue
        if str(data).encode() in known and state != "Z":
            line = (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            found.append((int(proc.name), line))
    return found


def wait_until(condition, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def get(port: int, path: str) -> tuple[int, str]:
    with urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=5) as answer:
        return answer.status, answer.read().decode()


def stop(process: subprocess.Popen, how: signal.Signals = signal.SIGTERM) -> int:
    process.send_signal(how)
    return process.wait(timeout=40)


def test_two_starts_keep_the_data_and_leave_nothing_behind(tmp_path):
    data, port = tmp_path / "a folder" / "data", free_port()
    first = start(data, port)
    frame = frame_of(first)
    assert f"http://localhost:{port}" in frame
    assert re.search(r"One-time root password +\S{20}", frame)
    assert (get(port, "/healthz"), get(port, "/readyz")) == ((200, "ok"), (200, "ok"))
    assert get(port, "/signin/")[0] == 200
    modes = {name: stat.S_IMODE((data / name).stat().st_mode) for name in (".", "keys", "keys/secret.key")}
    assert modes == {".": 0o700, "keys": 0o700, "keys/secret.key": 0o600}
    keys = (data / "keys" / "field.keys").read_text()
    assert stop(first) == 0
    assert wait_until(lambda: not processes_of(data), 3), processes_of(data)

    second = start(data, port)
    frame = frame_of(second)
    assert "password" not in frame
    assert (data / "keys" / "field.keys").read_text() == keys
    assert stop(second, signal.SIGINT) == 0
    assert wait_until(lambda: not processes_of(data), 3), processes_of(data)


@pytest.mark.long
def test_nothing_survives_a_killed_supervisor(tmp_path):
    process = start(tmp_path / "data", free_port())
    frame_of(process)
    assert len(processes_of(tmp_path / "data")) > 4
    stop(process, signal.SIGKILL)
    assert wait_until(lambda: not processes_of(tmp_path / "data")), processes_of(tmp_path / "data")


@pytest.mark.long
def test_a_dead_child_is_started_again(tmp_path):
    data, port = tmp_path / "data", free_port()
    process = start(data, port)
    frame_of(process)
    for words in ("iamconsole worker", "iamconsole scheduler", "valkey.sock", "iamconsole web"):
        killed = pids_of(data, words)
        os.kill(killed[0], signal.SIGKILL)
        told = process.stdout.readline()
        assert re.match(r"The [a-z ]+ has stopped \(SIGKILL\). It is started again. See /.*\.log.$", told), (
            told
        )
        assert wait_until(lambda: set(pids_of(data, words)) - set(killed)), words  # noqa: B023
        assert wait_until(lambda: answers(port)), words
    assert stop(process) == 0
    assert process.stdout.read().strip() == ""
    assert wait_until(lambda: not processes_of(data), 3)


def pids_of(data: Path, words: str) -> list[int]:
    """Living processes that know the data folder and have the words in their command lines, the oldest first."""
    return sorted(pid for pid, line in living(data) if words in line)


def answers(port: int) -> bool:
    try:
        return get(port, "/readyz") == (200, "ok")
    except OSError:
        return False


@pytest.mark.long
def test_a_second_start_on_the_same_folder_is_refused(tmp_path):
    first = start(tmp_path / "data", free_port())
    frame_of(first)
    second = start(tmp_path / "data", free_port())
    output, _ = second.communicate(timeout=40)
    assert (second.returncode, output.strip()) == (
        1,
        f"This console is already running with the data folder {tmp_path / 'data'}.",
    )
    stop(first)


def test_a_taken_port_is_one_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(tmp_path / "data", port)
        output, _ = process.communicate(timeout=40)
    assert process.returncode == 1
    assert output.strip().startswith(f"Port {port} cannot be used: ")
    assert "\n" not in output.strip()


@pytest.mark.parametrize("folder", ["/proc/nowhere/data", "a-file/data"])
def test_an_unusable_folder_is_one_sentence(tmp_path, folder):
    (tmp_path / "a-file").write_text("")
    process = start(tmp_path / folder, free_port())
    output, _ = process.communicate(timeout=40)
    assert process.returncode == 1
    assert output.strip().startswith(f"The data folder {tmp_path / folder} cannot be used: ")
    assert "\n" not in output.strip()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"IAMCONSOLE_TRUSTED_PROXIES": "127.0.0.1 nonsense"},
            "'nonsense' is neither an IP address nor a network.",
        ),
        (
            {"IAMCONSOLE_BASE_URL": "https://iam.example.com", "ALLOWED_HOSTS": "iam.example.com,localhost"},
            "Every page would redirect to itself.",
        ),
        ({"IAMCONSOLE_WEB_THREADS": "0"}, "IAMCONSOLE_WEB_THREADS is 0."),
    ],
)
def test_a_wrong_setting_is_a_sentence_with_what_to_do(tmp_path, variables, sentence):
    process = start(tmp_path / "data", free_port(), **variables)
    output, _ = process.communicate(timeout=40)
    assert process.returncode == 1
    assert sentence in output
    assert "\n" not in output.strip()
    assert "Traceback" not in output


@pytest.mark.long
def test_a_long_path_still_gets_its_broker(tmp_path):
    data = tmp_path / ("long" * 30) / "data"
    process = start(data, free_port())
    assert "IAM Console is ready" in frame_of(process)
    assert stop(process) == 0
