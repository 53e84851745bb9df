"""The file of SQLite is locked by another process, cannot be written, or its disk is full."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from tests.faults.console import LONGEST, Console
from tests.faults.machine import wait_until
from tests.faults.test_pages_without_postgresql import addresses, expect_refusals, refused_by_api

DISK_BYTES = 60_000_000
FILLER = 1_000_000


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """On a disk of its own, in memory: who may not mount one gets a limit of SQLite's pages instead."""
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    if not mounted:
        pytest.skip("this user cannot mount a disk")
    console = None
    try:
        console = Console(folder)
        console.start()
        console.sign_in()
        yield console
    finally:
        if console:
            console.stop()
        subprocess.run(["umount", "-l", str(folder)], check=False)


def new_group(console: Console, token: str, name: str):
    sent = {"csrfmiddlewaretoken": token, "group_name": name, "name": name}
    return console.ask(addresses(console, "users:create-group")[0], "POST", data=sent)


def test_locked_by_another_process_for_longer_than_anybody_waits(console: Console) -> None:
    token = console.token()
    with closing(connect(console.folder / "iamconsole.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        answers = [new_group(console, token, "locked-out")]
        expect_refusals(answers, "The database is busy")
        assert answers[0].status_code == 503
        assert "locked-out" in answers[0].text, "what was typed is not lost"
        refused = refused_by_api(lambda: console.client().create_group(GroupName="locked-out"))
        assert refused == ("ServiceUnavailable", 503)
        assert time.monotonic() - began < 2 * LONGEST
        assert console.ask(addresses(console, "users:list")[0]).status_code == 200, "reading goes on"
    assert wait_until(lambda: new_group(console, token, "let-in").status_code == 302, 10)


def test_a_full_disk_is_named_as_the_disk(console: Console) -> None:
    token = console.token()
    filler = console.folder / "filler"
    fill(filler)
    try:
        answers = []

        def refused() -> bool:
            fill(filler)
            answers[:] = [new_group(console, token, "no-room-for-this")]
            return answers[0].status_code == 503

        assert wait_until(refused, 30)
        expect_refusals(answers, "disk")
        assert "busy" not in answers[0].text
        code = refused_by_api(lambda: console.client().create_group(GroupName="no-room-for-this"))
        assert code == ("ServiceUnavailable", 503)
        assert console.ask(console.there["sign_in"]).status_code in (200, 302, 503)
        assert "disk" in console.ask("/readyz").text
        pages = console.ask_all(addresses(console)[:60])
        expect_refusals(pages, "disk")
        assert console.process is not None
        assert console.process.poll() is None, "nothing died"
    finally:
        filler.unlink()
    assert wait_until(lambda: new_group(console, token, "room-again").status_code == 302, 15)


def fill(filler: Path) -> None:
    """Take what is left of the disk, down to the last page."""
    with filler.open("ab", buffering=0) as file:
        for size in (FILLER, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
