"""A whole installation, started as a newcomer would, and a real browser in front of it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Flags that stop the browser's own network traffic, and the sandbox that root cannot use.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 300  # on a busy machine; an idle one takes ten


@dataclass
class Installation:
    """A running console: where it is, and how to sign in as root."""

    url: str
    data: Path
    account_id: str
    email: str
    password: str
    process: subprocess.Popen = field(repr=False)


@dataclass
class Demo:
    """A running demo: where it is, and how to sign in as its administrator."""

    url: str
    account: str
    user_name: str
    password: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(*options: str, **variables: str) -> Iterator[tuple[subprocess.Popen, str, Path, str]]:
    """``manage.py up`` in a folder of its own: the process, its URL, its data folder, what it printed."""
    data = Path(tempfile.mkdtemp(prefix="iamconsole-browser-"))
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(data),
        "PORT": str(port),
        "IAMCONSOLE_DATA": str(data / "data"),
        "IAMCONSOLE_JOB_STALE_SECONDS": "3",
        "IAMCONSOLE_JOB_SWEEP_SECONDS": "2",
        "PYTHONIOENCODING": "utf-8",
        **variables,
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up", *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process, f"http://localhost:{port}", data / "data", read_frame(process)
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """An empty console, as a newcomer starts it."""
    with installed() as made:
        yield made


@contextmanager
def installed() -> Iterator[Installation]:
    """An empty console, and how root signs in to it."""
    with running() as (process, url, data, frame):
        yield Installation(
            url=url,
            data=data,
            account_id=re.search(r"\b\d{4}-?\d{4}-?\d{4}\b", frame)[0].replace("-", ""),
            email=re.search(r"\S+@\S+", frame)[0],
            password=re.search(r"One-time root password\s+(\S+)", frame)[1],
            process=process,
        )


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """The demo, with how to sign in to it."""
    with running("--demo") as (_, url, data, _):
        yield Demo(url=url, **json.loads((data / "demo.json").read_text()))


def read_frame(process: subprocess.Popen) -> str:
    """What the start prints, up to the end of its frame."""
    lines: list[str] = []
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        if not line and process.poll() is not None:
            break
        lines.append(line)
        if line.lstrip()[:1] in ("╰", "└", "╚") or (line.startswith("+--") and len(lines) > 5):
            return "".join(lines)
    raise AssertionError("The console did not start:\n" + "".join(lines))


@pytest.fixture(scope="session")
def browser():
    """Chromium of the system. Without one these tests are skipped, or fail where it is required."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        text = "No Chromium was found; install Debian's package chromium to run the browser tests."
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(text)
        pytest.skip(text)
    from playwright.sync_api import sync_playwright

    # Its event loop stays in this process, and Django would refuse the database to later tests.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A page of a fresh profile; script errors and policy violations fail the test."""
    context = browser.new_context(
        viewport={"width": 1360, "height": 900}, accept_downloads=True, reduced_motion="reduce"
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    # A refused form or page is an answer; anything else the browser complains of is a fault.
    assert not [text for text in problems if not re.search(r"status of 4\d\d", text)], problems
